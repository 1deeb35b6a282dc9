// What the monitor counts and whom it tells; its active checks stand in health_checks_test.cpp.
#include "tests/actors/health_fixture.hpp"

#include <algorithm>

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

TEST_CASE_FIXTURE(health_fixture, "health_monitor: a sample leaves the window after sixty minutes") {
  spawn();
  add("alpha");
  report("alpha");
  advance(60min - 10s); // Exact to one bucket of ten seconds.
  CHECK(figures("alpha").successful_requests == 1);
  CHECK(*figures("alpha").success_rate == doctest::Approx(100));
  advance(10s);
  CHECK(figures("alpha").successful_requests == 0);
  CHECK_FALSE(figures("alpha").success_rate); // No samples: unknown, neither 0 nor 100.
}

TEST_CASE_FIXTURE(
    health_fixture, "health_monitor: the third incident in a row makes a provider unavailable") {
  spawn();
  add("alpha");
  report("alpha");
  CHECK(state("alpha") == provider_state::available);
  fail("alpha", 2);
  CHECK(state("alpha") == provider_state::available);
  fail("alpha", 1);
  const auto f = figures("alpha");
  CHECK(f.state == provider_state::unavailable);
  CHECK(f.consecutive_failures == 3);
  CHECK(f.last_error == "connection refused");
  CHECK(*f.last_error_time == wall_now());
  CHECK(*f.unavailable_until == wall_now() + 33s); // 30 s and half of the jitter.
}

TEST_CASE_FIXTURE(health_fixture, "health_monitor: one blip on eight streams is one incident") {
  spawn();
  add("alpha");
  const auto began = now();
  advance(1s);
  for (int i = 0; i < 8; ++i)
    tell(monitor, metric("alpha", began, outcome::provider_fault));
  CHECK(state("alpha") == provider_state::unknown);
  CHECK(figures("alpha").consecutive_failures == 8);
  fail("alpha", 1);
  CHECK(state("alpha") == provider_state::unknown);
  fail("alpha", 1);
  CHECK(state("alpha") == provider_state::unavailable);
}

TEST_CASE_FIXTURE(health_fixture, "health_monitor: with checks off, time alone ends a cool-down") {
  spawn();
  add("alpha");
  fail("alpha", 3);
  advance(33s - 1ms);
  CHECK(state("alpha") == provider_state::unavailable);
  advance(1ms);
  CHECK(state("alpha") == provider_state::probation);
  CHECK(checks_of("alpha") == 0);
  report("alpha");
  CHECK(state("alpha") == provider_state::probation);
  report("alpha");
  CHECK(state("alpha") == provider_state::available);
}

TEST_CASE_FIXTURE(
    health_fixture, "health_monitor: one failure in probation is a relapse with twice the cool-down") {
  spawn();
  add("alpha");
  fail("alpha", 3);
  advance(33s);
  REQUIRE(state("alpha") == provider_state::probation);
  fail("alpha", 1);
  CHECK(state("alpha") == provider_state::unavailable);
  advance(66s - 1ms);
  CHECK(state("alpha") == provider_state::unavailable);
  advance(1ms);
  CHECK(state("alpha") == provider_state::probation);
}

TEST_CASE_FIXTURE(
    health_fixture, "health_monitor: who is not known is an error, and its metrics are ignored") {
  spawn();
  report("nobody");
  CHECK(
      ask<provider_figures>(monitor, figures_atom_v, std::string{"nobody"}).error() ==
      errc::unknown_provider);
  CHECK(
      ask<provider_figures>(monitor, reset_atom_v, std::string{"nobody"}).error() == errc::unknown_provider);
  add("alpha");
  tell(monitor, remove_atom_v, std::string{"alpha"});
  report("alpha");
  CHECK(
      ask<provider_figures>(monitor, figures_atom_v, std::string{"alpha"}).error() == errc::unknown_provider);
}

TEST_CASE_FIXTURE(health_fixture, "health_monitor: the summary lists the configured ones by name") {
  spawn();
  add("beta");
  add("alpha");
  add("http://elsewhere", false);
  report("alpha");
  report("http://elsewhere", outcome::provider_fault);
  fail("beta", 3);
  const auto all = *ask<health_summary>(monitor, summary_atom_v);
  CHECK(all.window_minutes == 60);
  CHECK(all.total_providers == 2);
  CHECK(all.available_providers == 1);
  CHECK(*all.overall_success_rate == doctest::Approx(25));
  REQUIRE(all.providers.size() == 2);
  CHECK(all.providers[0].provider == "alpha");
  CHECK(all.providers[1].provider == "beta");
  CHECK(figures("http://elsewhere").failed_requests == 1);
}

TEST_CASE_FIXTURE(health_fixture, "health_monitor: a reset clears figures and state and tells the watchers") {
  spawn();
  add("alpha");
  fail("alpha", 3);
  watch();
  standings.clear();
  const auto f = *ask<provider_figures>(monitor, reset_atom_v, std::string{"alpha"});
  CHECK(f.total_requests == 0);
  CHECK(f.state == provider_state::unknown);
  CHECK(f.last_error.empty());
  REQUIRE(standings.size() == 1);
  CHECK(standings[0].state == provider_state::unknown);
  advance(1h); // The old cool-down's timer is void.
  CHECK(state("alpha") == provider_state::unknown);
}

TEST_CASE_FIXTURE(
    health_fixture, "health_monitor: who watches gets every standing now and each state change at once") {
  spawn();
  add("alpha");
  add("beta");
  watch();
  CHECK(standings.size() == 2);
  standings.clear();
  report("alpha"); // unknown -> available
  REQUIRE(standings.size() == 1);
  CHECK(standings[0].provider == "alpha");
  CHECK(standings[0].state == provider_state::available);
  CHECK(standings[0].ok == 1);
  add("gamma");
  CHECK(standings.size() == 2);
  standings.clear();
  fail("beta", 3);
  REQUIRE_FALSE(standings.empty());
  CHECK(standings.back().state == provider_state::unavailable);
  CHECK(standings.back().ramp == 1);
  CHECK(*standings.back().unavailable_until == wall_now() + 33s);
}

TEST_CASE_FIXTURE(
    health_fixture, "health_monitor: figures that change are told four times a second at most") {
  spawn();
  add("alpha");
  report("alpha");
  watch();
  standings.clear();
  for (int i = 0; i < 1000; ++i) {
    advance(1ms);
    report("alpha");
  }
  CHECK(standings.size() >= 3);
  CHECK(standings.size() <= 4);
  advance(250ms);
  CHECK(standings.back().ok == 1001);
  const auto heard = standings.size();
  advance(1h);
  CHECK(standings.size() == heard); // Silence while nothing changes.
}

TEST_CASE_FIXTURE(health_fixture, "health_monitor: a watcher that ends is dropped, and is not kept alive") {
  spawn();
  add("alpha");
  auto watcher = watch();
  tell(monitor, watch_atom_v, watcher); // Twice is once.
  standings.clear();
  report("alpha");
  CHECK(standings.size() == 1);
  caf::anon_send_exit(watcher, caf::exit_reason::user_shutdown);
  run();
  standings.clear();
  fail("alpha", 3);
  CHECK(standings.empty());

  std::weak_ptr<int> alive;
  {
    auto token = std::make_shared<int>(0);
    alive = token;
    auto shy = sys.spawn([token]() -> standing_watcher_actor::behavior_type {
      return {[token](const provider_standing&) {}};
    });
    tell(monitor, watch_atom_v, shy);
  }
  run();
  CHECK(alive.expired());
}

TEST_CASE_FIXTURE(health_fixture, "health_monitor: new thresholds hold at once") {
  spawn();
  add("alpha");
  auto s = plain_settings();
  s.global.failure_threshold = 1;
  s.global.cooldown_base_seconds = 100;
  change(s);
  fail("alpha", 1);
  CHECK(state("alpha") == provider_state::unavailable);
  CHECK(*figures("alpha").unavailable_until == wall_now() + 110s);
}

TEST_CASE_FIXTURE(health_fixture, "health_monitor: the window is emptied only when its length changes") {
  spawn();
  add("alpha");
  report("alpha");
  auto s = plain_settings();
  s.global.failure_threshold = 5;
  change(s);
  CHECK(figures("alpha").total_requests == 1);
  s.global.health_window_minutes = 5;
  change(s);
  CHECK(figures("alpha").total_requests == 0);
  CHECK(figures("alpha").state == provider_state::available);
  report("alpha");
  advance(5min - 10s);
  CHECK(figures("alpha").total_requests == 1);
  advance(10s);
  CHECK(figures("alpha").total_requests == 0);
  CHECK(ask<health_summary>(monitor, summary_atom_v)->window_minutes == 5);
}

TEST_CASE_FIXTURE(
    health_fixture,
    "health_monitor: a disabled provider is not available, and begins as unknown when enabled") {
  auto off = plain_settings();
  off.providers["alpha"].enabled = false;
  spawn(off);
  add("alpha");
  add("beta");
  watch();
  CHECK(state("alpha") == provider_state::disabled);
  CHECK(ask<health_summary>(monitor, summary_atom_v)->available_providers == 1);
  CHECK(std::ranges::find(standings, "alpha", &provider_standing::provider)->ramp == 0);
  fail("alpha", 3);
  CHECK(state("alpha") == provider_state::disabled);
  standings.clear();
  change(plain_settings());
  REQUIRE(standings.size() == 1); // Of alpha alone.
  CHECK(standings[0].state == provider_state::unknown);
  change(off);
  CHECK(standings.back().state == provider_state::disabled);
}

TEST_CASE_FIXTURE(
    health_fixture, "health_monitor: a provider that is added again keeps what is known of it") {
  spawn();
  add("alpha");
  fail("alpha", 3);
  add("alpha");
  CHECK(state("alpha") == provider_state::unavailable);
  CHECK(figures("alpha").failed_requests == 3);
}

TEST_CASE("health_monitor: no actor is left when all were told to end") {
  health_fixture f;
  auto s = plain_settings();
  s.global.health_check_interval_seconds = 60;
  f.spawn(s);
  auto stop = [&](const auto& h) { caf::anon_send_exit(h, caf::exit_reason::user_shutdown); };
  stop(f.add("alpha"));
  stop(f.watch());
  f.fail("alpha", 3);
  stop(f.monitor);
  f.run();
  CHECK(f.actors_left() == 0);
}
