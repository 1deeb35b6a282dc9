// The breaker's way down: what opens it, and what does not.
#include "policy/availability.hpp"

#include "tests/policy/availability_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace std::chrono_literals;
using tributary::testing::breaker;
using st = provider_state;

TEST_CASE("availability: begins unknown, and unknown may be asked") {
  breaker b;
  CHECK(b.state.state() == st::unknown);
  CHECK(is_available(b.state.state()));
  CHECK_FALSE(b.state.until());
  CHECK_FALSE(b.state.uptime(b.now));
}

TEST_CASE("availability: three states may be asked, two not") {
  CHECK(is_available(st::available));
  CHECK(is_available(st::probation));
  CHECK_FALSE(is_available(st::unavailable));
  CHECK_FALSE(is_available(st::disabled));
}

TEST_CASE("availability: the first success makes it available, once") {
  breaker b;
  CHECK(b.ok());
  CHECK(b.state.state() == st::available);
  CHECK_FALSE(b.ok());
}

TEST_CASE("availability: the third incident in a row opens it, the second does not") {
  for (const bool known : {false, true}) {
    CAPTURE(known);
    breaker b;
    if (known)
      b.ok();
    CHECK_FALSE(b.incident());
    CHECK_FALSE(b.incident());
    CHECK(is_available(b.state.state()));
    CHECK(b.incident());
    CHECK(b.state.state() == st::unavailable);
    CHECK(b.state.reason() == "3 incidents in a row, the last: reset");
  }
}

TEST_CASE("availability: a success between starts the count anew") {
  breaker b;
  b.incident();
  b.incident();
  b.ok();
  b.incident();
  CHECK_FALSE(b.incident());
  CHECK(b.incident());
}

TEST_CASE("availability: the threshold is a setting, and a new one holds at once") {
  breaker b{{.failure_threshold = 1}};
  CHECK(b.incident());
  breaker later;
  later.incident();
  later.state.configure({.failure_threshold = 2});
  CHECK(later.incident());
}

TEST_CASE("availability: only a provider's fault is an incident") {
  for (std::size_t i = 0; i < outcome_count; ++i) {
    const auto x = static_cast<outcome>(i);
    if (x == outcome::ok || x == outcome::provider_fault)
      continue;
    CAPTURE(to_string(x));
    breaker b;
    for (int n = 0; n < 20; ++n)
      CHECK_FALSE(b.attempt(x));
    CHECK(b.state.state() == st::unknown);
  }
}

TEST_CASE("availability: other classes do not end a row of incidents") {
  breaker b;
  b.incident();
  b.attempt(outcome::missing);
  b.incident();
  b.attempt(outcome::throttled);
  CHECK(b.incident());
}

TEST_CASE("availability: eight streams that fail together are one incident") {
  breaker b;
  const auto began = b.now;
  b.pass(10s);
  for (int stream = 0; stream < 8; ++stream)
    CHECK_FALSE(b.ended(began, outcome::provider_fault, fault::reset));
  CHECK_FALSE(b.incident()); // The second.
  CHECK(b.incident());       // The third.
}

TEST_CASE("availability: an attempt counts that began when the incident was seen, not a tick before") {
  breaker b{{.failure_threshold = 2}};
  b.incident();
  const auto seen = b.now;
  b.pass(1s);
  CHECK_FALSE(b.ended(seen - 1ns, outcome::provider_fault, fault::reset));
  CHECK(b.ended(seen, outcome::provider_fault, fault::reset));
}

TEST_CASE("availability: a failure that began before the newest success says nothing of now") {
  breaker b{{.failure_threshold = 1}};
  const auto early = b.now;
  b.pass(1s);
  const auto success_began = b.now;
  b.pass(1s);
  b.ended(success_began, outcome::ok);
  CHECK_FALSE(b.ended(early, outcome::provider_fault, fault::reset));
  CHECK_FALSE(b.ended(success_began - 1ns, outcome::provider_fault, fault::reset));
  CHECK(b.ended(success_began, outcome::provider_fault, fault::reset));
}

TEST_CASE("availability: a success that began earlier does not hide a failure that began later") {
  breaker b{{.failure_threshold = 1}};
  const auto early = b.now, late = b.now + 1s;
  b.pass(10s);
  b.ended(late, outcome::ok);
  b.ended(early, outcome::ok); // Older news.
  CHECK(b.ended(late, outcome::provider_fault, fault::reset));
}

TEST_CASE("availability: mostly failing opens it when the upper bound of success is below one half") {
  breaker b{{.failure_threshold = 100}}; // The row never gets that long.
  b.ok();                                // Enters available: the count begins after it.
  b.ok();
  for (int i = 0; i < 6; ++i)
    CHECK_FALSE(b.incident()); // 1 of 7: upper bound 0.513.
  CHECK(b.incident());         // 1 of 8: 0.471.
}

TEST_CASE("availability: fewer than five sightings prove nothing") {
  breaker b{{.failure_threshold = 100}};
  b.ok();
  for (int i = 0; i < 4; ++i)
    CHECK_FALSE(b.incident());
  CHECK(b.incident()); // 0 of 5: upper bound 0.434.
  CHECK(b.state.reason() == "more than half of the last minute's requests failed, the last: reset");
}

TEST_CASE("availability: sightings older than sixty seconds prove nothing") {
  for (const bool too_old : {false, true}) {
    CAPTURE(too_old);
    breaker b{{.failure_threshold = 100}};
    b.ok();
    for (int i = 0; i < 4; ++i)
      b.incident();
    b.pass(56s + (too_old ? 1ns : 0ns)); // The fifth is seen 60 s after the first.
    CHECK(b.incident() == !too_old);
  }
}

TEST_CASE("availability: failed checks in a row open it at the third, from unknown and from available") {
  for (const bool known : {false, true}) {
    CAPTURE(known);
    breaker b;
    if (known)
      b.check(true);
    CHECK_FALSE(b.check(false));
    CHECK_FALSE(b.check(false));
    CHECK(b.check(false));
    CHECK(b.state.state() == st::unavailable);
    CHECK(b.state.reason() == "3 failed checks in a row, the last: refused");
  }
}

TEST_CASE("availability: a passing check ends a row of failed ones but not a row of incidents") {
  breaker b;
  b.ok();
  b.check(false);
  b.check(false);
  b.check(true);
  CHECK_FALSE(b.check(false));
  b.check(true);
  b.incident();
  b.incident();
  b.check(true); // The little file that checks ask for may live where downloads die.
  CHECK(b.incident());
}

TEST_CASE("availability: a real success ends a row of failed checks") {
  breaker b;
  b.check(false);
  b.check(false);
  b.ok();
  CHECK_FALSE(b.check(false));
}

TEST_CASE("availability: a passing check makes the unknown available") {
  breaker b;
  CHECK(b.check(true));
  CHECK(b.state.state() == st::available);
  CHECK_FALSE(b.check(true));
}

TEST_CASE("availability: the state names are those of the interface") {
  CHECK(to_string(st::unknown) == "unknown");
  CHECK(to_string(st::available) == "available");
  CHECK(to_string(st::probation) == "probation");
  CHECK(to_string(st::unavailable) == "unavailable");
  CHECK(to_string(st::disabled) == "disabled");
}
