// The breaker's way back: cool-downs, probation, and what an operator does to it.
#include "policy/availability.hpp"

#include "tests/policy/availability_fixture.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <random>

using namespace tributary;
using namespace std::chrono_literals;
using doctest::Approx;
using tributary::testing::breaker;
using st = provider_state;

namespace {

constexpr double almost_one = 0x1.fffffffffffffp-1;

} // namespace

TEST_CASE("availability: the cool-down's base goes by the cause") {
  struct row {
    fault cause;
    nanoseconds cooldown;
  };
  for (const auto& [cause, cooldown] :
       {row{fault::reset, 30s}, row{fault::status, 30s}, row{fault::name_not_found, 300s},
        row{fault::certificate, 1800s}}) {
    CAPTURE(to_string(cause));
    breaker b{{.cooldown_max = 2h}};
    b.fall(cause);
    CHECK(b.cooldown() == cooldown);
  }
}

TEST_CASE("availability: jitter adds up to a fifth, and nothing goes beyond the maximum") {
  breaker b;
  b.unit = almost_one;
  b.fall();
  CHECK(b.cooldown() > 35'990ms);
  CHECK(b.cooldown() <= 36s);
  breaker at_the_cap{{.cooldown_base = 900s}};
  at_the_cap.unit = almost_one;
  at_the_cap.fall();
  CHECK(at_the_cap.cooldown() == 900s);
  breaker certificate;
  certificate.fall(fault::certificate);
  CHECK(certificate.cooldown() == 900s);
}

TEST_CASE("availability: the cool-down doubles with each relapse, up to the maximum") {
  breaker b;
  b.fall();
  for (const auto expected : {30s, 60s, 120s, 240s, 480s, 900s, 900s}) {
    CHECK(b.cooldown() == expected);
    b.recover_to_probation();
    b.incident();
  }
}

TEST_CASE("availability: no number of relapses overflows") {
  breaker b{{.cooldown_max = milliseconds{std::numeric_limits<std::int32_t>::max()}}};
  b.fall();
  for (int i = 0; i < 200; ++i) {
    REQUIRE(b.cooldown() > 0s);
    b.recover_to_probation();
    b.incident();
  }
}

TEST_CASE("availability: a healthy minute takes one relapse back, a nanosecond less takes none") {
  for (const bool whole : {false, true}) {
    CAPTURE(whole);
    breaker b;
    b.fall();
    b.recover_to_probation();
    b.incident(); // A relapse: the next but one would be 120 s.
    b.recover();
    b.pass(whole ? 59s : 59s - 1ns); // The first incident is seen a second later.
    b.fall();
    CHECK(b.cooldown() == (whole ? 60s : 120s));
  }
}

TEST_CASE("availability: many healthy minutes bring the base back and no less") {
  breaker b;
  b.fall();
  for (int i = 0; i < 4; ++i) {
    b.recover_to_probation();
    b.incident();
  }
  b.recover();
  b.pass(24h);
  b.fall();
  CHECK(b.cooldown() == 30s);
}

TEST_CASE("availability: an incident begins the healthy minute anew") {
  for (const bool incident : {false, true}) {
    CAPTURE(incident);
    breaker b;
    b.fall();
    b.recover();
    b.pass(40s);
    incident ? b.incident() : b.ok();
    b.pass(40s);
    b.ok();
    b.fall();
    CHECK(b.cooldown() == (incident ? 60s : 30s));
  }
}

TEST_CASE("availability: nothing shortens a cool-down") {
  breaker b;
  b.fall();
  const auto end = *b.state.until();
  b.now = end - 1ns;
  CHECK_FALSE(b.state.wants_check(b.now));
  CHECK_FALSE(b.check(true));
  CHECK_FALSE(b.ended(end - 10s, outcome::ok));
  CHECK_FALSE(b.state.tick(b.now));
  CHECK(b.state.state() == st::unavailable);
  CHECK(b.state.until() == end);
}

TEST_CASE("availability: nothing extends it before its end either") {
  breaker b;
  b.fall();
  const auto end = *b.state.until();
  b.pass(1s);
  CHECK_FALSE(b.incident());
  CHECK_FALSE(b.check(false));
  CHECK(b.state.until() == end);
}

TEST_CASE(
    "availability: at the end of the cool-down a passing check leads to probation, time alone does not") {
  breaker b;
  b.fall();
  b.now = *b.state.until();
  CHECK(b.state.wants_check(b.now));
  CHECK_FALSE(b.state.tick(b.now + 24h));
  CHECK(b.check(true));
  CHECK(b.state.state() == st::probation);
  CHECK_FALSE(b.state.until());
  CHECK_FALSE(b.state.wants_check(b.now));
}

TEST_CASE("availability: a failed check at the end extends the cool-down and says so") {
  breaker b;
  b.fall();
  b.now = *b.state.until();
  CHECK(b.check(false));
  CHECK(b.state.state() == st::unavailable);
  CHECK(b.cooldown() == 60s);
  CHECK(b.state.reason() == "the check after the cool-down failed: refused");
}

TEST_CASE("availability: with checks off time alone leads to probation") {
  breaker b{{.checks = false}};
  b.fall();
  const auto end = *b.state.until();
  CHECK_FALSE(b.state.wants_check(end));
  CHECK_FALSE(b.state.tick(end - 1ns));
  CHECK(b.state.tick(end));
  CHECK(b.state.state() == st::probation);
}

TEST_CASE("availability: two successes in probation make it available, one does not") {
  breaker b;
  b.fall();
  b.recover_to_probation();
  CHECK_FALSE(b.ok());
  CHECK(b.state.state() == st::probation);
  CHECK(b.ok());
  CHECK(b.state.state() == st::available);
}

TEST_CASE("availability: passing checks count in probation, so that it ends without traffic") {
  breaker b;
  b.fall();
  b.recover_to_probation();
  CHECK_FALSE(b.check(true));
  CHECK(b.check(true));
  CHECK(b.state.state() == st::available);
}

TEST_CASE("availability: one failure in probation opens it again") {
  breaker b;
  b.fall();
  b.recover_to_probation();
  CHECK(b.incident());
  CHECK(b.state.state() == st::unavailable);
  CHECK(b.state.reason() == "failed in probation: reset");
  b.recover_to_probation();
  CHECK(b.check(false));
  CHECK(b.state.state() == st::unavailable);
}

TEST_CASE("availability: what is no fault of the provider changes nothing in probation") {
  breaker b;
  b.fall();
  b.recover_to_probation();
  CHECK_FALSE(b.attempt(outcome::missing));
  CHECK_FALSE(b.attempt(outcome::throttled));
  CHECK(b.state.state() == st::probation);
}

TEST_CASE("availability: the ramp doubles with each success in probation and ends with it") {
  breaker b{{.rise = 4}};
  constexpr auto unlimited = std::numeric_limits<std::uint32_t>::max();
  CHECK(b.state.ramp() == unlimited);
  b.fall();
  CHECK(b.state.ramp() == 1);
  b.recover_to_probation();
  for (const std::uint32_t leases : {1U, 2U, 4U, 8U}) {
    CHECK(b.state.ramp() == leases);
    b.ok();
  }
  CHECK(b.state.ramp() == unlimited);
  b.state.enable(b.now, false);
  CHECK(b.state.ramp() == 0);
}

TEST_CASE("availability: verified pieces of a running transfer widen the ramp, and nothing else") {
  breaker b;
  CHECK_FALSE(b.state.record_pieces(3)); // No ramp while it is not on probation.
  b.fall();
  CHECK_FALSE(b.state.record_pieces(3));
  b.recover_to_probation();
  CHECK(b.state.ramp() == 1);
  CHECK(b.state.record_pieces(1));
  CHECK(b.state.ramp() == 2);
  CHECK(b.state.record_pieces(2));
  CHECK(b.state.ramp() == 8);
  CHECK(b.state.state() == st::probation);
  b.check(true); // A check moves no piece of a file.
  CHECK(b.state.ramp() == 8);
  CHECK(b.incident());
  b.recover_to_probation();
  CHECK(b.state.ramp() == 1);
}

TEST_CASE("availability: a long probation does not overflow the ramp") {
  breaker b{{.rise = 1000}};
  b.fall();
  b.recover_to_probation();
  for (int i = 0; i < 100; ++i)
    b.ok();
  CHECK(b.state.ramp() == std::uint32_t{1} << 31);
}

TEST_CASE("availability: disabled is deaf, and enabled begins as unknown") {
  breaker b;
  b.ok();
  CHECK(b.state.enable(b.now, false));
  CHECK_FALSE(b.state.enable(b.now, false));
  CHECK_FALSE(b.ok());
  for (int i = 0; i < 10; ++i)
    CHECK_FALSE(b.check(false));
  CHECK(b.state.state() == st::disabled);
  CHECK(b.state.enable(b.now, true));
  CHECK_FALSE(b.state.enable(b.now, true));
  CHECK(b.state.state() == st::unknown);
}

TEST_CASE("availability: reset clears state, counters, exponent and uptime") {
  breaker b;
  b.fall();
  b.recover_to_probation();
  b.incident();
  CHECK(b.state.reset(b.now));
  CHECK(b.state.state() == st::unknown);
  CHECK_FALSE(b.state.uptime(b.now));
  CHECK_FALSE(b.state.reset(b.now));
  b.pass(1s);
  CHECK_FALSE(b.incident());
  CHECK_FALSE(b.incident());
  CHECK(b.incident());
  CHECK(b.cooldown() == 30s);
}

TEST_CASE("availability: reset does not enable what is disabled") {
  breaker b;
  b.state.enable(b.now, false);
  CHECK_FALSE(b.state.reset(b.now));
  CHECK(b.state.state() == st::disabled);
}

TEST_CASE("availability: uptime counts known and enabled time only, probation as up") {
  breaker b;
  b.pass(10min); // Unknown: not counted.
  b.check(true);
  b.pass(6min);
  CHECK(*b.state.uptime(b.now) == 1.0);
  b.fall(); // Three seconds more.
  b.pass(2min - 3s);
  CHECK(*b.state.uptime(b.now) == Approx(363.0 / 480).epsilon(0.001));
  b.state.enable(b.now, false);
  b.pass(5min);
  b.state.enable(b.now, true);
  b.pass(5min);
  CHECK(*b.state.uptime(b.now) == Approx(363.0 / 480).epsilon(0.001));
}

// Goal: whatever comes in, the rules hold that no cool-down is shortened, none is longer than the maximum
// from now, only unavailable has an end, and a change is told exactly when there is one. Method: random
// attempts, checks, ticks and switches under a random clock.
TEST_CASE("availability: the rules hold under random traffic") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 rng{seed};
    std::uniform_real_distribution<double> unit{0, 1};
    breaker b{{.checks = rng() % 2 == 0}};
    for (int step = 0; step < 300; ++step) {
      b.pass(milliseconds{rng() % 20'000});
      b.unit = unit(rng);
      const auto state = b.state.state();
      const auto until = b.state.until();
      const auto began = b.now - milliseconds{rng() % 10'000};
      bool told = false, switched = false;
      switch (rng() % 8) {
      case 0:
        told = b.check(rng() % 2);
        break;
      case 1:
        told = b.state.tick(b.now);
        break;
      case 2:
        switched = rng() % 10 == 0;
        told = switched && b.state.enable(b.now, rng() % 4 != 0);
        break;
      default:
        told = b.ended(began, rng() % 3 ? outcome::provider_fault : outcome::ok, fault::reset);
      }
      REQUIRE(told == (state != b.state.state() || until != b.state.until()));
      REQUIRE(b.state.until().has_value() == (b.state.state() == st::unavailable));
      if (b.state.until())
        REQUIRE(*b.state.until() <= b.now + 900s);
      if (state == st::unavailable && b.now < *until && !switched)
        REQUIRE(b.state.until() == until);
      if (const auto up = b.state.uptime(b.now))
        REQUIRE((*up >= 0 && *up <= 1));
    }
  }
}
