#include "actors/provider.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_loader.hpp"
#include "tests/support/transfer_log.hpp"

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

namespace {

struct provider_fixture : actor_fixture {
  std::shared_ptr<loader_script> script = std::make_shared<loader_script>();
  std::shared_ptr<transfer_log> log = std::make_shared<transfer_log>();
  transfer_sink_actor sink = own(spawn_sink(sys, log));

  provider_actor spawn(effective_provider_ptr settings) {
    return own(spawn_provider(sys, std::move(settings), script->make()));
  }
  caf::expected<transfer_id>
  start(const provider_actor& p, transfer_id id, const caf::strong_actor_ptr& owner = nullptr) {
    return ask<transfer_id>(p, transfer_atom_v, request_for(id), sink, owner);
  }
  caf::actor spawn_owner() {
    return own(sys.spawn([]() -> caf::behavior { return {[](int) {}}; }));
  }
  void kill(const caf::actor& a) {
    caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
    run();
  }
  template <class Handle>
  void stop(const Handle& h) {
    kill(caf::actor_cast<caf::actor>(h));
  }
};

} // namespace

TEST_CASE_FIXTURE(
    provider_fixture, "provider: a transfer is accepted at once and its events reach the sink in order") {
  auto p = spawn(settings_with(4));
  CHECK(*start(p, 7) == 7);
  REQUIRE(script->running.contains(7));
  CHECK(script->running.at(7).request.path == "a/b.iso");

  source_facts facts;
  facts.status = 206;
  script->open(7, facts);
  script->progress(7, {10, 5});
  script->end(7, ok_result(10));
  run();
  REQUIRE(log->opened.size() == 1);
  CHECK(log->opened[0].second.status == 206);
  REQUIRE(log->progress.size() == 1);
  CHECK(log->progress[0].second.durable_end == 5);
  REQUIRE(log->ended.size() == 1);
  CHECK(log->ended[0].first == 7);
  CHECK(log->ended[0].second.bytes == 10);
}

TEST_CASE_FIXTURE(
    provider_fixture,
    "provider: one transfer more than its slots is refused, and a freed slot serves again") {
  auto p = spawn(settings_with(2));
  CHECK(start(p, 1));
  CHECK(start(p, 2));
  auto third = start(p, 3);
  REQUIRE_FALSE(third);
  CHECK(third.error() == errc::busy);
  CHECK_FALSE(script->running.contains(3));
  script->end(1);
  run();
  CHECK(start(p, 3));
}

TEST_CASE_FIXTURE(
    provider_fixture, "provider: more requests per second than allowed are refused until a token is back") {
  auto p = spawn(settings_with(100, 2.0));
  CHECK(start(p, 1));
  CHECK(start(p, 2)); // A second's worth may come at once.
  CHECK(start(p, 3).error() == errc::busy);
  advance(499ms);
  CHECK(start(p, 3).error() == errc::busy);
  advance(1ms);
  CHECK(start(p, 3));
  CHECK(start(p, 4).error() == errc::busy);
}

TEST_CASE_FIXTURE(provider_fixture, "provider: a new rate of requests holds at once, up and down") {
  auto p = spawn(settings_with(100, 0.01)); // One each 100 s.
  CHECK(start(p, 1));
  CHECK(start(p, 2).error() == errc::busy);
  tell(p, settings_with(100, 100.0));
  advance(10ms);
  CHECK(start(p, 2));
  advance(1s); // A second's worth of 100 could come now.
  tell(p, settings_with(100, 0.01));
  CHECK(start(p, 3));
  CHECK(start(p, 4).error() == errc::busy);
  tell(p, settings_with(100));
  for (transfer_id id = 4; id < 20; ++id)
    CHECK(start(p, id));
}

TEST_CASE_FIXTURE(provider_fixture, "provider: a refusal for want of a slot costs no token") {
  auto p = spawn(settings_with(1, 2.0));
  CHECK(start(p, 1));
  CHECK(start(p, 2).error() == errc::busy);
  script->end(1);
  run();
  CHECK(start(p, 2));
}

TEST_CASE_FIXTURE(
    provider_fixture, "provider: an id that runs already is refused and the first one goes on") {
  auto p = spawn(settings_with(4));
  CHECK(start(p, 1));
  CHECK(start(p, 1).error() == errc::conflict);
  script->end(1);
  run();
  CHECK(log->ended.size() == 1);
  CHECK(start(p, 1));
}

TEST_CASE_FIXTURE(provider_fixture, "provider: a cancelled transfer ends once, and unknown ids are ignored") {
  auto p = spawn(settings_with(4));
  CHECK(start(p, 1));
  tell(p, cancel_atom_v, transfer_id{99});
  CHECK(script->cancelled.empty());
  tell(p, cancel_atom_v, transfer_id{1});
  REQUIRE(log->ended.size() == 1);
  CHECK(log->ended[0].second.result == outcome::cancelled);
  tell(p, cancel_atom_v, transfer_id{1});
  CHECK(script->cancelled.size() == 1);
}

TEST_CASE_FIXTURE(
    provider_fixture, "provider: nothing is told after the end, even by a loader that says it twice") {
  auto p = spawn(settings_with(4));
  CHECK(start(p, 1));
  auto observer = script->running.at(1).observer;
  observer->ended(ok_result());
  observer->ended(ok_result());
  observer->progress({1, 1});
  run();
  CHECK(log->ended.size() == 1);
  CHECK(log->progress.empty());
}

TEST_CASE_FIXTURE(
    provider_fixture,
    "provider: when an owner ends, its transfers alone are cancelled and free their slots") {
  script->ends_when_cancelled = false;
  auto p = spawn(settings_with(3));
  auto mine = spawn_owner(), other = spawn_owner();
  CHECK(start(p, 1, caf::actor_cast<caf::strong_actor_ptr>(mine)));
  CHECK(start(p, 2, caf::actor_cast<caf::strong_actor_ptr>(mine)));
  CHECK(start(p, 3, caf::actor_cast<caf::strong_actor_ptr>(other)));
  kill(mine);
  CHECK(script->cancelled.size() == 2);
  CHECK(std::ranges::count(script->cancelled, transfer_id{3}) == 0);
  CHECK(start(p, 4).error() == errc::busy); // The loader still writes.
  script->end(1);
  script->end(2);
  run();
  CHECK(log->ended.size() == 2);
  CHECK(start(p, 4));
}

TEST_CASE_FIXTURE(provider_fixture, "provider: an owner that is dead already counts as one that ends now") {
  auto p = spawn(settings_with(1));
  auto owner = spawn_owner();
  kill(owner);
  CHECK(start(p, 1, caf::actor_cast<caf::strong_actor_ptr>(owner)));
  CHECK(script->cancelled == std::vector<transfer_id>{1});
  CHECK(log->ended.size() == 1);
}

TEST_CASE_FIXTURE(
    provider_fixture, "provider: an owner is watched while it has transfers, and not kept alive") {
  auto p = spawn(settings_with(4));
  auto alive = std::make_shared<int>(0);
  caf::actor_addr address;
  {
    auto owner = sys.spawn([alive]() -> caf::behavior { return {[alive](int) {}}; });
    address = owner.address();
    CHECK(start(p, 1, caf::actor_cast<caf::strong_actor_ptr>(owner)));
    CHECK(start(p, 2, caf::actor_cast<caf::strong_actor_ptr>(owner)));
    script->end(1);
    run();
    CHECK(script->cancelled.empty());
  }
  run();
  CHECK_FALSE(caf::actor_cast<caf::actor>(address)); // Unreachable, so it ended; the provider held no handle.
  CHECK(script->cancelled == std::vector<transfer_id>{2});
  CHECK(alive.use_count() == 1);
}

TEST_CASE_FIXTURE(
    provider_fixture, "provider: a check is answered by message, and a fifth at the same time is refused") {
  auto p = spawn(settings_with(4));
  std::vector<check_result> answers;
  caf::error refusal;
  auto asker = own(sys.spawn([&](caf::event_based_actor* me) {
    for (int i = 0; i < 5; ++i)
      me->request(p, 30s, check_atom_v)
          .then([&](const check_result& r) { answers.push_back(r); }, [&](caf::error& e) { refusal = e; });
  }));
  run();
  CHECK(script->checks.size() == 4);
  CHECK(refusal == errc::overloaded);
  check_result found;
  found.passed = true;
  found.status = 206;
  script->answer_check(found);
  run();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].passed);
  CHECK(answers[0].status == 206);
}

TEST_CASE_FIXTURE(provider_fixture, "provider: new settings hold at once and reach the loader") {
  auto p = spawn(settings_with(1));
  CHECK(start(p, 1));
  CHECK(start(p, 2).error() == errc::busy);
  tell(p, settings_with(2));
  REQUIRE(script->configured.size() == 1);
  CHECK(script->configured[0].own.max_concurrent_downloads == 2);
  CHECK(start(p, 2));
  tell(p, settings_with(1)); // What runs goes on.
  CHECK(script->cancelled.empty());
  script->end(1);
  run();
  CHECK(start(p, 3).error() == errc::busy);
  script->end(2);
  run();
  CHECK(start(p, 3));
  tell(p, settings_with(5, 1.0));
  CHECK(start(p, 4));
  CHECK(start(p, 5).error() == errc::busy);
}

TEST_CASE_FIXTURE(
    provider_fixture, "provider: stopping cancels what runs, passes its end on, and only then ends") {
  script->ends_when_cancelled = false;
  auto p = spawn(settings_with(4));
  CHECK(start(p, 1));
  CHECK(start(p, 2));
  stop(p);
  CHECK(script->cancelled.size() == 2);
  CHECK(log->ended.empty());
  CHECK(script->loaders == 1);
  CHECK(start(p, 3).error() == errc::shutting_down);
  script->end(1, ok_result(5)); // It had just arrived whole.
  run();
  REQUIRE(log->ended.size() == 1);
  CHECK(log->ended[0].second.result == outcome::ok);
  script->end(2);
  run();
  CHECK(log->ended.size() == 2);
  CHECK(script->loaders == 0);
}

TEST_CASE_FIXTURE(
    provider_fixture, "provider: a loader that does not end its transfers cannot hold up a stop") {
  script->ends_when_cancelled = false;
  auto p = spawn(settings_with(4));
  CHECK(start(p, 1));
  stop(p);
  advance(2s - 1ms);
  CHECK(log->ended.empty());
  advance(1ms);
  REQUIRE(log->ended.size() == 1);
  CHECK(log->ended[0].second.result == outcome::cancelled);
  CHECK(script->loaders == 0);
  script->end(1); // Too late: its sink was told.
  run();
  CHECK(log->ended.size() == 1);
}

TEST_CASE_FIXTURE(provider_fixture, "provider: a killed one tells every sink and answers every check") {
  script->ends_when_cancelled = false;
  auto p = spawn(settings_with(4));
  CHECK(start(p, 1));
  caf::error why;
  auto asker = own(sys.spawn([&](caf::event_based_actor* me) {
    me->request(p, 30s, check_atom_v).then([](const check_result&) {}, [&](caf::error& e) { why = e; });
  }));
  run();
  caf::anon_send_exit(p, caf::exit_reason::kill);
  run();
  CHECK(script->cancelled == std::vector<transfer_id>{1});
  REQUIRE(log->ended.size() == 1);
  CHECK(log->ended[0].second.result == outcome::cancelled);
  CHECK(why == errc::shutting_down);
  CHECK(script->loaders == 0);
}

TEST_CASE_FIXTURE(provider_fixture, "provider: an observer that a loader forgot about keeps nobody alive") {
  std::shared_ptr<transfer_observer> forgotten;
  {
    auto p = spawn_provider(sys, settings_with(4), script->make());
    CHECK(start(p, 1));
    forgotten = script->running.at(1).observer;
    script->end(1);
    run();
  }
  run();
  CHECK(script->loaders == 0); // Unreachable, so it ended.
  forgotten->progress({1, 1});
  run();
  CHECK(log->progress.empty());
}

TEST_CASE("provider: no actor is left when all were told to end") {
  provider_fixture f;
  auto owner = f.spawn_owner();
  {
    auto p = f.spawn(settings_with(4));
    CHECK(f.start(p, 1, caf::actor_cast<caf::strong_actor_ptr>(owner)));
    f.stop(p);
  }
  f.kill(owner);
  f.stop(f.sink);
  CHECK(f.actors_left() == 0);
}
