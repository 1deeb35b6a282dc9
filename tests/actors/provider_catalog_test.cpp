// The provider's catalogue: queries, and transfers of items that it leads to.
#include "actors/provider.hpp"

#include "actors/catalog_shelf.hpp"
#include "net/client/catalog.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_loader.hpp"
#include "tests/support/transfer_log.hpp"

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

namespace {

catalog_answer library() {
  catalog_answer a;
  a.fresh = std::make_shared<const catalog>(std::vector<catalog_item>{
      {{"film", "Film", {"en", "de"}}, {}, {{"de", "de/film.mkv"}, {"en", "en/film.mkv"}}},
      {{"series", "Series", {"en"}}, {{1, {{2, {{"en", "s01e02.mkv"}}}}}}, {}}});
  a.version.etag = "\"1\"";
  a.bytes = 200;
  a.status = 200;
  a.first_byte = 7ms;
  return a;
}

catalog_query title_of(const std::string& key) {
  return {catalog_operation::get_title, {}, {key, {}, {}, {}}};
}

struct catalog_fixture : actor_fixture {
  std::shared_ptr<loader_script> script = std::make_shared<loader_script>();
  std::shared_ptr<transfer_log> log = std::make_shared<transfer_log>();
  transfer_sink_actor sink = own(spawn_sink(sys, log));
  provider_actor provider = own(spawn_provider(sys, settings_with(2), script->make()));

  /// Sends a query; its answer comes into `replies` or `errors`.
  std::vector<catalog_reply> replies;
  std::vector<caf::error> errors;
  void query(catalog_query q) {
    own(sys.spawn([this, q](caf::event_based_actor* me) {
      me->request(provider, 60s, q)
          .then(
              [this](const catalog_reply& r) { replies.push_back(r); },
              [this](const caf::error& e) { errors.push_back(e); });
    }));
    run();
  }
  void answer_reading(catalog_answer a) {
    REQUIRE_FALSE(script->readings.empty());
    script->answer_reading(std::move(a));
    run();
  }
  caf::expected<transfer_id>
  start(transfer_id id, catalog_ref item, const caf::strong_actor_ptr& owner = nullptr) {
    auto q = request_for(id);
    q.path.clear();
    q.item = std::move(item);
    return ask<transfer_id>(provider, transfer_atom_v, std::move(q), sink, owner);
  }
};

} // namespace

TEST_CASE_FIXTURE(
    catalog_fixture, "provider: the catalogue is read once for all queries that wait, then kept") {
  query(title_of("film"));
  query(title_of("series"));
  REQUIRE(script->readings.size() == 1);
  answer_reading(library());
  REQUIRE(replies.size() == 2);
  CHECK(replies[0].items.at(0).title == "Film");
  CHECK(replies[0].bytes == 200);
  CHECK(replies[0].first_byte == 7ms);
  CHECK_FALSE(replies[0].from_cache);
  query(title_of("film"));
  REQUIRE(replies.size() == 3);
  CHECK(replies[2].from_cache);
  CHECK(replies[2].bytes == 0);
  CHECK(script->readings.empty());
  advance(catalog_kept);
  query(title_of("film"));
  REQUIRE(script->readings.size() == 1);
  CHECK(script->readings.front().known.etag == "\"1\"");
}

TEST_CASE_FIXTURE(catalog_fixture, "provider: what went wrong with the catalogue stands in the reply") {
  query(title_of("film"));
  auto broken = refusal(fault::status, "HTTP 500");
  broken.status = 500;
  answer_reading(broken);
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].result == outcome::provider_fault);
  CHECK(replies[0].cause == fault::status);
  CHECK(replies[0].status == 500);
  CHECK(replies[0].message == "HTTP 500");
  query(title_of("absent"));
  answer_reading(library());
  CHECK(replies[1].result == outcome::missing);
}

TEST_CASE_FIXTURE(catalog_fixture, "provider: reading the catalogue counts as a request") {
  provider = own(spawn_provider(sys, settings_with(2, 0.001), script->make()));
  CHECK(ask<transfer_id>(provider, transfer_atom_v, request_for(1), sink, caf::strong_actor_ptr{}));
  query(title_of("film"));
  CHECK(script->readings.empty());
  REQUIRE(errors.size() == 1);
  CHECK(errors[0] == errc::busy);
  script->end(1);
}

TEST_CASE_FIXTURE(
    catalog_fixture, "provider: the transfer of an item is one request, its catalogue included") {
  provider = own(spawn_provider(sys, settings_with(2, 0.001), script->make()));
  CHECK(start(1, {"film", {}, {}, ""}));
  answer_reading(library());
  CHECK(script->running.contains(1));
  script->end(1);
}

TEST_CASE_FIXTURE(catalog_fixture, "provider: another base has another catalogue, the same base has not") {
  query(title_of("film"));
  answer_reading(library());
  auto p = *settings_with(3);
  tell(provider, std::make_shared<const effective_provider>(p));
  query(title_of("film"));
  CHECK(script->readings.empty());
  p.own.base_url = "http://elsewhere.test";
  tell(provider, std::make_shared<const effective_provider>(p));
  query(title_of("film"));
  REQUIRE(script->readings.size() == 1);
  CHECK(script->readings.front().known.etag.empty());
}

TEST_CASE_FIXTURE(
    catalog_fixture, "provider: an item's transfer begins at the path that the catalogue gives") {
  CHECK(*start(7, {"film", {}, {}, "de"}) == 7);
  CHECK(script->running.empty());
  CHECK(log->ended.empty());
  answer_reading(library());
  REQUIRE(script->running.contains(7));
  CHECK(script->running.at(7).request.path == "de/film.mkv");
  CHECK_FALSE(script->running.at(7).request.item);
  script->open(7);
  script->end(7, ok_result(5));
  run();
  REQUIRE(log->opened.size() == 1);
  CHECK(log->opened[0].second.path == "de/film.mkv");
  REQUIRE(log->ended.size() == 1);
  CHECK(log->ended[0].second.result == outcome::ok);
  CHECK(log->ended[0].second.facts.path == "de/film.mkv");

  CHECK(start(8, {"series", 1, 2, ""}));
  REQUIRE(script->running.contains(8)); // From the copy at hand.
  CHECK(script->running.at(8).request.path == "s01e02.mkv");
}

TEST_CASE_FIXTURE(
    catalog_fixture, "provider: an item that is not in the catalogue ends its transfer as missing") {
  for (const auto& item :
       {catalog_ref{"absent", {}, {}, ""}, catalog_ref{"series", 1, 9, ""}, catalog_ref{"film", {}, {}, "fr"},
        catalog_ref{"series", {}, {}, "en"}}) {
    log->ended.clear();
    CHECK(*start(7, item) == 7);
    if (!script->readings.empty())
      answer_reading(library());
    CAPTURE(describe(item));
    REQUIRE(log->ended.size() == 1);
    const auto& r = log->ended[0].second;
    CHECK(r.result == outcome::missing);
    CHECK(r.cause == fault::no_such_item);
    CHECK(r.message.find(item.key) != std::string::npos);
    CHECK(script->running.empty());
  }
}

TEST_CASE_FIXTURE(
    catalog_fixture,
    "provider: a transfer that waits for the catalogue keeps its slot and can be cancelled") {
  CHECK(start(1, {"film", {}, {}, ""}));
  CHECK(start(2, {"film", {}, {}, ""}));
  CHECK(start(3, {"film", {}, {}, ""}).error() == errc::busy);
  tell(provider, cancel_atom_v, transfer_id{1});
  REQUIRE(log->ended.size() == 1);
  CHECK(log->ended[0].second.result == outcome::cancelled);
  CHECK(start(3, {"film", {}, {}, ""}));
  answer_reading(library());
  CHECK_FALSE(script->running.contains(1));
  CHECK(script->running.contains(2));
  CHECK(script->running.contains(3));
}

TEST_CASE_FIXTURE(
    catalog_fixture, "provider: the owner's death ends a transfer that waits for the catalogue") {
  auto owner = sys.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  CHECK(start(1, {"film", {}, {}, ""}, caf::actor_cast<caf::strong_actor_ptr>(owner)));
  caf::anon_send_exit(owner, caf::exit_reason::kill);
  run();
  REQUIRE(log->ended.size() == 1);
  CHECK(log->ended[0].second.result == outcome::cancelled);
  answer_reading(library());
  CHECK(script->running.empty());
}

TEST_CASE_FIXTURE(catalog_fixture, "provider: however it stops, who waits for the catalogue is told") {
  for (const auto how : {caf::exit_reason::user_shutdown, caf::exit_reason::kill}) {
    replies.clear();
    errors.clear();
    log->ended.clear();
    provider = own(spawn_provider(sys, settings_with(2), script->make()));
    query(title_of("film"));
    CHECK(start(1, {"film", {}, {}, ""}));
    caf::anon_send_exit(provider, how);
    run();
    CHECK(replies.empty());
    CHECK(errors.size() == 1);
    REQUIRE(log->ended.size() == 1);
    CHECK(log->ended[0].second.result == outcome::cancelled);
    script->readings.clear();
  }
}

TEST_CASE_FIXTURE(
    catalog_fixture, "provider: a catalogue that cannot be read ends an item's transfer as it says") {
  CHECK(start(1, {"film", {}, {}, ""}));
  auto slow = refusal(fault::status, "HTTP 429 Too Many Requests");
  slow.status = 429;
  slow.retry_after = 30s;
  answer_reading(slow);
  REQUIRE(log->ended.size() == 1);
  const auto& r = log->ended[0].second;
  CHECK(r.result == outcome::throttled);
  CHECK(r.retry_after == 30s);
  CHECK(r.status == 429);
}
