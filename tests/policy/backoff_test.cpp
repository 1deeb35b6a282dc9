#include "policy/backoff.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>

using namespace tributary;
using namespace std::chrono_literals;

namespace {

constexpr double almost_one = 0x1.fffffffffffffp-1; // The largest number below 1.

} // namespace

TEST_CASE("backoff: the ceiling doubles until it meets the limit") {
  const backoff_options o{1s, 60s};
  CHECK(backoff_ceiling(o, 0) == 1s);
  CHECK(backoff_ceiling(o, 1) == 2s);
  CHECK(backoff_ceiling(o, 5) == 32s);
  CHECK(backoff_ceiling(o, 6) == 60s);
  CHECK(backoff_ceiling(o, 7) == 60s);
}

TEST_CASE("backoff: a power that meets the limit exactly is not cut") {
  const backoff_options o{1s, 64s};
  CHECK(backoff_ceiling(o, 5) == 32s);
  CHECK(backoff_ceiling(o, 6) == 64s);
  CHECK(backoff_ceiling(o, 7) == 64s);
}

TEST_CASE("backoff: no retry number overflows") {
  const milliseconds longest{std::numeric_limits<std::int64_t>::max()};
  for (const std::uint32_t retry :
       {31U, 32U, 62U, 63U, 64U, 65U, std::numeric_limits<std::uint32_t>::max()}) {
    CAPTURE(retry);
    CHECK(backoff_ceiling({1s, 60s}, retry) == 60s);
    CHECK(backoff_ceiling({longest, longest}, retry) == longest);
    CHECK(backoff_delay({longest, longest}, retry, almost_one) <= longest);
  }
  CHECK(backoff_ceiling({1ms, longest}, 62) == milliseconds{std::int64_t{1} << 62});
  CHECK(backoff_ceiling({1ms, longest}, 63) == longest);
}

TEST_CASE("backoff: a base above the limit is cut at once, and no base means no delay") {
  CHECK(backoff_ceiling({10s, 5s}, 0) == 5s);
  CHECK(backoff_ceiling({0s, 60s}, 0) == 0s);
  CHECK(backoff_ceiling({0s, 60s}, 100) == 0s);
  CHECK(backoff_ceiling({1s, 0s}, 3) == 0s);
  CHECK(backoff_delay({0s, 60s}, 9, almost_one) == 0s);
}

TEST_CASE("backoff: the delay reaches from zero to the ceiling") {
  const backoff_options o{1s, 60s};
  CHECK(backoff_delay(o, 2, 0.0) == 0ms);
  CHECK(backoff_delay(o, 2, 0.5) == 2000ms);
  CHECK(backoff_delay(o, 2, almost_one) == 4000ms);
}

TEST_CASE("backoff: delays are spread evenly") {
  const unsigned seed = 7;
  CAPTURE(seed);
  std::mt19937 rng{seed};
  std::uniform_real_distribution<double> unit{0, 1};
  std::array<int, 4> quarters{};
  for (int i = 0; i < 4000; ++i)
    ++quarters[static_cast<std::size_t>(backoff_delay({1s, 60s}, 2, unit(rng)) / 1001ms)];
  for (const int n : quarters)
    CHECK(std::abs(n - 1000) < 120);
}
