#include "actors/monitored_provider.hpp"

#include "actors/provider.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_loader.hpp"
#include "tests/support/transfer_log.hpp"

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

namespace {

/// What the monitor was asked to judge, and told of pieces.
struct judgement {
  std::vector<caf::typed_response_promise<bool>> asked;
  std::uint32_t pieces = 0;
};

transfer_result unreachable_end() {
  transfer_result r;
  r.result = outcome::provider_fault;
  r.cause = fault::network_unreachable;
  r.message = "no way";
  return r;
}

/// A health monitor that only writes down what it is told.
health_monitor_actor spawn_metric_log(
    caf::actor_system& system, std::shared_ptr<std::vector<request_metric>> log,
    std::shared_ptr<judgement> verdict) {
  return system.spawn(
      [log, verdict](health_monitor_actor::pointer me) -> health_monitor_actor::behavior_type {
        return {
            [log](const request_metric& m) { log->push_back(m); },
            [log, verdict, me](judge_atom, const request_metric& m) {
              log->push_back(m);
              verdict->asked.push_back(me->make_response_promise<bool>());
              return verdict->asked.back();
            },
            [verdict](verified_atom, const std::string&, std::uint32_t n) { verdict->pieces += n; },
            [](add_atom, const std::string&, const provider_actor&, bool) {},
            [](remove_atom, const std::string&) {},
            [](summary_atom) { return health_summary{}; },
            [](figures_atom, const std::string&) { return provider_figures{}; },
            [verdict](
                reset_atom, const std::string& how) { // Plays the verdict: a promise is its actor's alone.
              verdict->asked.back().deliver(how == "ours");
              return provider_figures{};
            },
            [](history_atom, const std::string&, const history_query&) { return provider_history{}; },
            [](watch_atom, const standing_watcher_actor&) {},
            [](const settings_ptr&) {},
        };
      });
}

/// A user's own provider that never answers a transfer request.
provider_actor
spawn_mute_provider(caf::actor_system& system, std::shared_ptr<std::vector<transfer_id>> cancelled) {
  return system.spawn([cancelled](provider_actor::pointer me) -> provider_actor::behavior_type {
    return {
        [me](
            transfer_atom, const transfer_request&, const transfer_sink_actor&,
            const caf::strong_actor_ptr&) { return me->make_response_promise<transfer_id>(); },
        [cancelled](cancel_atom, transfer_id id) { cancelled->push_back(id); },
        [](check_atom) { return check_result{}; },
        [](const effective_provider_ptr&) {},
        [](const catalog_query&) -> caf::result<catalog_reply> { return errc::unknown_item; },
    };
  });
}

struct monitored_fixture : actor_fixture {
  std::shared_ptr<loader_script> script = std::make_shared<loader_script>();
  std::shared_ptr<transfer_log> log = std::make_shared<transfer_log>();
  std::shared_ptr<std::vector<request_metric>> metrics = std::make_shared<std::vector<request_metric>>();
  std::shared_ptr<judgement> verdict = std::make_shared<judgement>();
  transfer_sink_actor sink = own(spawn_sink(sys, log));
  health_monitor_actor health = own(spawn_metric_log(sys, metrics, verdict));
  provider_actor inner = own(spawn_provider(sys, settings_with(2), script->make()));
  provider_actor outer = own(spawn_monitored_provider(sys, "alpha", inner, health));

  caf::expected<transfer_id> start(transfer_id id, const caf::strong_actor_ptr& owner = nullptr) {
    return ask<transfer_id>(outer, transfer_atom_v, request_for(id), sink, owner);
  }
  template <class Handle>
  void stop(const Handle& h, caf::exit_reason why = caf::exit_reason::user_shutdown) {
    caf::anon_send_exit(h, why);
    run();
  }
  template <class Handle>
  bool is_alive(const Handle& h) {
    caf::error down;
    auto probe = sys.spawn([&](caf::event_based_actor* me) -> caf::behavior {
      me->monitor(h);
      me->set_down_handler([&, me](caf::down_msg&) {
        down = caf::sec::request_receiver_down;
        me->quit();
      });
      return {[](int) {}};
    });
    run();
    caf::anon_send_exit(probe, caf::exit_reason::kill);
    run();
    return !down;
  }
};

} // namespace

TEST_CASE_FIXTURE(
    monitored_fixture, "monitored_provider: it passes a transfer's events on and reports one metric") {
  const auto began = now();
  CHECK(*start(7) == 7);
  source_facts facts;
  facts.status = 200;
  script->open(7, facts);
  script->progress(7, {10, 10});
  advance(2s);
  auto r = ok_result(10);
  r.connect = 3ms;
  r.first_byte = 8ms;
  r.total = 1500ms;
  script->end(7, r);
  run();
  REQUIRE(log->opened.size() == 1);
  CHECK(log->opened[0].second.status == 200);
  CHECK(log->progress.size() == 1);
  REQUIRE(log->ended.size() == 1);
  CHECK(log->ended[0].second.bytes == 10);

  REQUIRE(metrics->size() == 1);
  const auto& m = metrics->front();
  CHECK(m.provider == "alpha");
  CHECK(m.operation == "download");
  CHECK(m.result == outcome::ok);
  CHECK(m.connect == 3ms);
  CHECK(m.first_byte == 8ms);
  CHECK(m.total == 1500ms);
  CHECK(m.bytes == 10);
  CHECK(m.error.empty());
  CHECK(m.began == began);
}

TEST_CASE_FIXTURE(monitored_fixture, "monitored_provider: its own clock measures what the transfer did not") {
  CHECK(start(7));
  advance(2s);
  transfer_result r;
  r.result = outcome::provider_fault;
  r.cause = fault::refused;
  r.message = "connection refused";
  script->end(7, r);
  run();
  REQUIRE(metrics->size() == 1);
  CHECK(metrics->front().total == 2s);
  CHECK(metrics->front().result == outcome::provider_fault);
  CHECK(metrics->front().cause == fault::refused);
  CHECK(metrics->front().error == "connection refused");
}

TEST_CASE_FIXTURE(
    monitored_fixture, "monitored_provider: what may be our own network's fault ends when that is judged") {
  for (const bool ours : {false, true}) {
    CAPTURE(ours);
    log->ended.clear();
    metrics->clear();
    CHECK(start(7));
    script->end(7, unreachable_end());
    run();
    CHECK(log->ended.empty());
    tell(health, reset_atom_v, std::string{ours ? "ours" : "theirs"});
    REQUIRE(log->ended.size() == 1);
    const auto& r = log->ended[0].second;
    CHECK(r.cause == (ours ? fault::own_network : fault::network_unreachable));
    CHECK(r.result == (ours ? outcome::local_fault : outcome::provider_fault));
    CHECK(metrics->size() == 1); // As it looked to the provider: the monitor knows better.
    CHECK(metrics->front().cause == fault::network_unreachable);
  }
}

TEST_CASE_FIXTURE(
    monitored_fixture,
    "monitored_provider: a monitor that does not judge delays an end by four seconds at most") {
  CHECK(start(7));
  script->end(7, unreachable_end());
  advance(4s - 1ms);
  CHECK(log->ended.empty());
  advance(1ms);
  REQUIRE(log->ended.size() == 1);
  CHECK(log->ended[0].second.cause == fault::network_unreachable);
  stop(health);
  CHECK(start(8));
  script->end(8, unreachable_end());
  advance(4s);
  CHECK(log->ended.size() == 2);
}

TEST_CASE_FIXTURE(
    monitored_fixture,
    "monitored_provider: it ends while a judgement is awaited: the owner hears the end once") {
  CHECK(start(7));
  script->end(7, unreachable_end());
  run();
  stop(outer);
  REQUIRE(log->ended.size() == 1);
  CHECK(log->ended[0].second.cause == fault::network_unreachable);
  advance(10s);
  CHECK(log->ended.size() == 1);
}

TEST_CASE_FIXTURE(
    monitored_fixture, "monitored_provider: whole pieces are told, but not the one that ends the file") {
  auto q = request_for(7);
  q.offset = 5;
  q.piece_bytes = 10;
  CHECK(ask<transfer_id>(outer, transfer_atom_v, q, sink, caf::strong_actor_ptr{}));
  source_facts facts;
  facts.identity.size = 40;
  script->open(7, facts);
  const auto told = [&](std::uint64_t written, std::uint64_t durable) {
    script->progress(7, {written, durable});
    run();
    return verdict->pieces;
  };
  CHECK(told(9, 9) == 0);
  CHECK(told(19, 9) == 0); // Not on the disk yet.
  CHECK(told(19, 10) == 1);
  CHECK(told(25, 25) == 2);
  CHECK(told(25, 25) == 2);
  CHECK(told(40, 40) == 3);
}

TEST_CASE_FIXTURE(
    monitored_fixture, "monitored_provider: a refused transfer is no operation and yields no metric") {
  CHECK(start(1));
  CHECK(start(2));
  CHECK(start(3).error() == errc::busy);
  CHECK(start(1).error() == errc::conflict);
  CHECK(metrics->empty());
  script->end(1);
  run();
  CHECK(metrics->size() == 1);
  CHECK(start(3));
}

TEST_CASE_FIXTURE(monitored_fixture, "monitored_provider: cancels and settings reach the inner provider") {
  CHECK(start(1));
  tell(outer, cancel_atom_v, transfer_id{1});
  CHECK(script->cancelled == std::vector<transfer_id>{1});
  REQUIRE(log->ended.size() == 1);
  CHECK(log->ended[0].second.result == outcome::cancelled);
  REQUIRE(metrics->size() == 1);
  CHECK(metrics->front().result == outcome::cancelled);
  tell(outer, settings_with(5));
  CHECK(script->configured.size() == 1);
}

TEST_CASE_FIXTURE(monitored_fixture, "monitored_provider: a check passes through unmeasured") {
  std::vector<check_result> answers;
  auto asker = own(sys.spawn([&](caf::event_based_actor* me) {
    me->request(outer, 30s, check_atom_v)
        .then([&](const check_result& r) { answers.push_back(r); }, [](const caf::error&) {});
  }));
  run();
  REQUIRE(script->checks.size() == 1);
  check_result found;
  found.passed = true;
  script->answer_check(found);
  run();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].passed);
  CHECK(metrics->empty());
}

TEST_CASE_FIXTURE(monitored_fixture, "monitored_provider: an owner's death reaches the loader through both") {
  auto owner = own(sys.spawn([]() -> caf::behavior { return {[](int) {}}; }));
  CHECK(start(1, caf::actor_cast<caf::strong_actor_ptr>(owner)));
  stop(owner);
  CHECK(script->cancelled == std::vector<transfer_id>{1});
  CHECK(log->ended.size() == 1);
  CHECK(metrics->size() == 1);
}

TEST_CASE_FIXTURE(
    monitored_fixture,
    "monitored_provider: when the inner provider is killed, transfers end and nobody is blamed") {
  script->ends_when_cancelled = false;
  CHECK(start(1));
  CHECK(start(2));
  stop(inner, caf::exit_reason::kill);
  // The inner one says how its transfers ended, whatever kills it: that is passed on.
  REQUIRE(log->ended.size() == 2);
  for (const auto& [id, r] : log->ended)
    CHECK(r.result == outcome::cancelled);
  CHECK(metrics->size() == 2);
  CHECK_FALSE(is_alive(outer));
}

TEST_CASE_FIXTURE(
    monitored_fixture,
    "monitored_provider: a user's provider that dies without a word ends its transfers as busy") {
  provider_actor rude = own(sys.spawn([]() -> provider_actor::behavior_type {
    return {
        [](transfer_atom, const transfer_request& r, const transfer_sink_actor&,
           const caf::strong_actor_ptr&) { return r.id; },
        [](cancel_atom, transfer_id) {},
        [](check_atom) { return check_result{}; },
        [](const effective_provider_ptr&) {},
        [](const catalog_query&) -> caf::result<catalog_reply> { return errc::unknown_item; },
    };
  }));
  outer = own(spawn_monitored_provider(sys, "beta", rude, health));
  CHECK(start(1));
  stop(rude);
  REQUIRE(log->ended.size() == 1);
  CHECK(log->ended[0].second.cause == fault::busy);
  CHECK(log->ended[0].second.result == outcome::cancelled);
  REQUIRE(metrics->size() == 1);
  CHECK(metrics->front().result == outcome::cancelled);
  CHECK_FALSE(is_alive(outer));
}

TEST_CASE_FIXTURE(
    monitored_fixture, "monitored_provider: one that does not answer has refused, and is told not to begin") {
  auto cancelled = std::make_shared<std::vector<transfer_id>>();
  auto mute = own(spawn_mute_provider(sys, cancelled));
  outer = own(spawn_monitored_provider(sys, "gamma", mute, health));
  std::optional<caf::error> refusal;
  auto asker = own(sys.spawn([&](caf::event_based_actor* me) {
    me->request(outer, 30s, transfer_atom_v, request_for(1), sink, caf::strong_actor_ptr{})
        .then([](transfer_id) {}, [&](caf::error& e) { refusal = e; });
  }));
  advance(5s - 1ms);
  CHECK_FALSE(refusal);
  advance(1ms);
  REQUIRE(refusal);
  CHECK(*refusal == caf::sec::request_timeout);
  CHECK(*cancelled == std::vector<transfer_id>{1});
  CHECK(metrics->empty());
}

TEST_CASE_FIXTURE(
    monitored_fixture, "monitored_provider: whoever waits for an answer gets one when it ends") {
  auto mute = own(spawn_mute_provider(sys, std::make_shared<std::vector<transfer_id>>()));
  outer = own(spawn_monitored_provider(sys, "gamma", mute, health));
  std::optional<caf::error> refusal;
  auto asker = own(sys.spawn([&](caf::event_based_actor* me) {
    me->request(outer, 30s, transfer_atom_v, request_for(1), sink, caf::strong_actor_ptr{})
        .then([](transfer_id) {}, [&](caf::error& e) { refusal = e; });
  }));
  run();
  stop(outer, caf::exit_reason::kill);
  REQUIRE(refusal);
  CHECK(*refusal == errc::busy);
  CHECK(log->ended.empty()); // It was never accepted.
  CHECK_FALSE(is_alive(mute));
}

TEST_CASE_FIXTURE(
    monitored_fixture,
    "monitored_provider: it stops after its inner provider, and passes on how transfers ended") {
  script->ends_when_cancelled = false;
  CHECK(start(1));
  stop(outer);
  CHECK(is_alive(outer));
  CHECK(start(2).error() == errc::shutting_down);
  script->end(1, ok_result(5));
  run();
  REQUIRE(log->ended.size() == 1);
  CHECK(log->ended[0].second.result == outcome::ok);
  CHECK(metrics->size() == 1);
  CHECK_FALSE(is_alive(inner));
  CHECK_FALSE(is_alive(outer));
}

TEST_CASE_FIXTURE(
    monitored_fixture, "monitored_provider: a killed one ends its transfers and its inner provider") {
  CHECK(start(1));
  stop(outer, caf::exit_reason::kill);
  REQUIRE(log->ended.size() == 1);
  CHECK(log->ended[0].second.cause == fault::busy);
  CHECK_FALSE(is_alive(inner));
  CHECK(script->loaders == 0);
}

TEST_CASE("monitored_provider: no actor is left when all were told to end") {
  monitored_fixture f;
  CHECK(f.start(1));
  f.stop(f.outer);
  f.stop(f.health);
  f.stop(f.sink);
  CHECK(f.actors_left() == 0);
}
