#include "tests/config/settings_samples.hpp"

#include "config/settings_table.hpp"

using namespace tributary;
using namespace tributary::testing;

TEST_CASE("settings: a document that sets nothing has the documented defaults") {
  const auto g = accepted(parse_settings("{}")).global;
  CHECK(g == global_settings{});
  CHECK(g.timeout_seconds == 30);
  CHECK(g.max_retries == 3);
  CHECK(g.retry_delay_seconds == 1);
  CHECK(g.retry_delay_max_seconds == 60);
  CHECK(g.max_concurrent_downloads == 4);
  CHECK(g.health_window_minutes == 60);
  CHECK(g.failure_threshold == 3);
  CHECK(g.rise == 2);
  CHECK(g.fall == 3);
  CHECK(g.cooldown_base_seconds == 30);
  CHECK(g.cooldown_max_seconds == 900);
  CHECK(g.health_check_interval_seconds == 60);
  CHECK(g.when_all_unavailable == all_unavailable::least_bad);
  CHECK(g.failover_order == failover_order::exhaust);
  CHECK(g.strategy == strategy::priority);
  CHECK(g.max_attempts == 12);
  CHECK_FALSE(g.deadline_seconds);
  CHECK(g.max_running_jobs == 64);
  CHECK(g.max_queued_jobs == 100'000);
  CHECK_FALSE(g.total_bandwidth_limit_mbps);
  CHECK(g.piece_size_mib == 4);
  CHECK(g.max_segments == 4);
  CHECK(g.stall_timeout_seconds == 30);
  CHECK(g.on_conflict == on_conflict::error);
  CHECK(g.durability == durability::full);
  CHECK_FALSE(g.record_sha256);
  CHECK(g.history_days == 30);
  CHECK_FALSE(g.metrics_open);
}

TEST_CASE("settings: a provider that sets nothing is enabled with priority 100") {
  const auto s = accepted(parse_settings(two_providers));
  CHECK(s.providers.at("alpha").enabled);
  CHECK(s.providers.at("alpha").priority == 100);
  CHECK_FALSE(s.providers.at("alpha").max_retries);
}

TEST_CASE("effective: every setting that is also a global default is filled in, and only those") {
  const auto s = accepted(parse_settings(two_providers));
  const auto own = effective(s, "alpha").own;
  for (const auto& key : provider_keys()) {
    CAPTURE(std::string{key.name});
    if (const auto* global = find_key<global_settings>(key.name))
      CHECK(value_of(own, key) == value_of(s.global, *global));
    else
      CHECK(value_of(own, key) == value_of(s.providers.at("alpha"), key));
  }
}

TEST_CASE("effective: what a provider sets outranks the global value") {
  const auto s = accepted(parse_settings(
      R"({"global": {"max_retries": 7}, "providers": {"a": {"kind": "http", "base_url": "http://a", "max_retries": 0}}})"));
  CHECK(effective(s, "a").own.max_retries == 0);
}

TEST_CASE("effective: an inherited retry delay yields to an own maximum, and the other way round") {
  const auto delay =
      effective(accepted(parse_settings(with_provider(R"("retry_delay_seconds": 600)"))), "alpha").own;
  CHECK(delay.retry_delay_seconds == 600);
  CHECK(delay.retry_delay_max_seconds == 600);
  const auto most =
      effective(accepted(parse_settings(with_provider(R"("retry_delay_max_seconds": 0)"))), "alpha").own;
  CHECK(most.retry_delay_seconds == 0);
  CHECK(most.retry_delay_max_seconds == 0);
}

TEST_CASE("effective_chain: implicit, it holds the enabled by priority, then name") {
  const auto s = accepted(parse_settings(R"({"providers": {
    "c": {"kind": "http", "base_url": "http://c", "priority": 1},
    "b": {"kind": "http", "base_url": "http://b", "priority": 2},
    "a": {"kind": "http", "base_url": "http://a", "priority": 2},
    "off": {"kind": "http", "base_url": "http://o", "priority": 0, "enabled": false}}})"));
  CHECK(effective_chain(s) == std::vector<std::string>{"c", "a", "b"});
}

TEST_CASE("effective_chain: explicit, it decides membership and order, but never brings back the disabled") {
  const auto s = accepted(parse_settings(R"({"providers": {
    "a": {"kind": "http", "base_url": "http://a", "priority": 1},
    "b": {"kind": "http", "base_url": "http://b"},
    "off": {"kind": "http", "base_url": "http://o", "enabled": false},
    "out": {"kind": "http", "base_url": "http://o"}},
    "failover": {"chain": ["b", "off", "a"]}})"));
  CHECK(effective_chain(s) == std::vector<std::string>{"b", "a"});
}

TEST_CASE("settings: a change brings somebody when one more provider may be used") {
  settings before;
  before.providers["a"].base_url = "http://a";
  before.providers["b"].enabled = false;
  const auto brings = [&](auto change) {
    auto after = before;
    change(after);
    return brings_somebody(before, after);
  };
  CHECK_FALSE(brings([](settings&) {}));
  CHECK_FALSE(brings([](settings& s) { s.providers["a"].priority = 1; }));
  CHECK_FALSE(brings([](settings& s) { s.providers["a"].enabled = false; }));
  CHECK_FALSE(brings([](settings& s) { s.providers["c"].enabled = false; }));
  CHECK_FALSE(brings([](settings& s) { s.chain = {"a", "b"}; }));
  CHECK(brings([](settings& s) { s.providers["c"].base_url = "http://c"; }));
  CHECK(brings([](settings& s) { s.providers["b"].enabled = true; }));
  before.chain.emplace();
  CHECK(brings([](settings& s) { s.chain = {"a"}; }));
  CHECK(brings([](settings& s) { s.chain.reset(); }));
}
