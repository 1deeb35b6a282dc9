// The active checks of the health monitor: when they run, what their answers do, and that none delays
// another.
#include "tests/actors/health_fixture.hpp"

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

namespace {

struct checks_fixture : health_fixture {
  void spawn_checking(double interval_seconds = 60) {
    auto s = plain_settings();
    s.global.health_check_interval_seconds = interval_seconds;
    spawn(s);
  }
};

} // namespace

TEST_CASE_FIXTURE(checks_fixture, "health_monitor: a check runs after each interval and is dated") {
  spawn_checking();
  add("alpha");
  advance(60s - 1ms);
  CHECK(checks_of("alpha") == 0);
  advance(1ms);
  REQUIRE(checks_of("alpha") == 1);
  answer_check("alpha", true);
  const auto f = figures("alpha");
  CHECK(f.state == provider_state::available);
  CHECK(*f.last_check_time == wall_now());
  CHECK(f.total_requests == 0);
  CHECK_FALSE(f.success_rate);
  advance(60s - 1ms);
  CHECK(checks_of("alpha") == 0);
  advance(1ms);
  CHECK(checks_of("alpha") == 1);
}

TEST_CASE_FIXTURE(checks_fixture, "health_monitor: the interval is spread by a fifth") {
  for (const auto& [unit, delay] : {std::pair{0.0, 48s}, std::pair{0.999'999, 72s}}) {
    CAPTURE(unit);
    random = unit;
    spawn_checking();
    add("alpha");
    advance(delay - 1ms);
    CHECK(checks_of("alpha") == 0);
    advance(1ms);
    CHECK(checks_of("alpha") == 1);
  }
}

TEST_CASE_FIXTURE(
    checks_fixture, "health_monitor: three failed checks in a row make a provider unavailable") {
  spawn_checking();
  add("alpha");
  for (int i = 0; i < 3; ++i) {
    CHECK(state("alpha") == provider_state::unknown);
    advance(60s);
    answer_check("alpha", false);
  }
  CHECK(state("alpha") == provider_state::unavailable);
  CHECK(figures("alpha").failed_requests == 0);
}

TEST_CASE_FIXTURE(
    checks_fixture,
    "health_monitor: a check that fails for our own want of something says nothing of anybody") {
  spawn_checking();
  add("alpha");
  for (int i = 0; i < 5; ++i) {
    advance(60s);
    REQUIRE(checks_of("alpha") == 1);
    answer_check("alpha", false, fault::disk); // No descriptor was left, say.
  }
  CHECK(state("alpha") == provider_state::unknown);
  CHECK(*figures("alpha").last_check_time == wall_now());
  fail("alpha", 3);
  advance(33s);
  answer_check("alpha", false, fault::disk); // At the end of a cool-down, too.
  CHECK(figures("alpha").state_reason.find("disk") == std::string::npos);
  advance(5s);
  REQUIRE(checks_of("alpha") == 1);
  answer_check("alpha", true);
  CHECK(state("alpha") == provider_state::probation);
}

TEST_CASE_FIXTURE(
    checks_fixture, "health_monitor: recovery takes the cool-down, a passed check and two successes") {
  spawn_checking();
  add("alpha");
  fail("alpha", 3);
  advance(33s - 1ms);
  CHECK(checks_of("alpha") == 0);
  report("alpha"); // What a desperate job gets shortens nothing.
  CHECK(state("alpha") == provider_state::unavailable);
  advance(1ms);
  REQUIRE(checks_of("alpha") == 1);
  CHECK(state("alpha") == provider_state::unavailable);
  answer_check("alpha", true);
  CHECK(state("alpha") == provider_state::probation);
  report("alpha");
  CHECK(state("alpha") == provider_state::probation);
  report("alpha");
  CHECK(state("alpha") == provider_state::available);
}

TEST_CASE_FIXTURE(checks_fixture, "health_monitor: checks alone lead through probation, five seconds apart") {
  spawn_checking();
  add("alpha");
  fail("alpha", 3);
  advance(33s);
  answer_check("alpha", true);
  REQUIRE(state("alpha") == provider_state::probation);
  advance(5s - 1ms);
  CHECK(checks_of("alpha") == 0);
  advance(1ms);
  REQUIRE(checks_of("alpha") == 1);
  answer_check("alpha", true);
  CHECK(state("alpha") == provider_state::probation);
  advance(5s);
  answer_check("alpha", true);
  CHECK(state("alpha") == provider_state::available);
}

TEST_CASE_FIXTURE(checks_fixture, "health_monitor: a failed check after the cool-down extends it") {
  spawn_checking();
  add("alpha");
  fail("alpha", 3);
  advance(33s);
  answer_check("alpha", false);
  CHECK(state("alpha") == provider_state::unavailable);
  CHECK(*figures("alpha").unavailable_until == wall_now() + 66s);
  advance(66s - 1ms);
  CHECK(checks_of("alpha") == 0);
  advance(1ms);
  CHECK(checks_of("alpha") == 1);
}

TEST_CASE_FIXTURE(
    checks_fixture, "health_monitor: no check runs where real traffic answered in the interval") {
  spawn_checking();
  add("alpha");
  advance(1s);
  report("alpha", outcome::missing); // It answered: that is all that a check could find out.
  advance(59s);
  CHECK(checks_of("alpha") == 0);
  advance(60s); // Nothing was asked in this one.
  CHECK(checks_of("alpha") == 1);
}

TEST_CASE_FIXTURE(checks_fixture, "health_monitor: a failed or cancelled request spares no check") {
  spawn_checking();
  add("alpha");
  fail("alpha", 1);
  report("alpha", outcome::cancelled);
  advance(60s);
  CHECK(checks_of("alpha") == 1);
}

TEST_CASE_FIXTURE(
    checks_fixture, "health_monitor: a check that hangs fails after the provider's timeout and a second") {
  spawn_checking();
  auto s = current;
  s.providers["alpha"].timeout_seconds = 2;
  s.global.fall = 1;
  change(s);
  add("alpha");
  advance(60s);
  REQUIRE(checks_of("alpha") == 1);
  advance(3s - 1ms);
  CHECK(state("alpha") == provider_state::unknown);
  advance(1ms);
  CHECK(state("alpha") == provider_state::unavailable);
  answer_check("alpha", true); // Too late.
  CHECK(state("alpha") == provider_state::unavailable);
}

TEST_CASE_FIXTURE(
    checks_fixture,
    "health_monitor: at most four checks run at a time, and a hanging one holds up no other") {
  spawn_checking();
  const std::vector<std::string> names{"a", "b", "c", "d", "e", "f"};
  for (const auto& name : names)
    add(name);
  auto asked = [&] {
    return std::ranges::count_if(names, [&](const auto& name) { return checks_of(name) > 0; });
  };
  advance(60s);
  CHECK(asked() == 4);
  answer_check("b", true);
  CHECK(asked() == 4); // b is done, e runs.
  CHECK(checks_of("e") == 1);
  answer_check("c", true);
  CHECK(checks_of("f") == 1);
  for (const auto* name : {"d", "e", "f"})
    answer_check(name, true);
  CHECK(asked() == 1); // a hangs.
  for (int i = 0; i < 2; ++i) {
    advance(30s);
    for (const auto& name : names)
      if (name != "a" && checks_of(name) > 0)
        answer_check(name, true);
  }
  for (const auto& name : names)
    if (name != "a")
      CHECK(*figures(name).last_check_time == wall_now());
}

TEST_CASE_FIXTURE(
    checks_fixture, "health_monitor: four checks that hang for the first time hold up a fifth for a second") {
  spawn_checking();
  for (const auto* name : {"a", "b", "c", "d", "e"})
    add(name);
  advance(61s - 1ms);
  CHECK(checks_of("e") == 0);
  advance(1ms);
  CHECK(checks_of("e") == 1);
}

TEST_CASE_FIXTURE(
    checks_fixture, "health_monitor: providers that are known to hang never delay another's check") {
  auto s = plain_settings();
  s.global.health_check_interval_seconds = 2;
  s.global.timeout_seconds = 30; // Far beyond the interval: most of the time all of them hang.
  s.global.fall = 100;
  spawn(s);
  for (int i = 0; i < 12; ++i)
    add("hangs" + std::to_string(i));
  advance(5s); // Each has had its turn.
  add("prompt");
  add("mended");
  const auto until_asked = [this](const std::string& name) {
    auto waited = 0ms;
    for (; checks_of(name) == 0; waited += 100ms) {
      REQUIRE(waited < 1min);
      advance(100ms);
    }
    return waited;
  };
  advance(2s); // "mended" hangs once, too.
  answer_check("prompt", true);
  for (int i = 0; i < 300; ++i) {
    CHECK(until_asked("prompt") == 2s);
    answer_check("prompt", true);
  }
  REQUIRE(checks_of("mended") >= 1);
  while (checks_of("mended") > 0)
    answer_check("mended", true);
  until_asked("mended"); // Once more among those who hang; it answers in time.
  answer_check("mended", true);
  for (int i = 0; i < 30; ++i) {
    CHECK(until_asked("mended") == 2s);
    answer_check("mended", true);
  }
}

TEST_CASE_FIXTURE(checks_fixture, "health_monitor: a removed provider's turn goes to the next") {
  spawn_checking();
  for (const auto* name : {"a", "b", "c", "d", "e", "f"})
    add(name);
  advance(60s);
  tell(monitor, remove_atom_v, std::string{"e"}); // Waits.
  tell(monitor, remove_atom_v, std::string{"a"}); // Runs.
  answer_check("a", true);
  CHECK(checks_of("e") == 0);
  CHECK(checks_of("f") == 1);
}

TEST_CASE_FIXTURE(
    checks_fixture,
    "health_monitor: a provider's actor that ends under a check is not the provider's fault") {
  spawn_checking();
  auto s = current;
  s.global.fall = 1;
  change(s);
  auto handle = add("alpha");
  advance(60s);
  REQUIRE(checks_of("alpha") == 1);
  caf::anon_send_exit(handle, caf::exit_reason::kill);
  run();
  CHECK(state("alpha") == provider_state::unknown);
  CHECK_FALSE(figures("alpha").last_check_time);
  add("alpha");
  advance(60s);
  CHECK(checks_of("alpha") == 1);
}

TEST_CASE_FIXTURE(checks_fixture, "health_monitor: the answer of a replaced actor is ignored") {
  spawn_checking();
  add("alpha");
  advance(60s);
  auto old = scripts.at("alpha");
  add("alpha");
  check_result passed;
  passed.passed = true;
  old->answer_check(passed);
  run();
  CHECK(state("alpha") == provider_state::unknown);
  advance(60s);
  CHECK(checks_of("alpha") == 1);
}

TEST_CASE_FIXTURE(checks_fixture, "health_monitor: an ephemeral or disabled provider is never checked") {
  spawn_checking();
  auto s = current;
  s.providers["beta"].enabled = false;
  change(s);
  add("http://elsewhere", false);
  add("beta");
  advance(10min);
  CHECK(checks_of("http://elsewhere") == 0);
  CHECK(checks_of("beta") == 0);
  fail("http://elsewhere", 3);
  advance(33s);
  CHECK(state("http://elsewhere") == provider_state::probation); // By time alone.
}

TEST_CASE_FIXTURE(checks_fixture, "health_monitor: a new interval holds at once, also none") {
  spawn_checking();
  add("alpha");
  auto s = current;
  s.global.health_check_interval_seconds = 2;
  change(s);
  advance(2s);
  REQUIRE(checks_of("alpha") == 1);
  answer_check("alpha", true);
  s.global.health_check_interval_seconds = 0;
  change(s);
  advance(1h);
  CHECK(checks_of("alpha") == 0);
  fail("alpha", 3);
  s.global.health_check_interval_seconds = 60;
  change(s); // The cool-down that runs now ends with a check.
  advance(33s);
  CHECK(state("alpha") == provider_state::unavailable);
  CHECK(checks_of("alpha") == 1);
}

TEST_CASE_FIXTURE(checks_fixture, "health_monitor: other settings do not put a check off") {
  spawn_checking();
  add("alpha");
  for (int i = 0; i < 6; ++i) {
    advance(10s);
    auto s = current;
    s.global.failure_threshold = 3 + i;
    change(s);
  }
  CHECK(checks_of("alpha") == 1);
}
