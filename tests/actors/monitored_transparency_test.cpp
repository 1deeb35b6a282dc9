// The monitored wrapper changes nothing: the same conversations with a provider of a user's own, bare and
// wrapped, come to the same, and the wrapped ones to one metric for each operation.
#include "actors/monitored_provider.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/support/transfer_log.hpp"

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

namespace {

/// What a test sees of the user's provider, and tells it.
struct own_provider_log {
  std::map<transfer_id, transfer_sink_actor> running;
  std::vector<effective_provider_ptr> settings;
  std::uint64_t queries = 0;
};
using log_ptr = std::shared_ptr<own_provider_log>;

/// A provider that somebody wrote against messages/actors.hpp alone: no loader, no base class of ours. Path
/// "busy" is refused, "crash" throws; everything else opens and goes on until it is cancelled, its owner ends
/// or the test ends it.
class own_provider final : public provider_actor::base {
public:
  own_provider(caf::actor_config& cfg, log_ptr log) : provider_actor::base(cfg), log_(std::move(log)) {
    set_exception_handler([](std::exception_ptr&) { return caf::make_error(errc::crashed); });
    set_down_handler([this](caf::down_msg& down) {
      for (auto [id, owner] : std::exchange(owners_, {}))
        owner == down.source ? end(id) : void(owners_.emplace(id, owner));
    });
  }
  behavior_type make_behavior() override {
    return {
        [this](transfer_atom, transfer_request& q, transfer_sink_actor& sink, caf::strong_actor_ptr& owner)
            -> caf::result<transfer_id> {
          if (q.path == "busy")
            return errc::busy;
          if (q.path == "crash")
            throw std::runtime_error("crash");
          if (owner) {
            monitor(owner);
            owners_.emplace(q.id, owner->address());
          }
          source_facts facts;
          facts.status = 206;
          facts.identity.etag = "\"own\"";
          facts.path = "by/catalogue";
          send(sink, opened_atom_v, q.id, facts);
          send(sink, progress_atom_v, q.id, transfer_progress{10, 5});
          log_->running.emplace(q.id, std::move(sink));
          return q.id;
        },
        [this](cancel_atom, transfer_id id) { end(id); },
        [](check_atom) {
          check_result r;
          r.passed = true;
          r.message = "mine";
          return r;
        },
        [this](effective_provider_ptr& s) { log_->settings.push_back(std::move(s)); },
        [this](const catalog_query& q) { return look_up(q); },
    };
  }
  void on_exit() override { log_->running.clear(); }

private:
  void end(transfer_id id) {
    auto node = log_->running.extract(id);
    if (!node)
      return;
    transfer_result r;
    r.result = outcome::cancelled;
    r.cause = fault::cancelled;
    r.message = "stopped by its own";
    r.bytes = 10;
    send(node.mapped(), ended_atom_v, id, r);
  }

  caf::result<catalog_reply> look_up(const catalog_query& q) {
    ++log_->queries;
    if (q.text == "busy")
      return errc::busy;
    if (q.text == "unknown")
      return errc::unknown_item;
    if (q.text == "own")
      return caf::make_error(errc::io_failed, std::string{"my own words"});
    if (q.text == "mute")
      return make_response_promise<catalog_reply>();
    catalog_reply r;
    r.items.push_back({q.text, "Title", {"en", "de"}});
    r.more = true;
    r.seasons = {{1, 2}};
    r.path = "a/b";
    r.bytes = 77;
    r.first_byte = 3ms;
    if (q.text == "failing") {
      r.result = outcome::throttled;
      r.cause = fault::status;
      r.status = 429;
      r.message = "slow down";
    }
    return r;
  }

  log_ptr log_;
  std::map<transfer_id, caf::actor_addr> owners_;
};

struct transparency_fixture : actor_fixture {
  log_ptr own_log = std::make_shared<own_provider_log>();
  std::shared_ptr<transfer_log> heard = std::make_shared<transfer_log>();
  std::vector<request_metric> metrics;
  transfer_sink_actor sink = own(spawn_sink(sys, heard));

  provider_actor spawn(bool wrapped) {
    auto bare = own(sys.spawn<own_provider>(own_log));
    if (!wrapped)
      return bare;
    auto health = own(sys.spawn([this]() -> health_monitor_actor::behavior_type {
      return {
          [this](const request_metric& m) { metrics.push_back(m); },
          [this](judge_atom, const request_metric& m) {
            metrics.push_back(m);
            return false;
          },
          [](verified_atom, const std::string&, std::uint32_t) {},
          [](add_atom, const std::string&, const provider_actor&, bool) {},
          [](remove_atom, const std::string&) {},
          [](summary_atom) { return health_summary{}; },
          [](figures_atom, const std::string&) { return provider_figures{}; },
          [](reset_atom, const std::string&) { return provider_figures{}; },
          [](history_atom, const std::string&, const history_query&) { return provider_history{}; },
          [](watch_atom, const standing_watcher_actor&) {},
          [](const settings_ptr&) {},
      };
    }));
    return own(spawn_monitored_provider(sys, "alpha", bare, health));
  }
  caf::expected<transfer_id>
  start(const provider_actor& p, transfer_id id, const std::string& path, caf::strong_actor_ptr owner = {}) {
    auto q = request_for(id);
    q.path = path;
    return ask<transfer_id>(p, transfer_atom_v, q, sink, std::move(owner));
  }
  caf::expected<catalog_reply> look_up(const provider_actor& p, const std::string& text) {
    return ask<catalog_reply>(p, catalog_query{catalog_operation::search, text, {}});
  }
};

} // namespace

TEST_CASE_FIXTURE(
    transparency_fixture, "monitored_provider: a user's own provider is heard through it as without it") {
  for (const bool wrapped : {false, true}) {
    CAPTURE(wrapped);
    *heard = {};
    *own_log = {};
    metrics.clear();
    const auto p = spawn(wrapped);

    CHECK(*start(p, 7, "f") == 7);
    REQUIRE(heard->opened.size() == 1);
    CHECK(heard->opened[0].first == 7);
    CHECK(heard->opened[0].second.identity.etag == "\"own\"");
    CHECK(heard->opened[0].second.path == "by/catalogue");
    REQUIRE(heard->progress.size() == 1);
    CHECK(heard->progress[0].second.written_end == 10);
    CHECK(heard->progress[0].second.durable_end == 5);
    CHECK(metrics.empty());

    tell(p, cancel_atom_v, transfer_id{99}); // Nobody's.
    CHECK(heard->ended.empty());
    tell(p, cancel_atom_v, transfer_id{7});
    REQUIRE(heard->ended.size() == 1);
    CHECK(heard->ended[0].second.message == "stopped by its own");
    CHECK(metrics.size() == (wrapped ? 1 : 0));

    auto owner = sys.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
    CHECK(start(p, 8, "f", caf::actor_cast<caf::strong_actor_ptr>(owner)));
    caf::anon_send_exit(owner, caf::exit_reason::kill);
    run();
    REQUIRE(heard->ended.size() == 2);
    CHECK(heard->ended[1].first == 8);
    CHECK(own_log->running.empty());
    CHECK(metrics.size() == (wrapped ? 2 : 0));

    CHECK(start(p, 9, "busy").error() == errc::busy);
    CHECK(ask<check_result>(p, check_atom_v)->message == "mine");
    tell(p, settings_with(3));
    REQUIRE(own_log->settings.size() == 1);
    CHECK(own_log->settings[0]->own.max_concurrent_downloads == 3);
    CHECK(metrics.size() == (wrapped ? 2 : 0)); // A refusal, a check, a setting: no operations.
  }
}

TEST_CASE_FIXTURE(
    transparency_fixture,
    "monitored_provider: catalogue answers and errors pass unchanged, each measured once") {
  for (const bool wrapped : {false, true}) {
    CAPTURE(wrapped);
    metrics.clear();
    const auto p = spawn(wrapped);
    const auto good = look_up(p, "film");
    REQUIRE(good);
    CHECK(good->items == std::vector<catalog_title>{{"film", "Title", {"en", "de"}}});
    CHECK(good->more);
    CHECK(good->seasons == std::vector<season_count>{{1, 2}});
    CHECK(good->path == "a/b");
    CHECK(good->bytes == 77);
    const auto failing = look_up(p, "failing");
    REQUIRE(failing);
    CHECK(failing->result == outcome::throttled);
    CHECK(failing->status == 429);
    CHECK(failing->message == "slow down");
    CHECK(look_up(p, "unknown").error() == errc::unknown_item);
    const auto mine = look_up(p, "own");
    CHECK(mine.error() == errc::io_failed);
    CHECK(describe(mine.error()) == "my own words");
    CHECK(look_up(p, "busy").error() == errc::busy);
  }
  REQUIRE(metrics.size() == 4); // Busy: nothing was asked.
  CHECK(metrics[0].result == outcome::ok);
  CHECK(metrics[0].provider == "alpha");
  CHECK(metrics[0].bytes == 77);
  CHECK(metrics[0].first_byte == 3ms);
  CHECK(metrics[1].result == outcome::throttled);
  CHECK(metrics[1].error == "slow down");
  CHECK(metrics[2].result == outcome::missing);
  CHECK(metrics[3].result == outcome::provider_fault);
  CHECK(metrics[3].error == "my own words");
  for (const auto& m : metrics)
    CHECK(m.operation == "search");
}

TEST_CASE_FIXTURE(
    transparency_fixture, "monitored_provider: each catalogue operation is measured under its name") {
  const auto p = spawn(true);
  for (const auto what :
       {catalog_operation::search, catalog_operation::is_language, catalog_operation::get_title,
        catalog_operation::get_season_episode_count})
    CHECK(ask<catalog_reply>(p, catalog_query{what, "x", {}}));
  std::vector<std::string> names;
  for (const auto& m : metrics)
    names.push_back(m.operation);
  CHECK(names == std::vector<std::string>{"search", "is_language", "get_title", "get_season_episode_count"});
}

TEST_CASE_FIXTURE(
    transparency_fixture,
    "monitored_provider: a query that is never answered ends, and is the provider's fault once") {
  const auto p = spawn(true);
  auto pending = self->request(p, 60s, catalog_query{catalog_operation::search, "mute", {}});
  advance(4s - 1ns);
  CHECK_FALSE(self->has_next_message());
  advance(1ns);
  REQUIRE(self->has_next_message());
  pending.receive(
      [](const catalog_reply&) { CHECK(false); },
      [](const caf::error& e) { CHECK(e == caf::sec::request_timeout); });
  REQUIRE(metrics.size() == 1);
  CHECK(metrics[0].result == outcome::provider_fault);
  CHECK(metrics[0].cause == fault::connect_timeout);
  CHECK(metrics[0].total == 4s);
}

TEST_CASE_FIXTURE(
    transparency_fixture,
    "monitored_provider: when either dies, who asked about the catalogue is told, and nobody is blamed") {
  for (const bool inner_first : {true, false}) {
    metrics.clear();
    const auto p = spawn(true);
    auto pending = self->request(p, 60s, catalog_query{catalog_operation::search, "mute", {}});
    run();
    if (inner_first)
      CHECK_FALSE(start(p, 1, "crash"));
    else
      caf::anon_send_exit(p, caf::exit_reason::kill);
    run();
    bool told = false;
    pending.receive([](const catalog_reply&) { CHECK(false); }, [&](const caf::error&) { told = true; });
    CHECK(told);
    REQUIRE(metrics.size() >= 1);
    for (const auto& m : metrics)
      CHECK(m.result == outcome::cancelled);
  }
}
