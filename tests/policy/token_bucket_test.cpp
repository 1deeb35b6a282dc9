#include "policy/token_bucket.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace tributary;
using namespace std::chrono_literals;

namespace {

constexpr steady_time start{1h};

} // namespace

TEST_CASE("token_bucket: without a rate nothing ever waits") {
  token_bucket b{std::nullopt, 1};
  for (int i = 0; i < 1000; ++i) {
    CHECK(b.take(1e12, start) == 0ns);
    CHECK_FALSE(b.try_take(1e12, start));
  }
}

TEST_CASE("token_bucket: a new bucket is full, and the token after the burst waits") {
  token_bucket b{10, 5};
  for (int i = 0; i < 5; ++i)
    CHECK(b.take(1, start) == 0ns);
  CHECK(b.take(1, start) == 100ms);
  CHECK(b.take(1, start) == 200ms); // The debt is remembered.
}

TEST_CASE("token_bucket: a large taker goes into debt and pays it off") {
  token_bucket b{100, 10};
  CHECK(b.take(110, start) == 1s);
  CHECK(b.try_take(1, start + 1s) == 10ms);
  CHECK_FALSE(b.try_take(1, start + 1s + 10ms));
}

TEST_CASE("token_bucket: try_take lets through exactly when told, not one nanosecond earlier") {
  token_bucket b{3, 1}; // A third of a second each: not a whole number of nanoseconds.
  CHECK_FALSE(b.try_take(1, start));
  const auto wait = b.try_take(1, start);
  REQUIRE(wait);
  CHECK(*wait == 333'333'334ns);
  CHECK(b.try_take(1, start + *wait - 2ns));
  CHECK_FALSE(b.try_take(1, start + *wait));
}

TEST_CASE("token_bucket: a refused try takes nothing") {
  token_bucket b{1, 1};
  CHECK_FALSE(b.try_take(1, start));
  for (int i = 0; i < 100; ++i)
    CHECK(b.try_take(1, start) == 1s);
  CHECK_FALSE(b.try_take(1, start + 1s));
}

TEST_CASE("token_bucket: more than the bucket holds passes when it is full, then the debt holds") {
  token_bucket b{10, 5};
  CHECK_FALSE(b.try_take(15, start));
  CHECK(b.try_take(15, start) == 1500ms); // From -10 to 5.
  CHECK(b.try_take(1, start) == 1100ms);
}

TEST_CASE("token_bucket: idle time fills no further than the burst") {
  token_bucket b{10, 5};
  CHECK(b.take(5, start) == 0ns);
  CHECK(b.take(5, start + 24h) == 0ns);
  CHECK(b.take(1, start + 24h) == 100ms);
}

TEST_CASE("token_bucket: time that goes back brings nothing and is not paid twice") {
  token_bucket b{10, 1};
  CHECK(b.take(1, start) == 0ns);
  CHECK(b.take(1, start - 1h) == 100ms);
  CHECK(b.take(0, start + 100ms) == 0ns);
  CHECK(b.take(1, start + 100ms) == 100ms);
}

TEST_CASE("token_bucket: a new rate holds from now on and keeps debts") {
  token_bucket b{10, 10};
  CHECK(b.take(20, start) == 1s);
  b.configure(100, 10, start + 500ms); // Half of the debt was paid at the old rate.
  CHECK(b.take(0, start + 500ms) == 50ms);
}

TEST_CASE("token_bucket: a smaller burst cuts what is in the bucket") {
  token_bucket b{10, 100};
  b.configure(10, 2, start);
  CHECK(b.take(2, start) == 0ns);
  CHECK(b.take(1, start) == 100ms);
}

TEST_CASE("token_bucket: taking the rate away forgives, and a rate again starts from a full bucket") {
  token_bucket b{1, 1};
  CHECK(b.take(100, start) == 99s);
  b.configure(std::nullopt, 1, start);
  CHECK(b.take(100, start) == 0ns);
  b.configure(1, 1, start + 1s);
  CHECK_FALSE(b.try_take(1, start + 1s));
  CHECK(b.try_take(1, start + 1s) == 1s);
}

TEST_CASE("token_bucket: no wait is longer than a day") {
  token_bucket b{1e-9, 1};
  CHECK(b.take(1e18, start) == 24h);
}

TEST_CASE("token_bucket: tiny steps neither lose nor gain tokens") {
  token_bucket b{1000, 100};
  CHECK(b.take(1100, start) == 1s);
  for (int i = 1; i < 1'000'000; ++i)
    static_cast<void>(b.take(0, start + i * 500ns));
  const auto rest = b.take(0, start + 500ms);
  CHECK(rest >= 500ms - 1us);
  CHECK(rest <= 500ms + 1us);
}

// Goal: the average rate holds whatever the sizes and the sleeping manners are.
// Method: takers of random sizes wait as told, plus a random delay; what passed in sixty seconds is weighed.
TEST_CASE("token_bucket: the rate holds within one percent over simulated time") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 rng{seed};
    const double rate = 1e6 * static_cast<double>(1 + rng() % 100), burst = rate / 20;
    token_bucket b{rate, burst};
    auto now = start;
    double passed = 0;
    while (now < start + 60s) {
      const double n = 1 + static_cast<double>(rng() % 262'144);
      passed += n;
      now += b.take(n, now) + nanoseconds{rng() % 1000};
    }
    const double expected = rate * std::chrono::duration<double>(now - start).count() + burst;
    CHECK(passed == doctest::Approx(expected).epsilon(0.01));
  }
}
