#include "policy/histogram.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace tributary;

namespace {

constexpr double error_max = 0.05 + 1e-9;

bool within_error(double got, double truth) {
  return std::abs(got - truth) <= truth * error_max;
}

double quantile_of_one(std::uint64_t value) {
  histogram h;
  h.record(value);
  return *h.quantile(0.5);
}

} // namespace

TEST_CASE("histogram: nothing recorded gives no quantile") {
  histogram h;
  CHECK_FALSE(h.quantile(0.5));
  h.record(10);
  h.clear();
  CHECK(h.count() == 0);
  CHECK_FALSE(h.quantile(0.5));
}

TEST_CASE("histogram: every value is given back within five percent") {
  for (std::uint64_t v = 1; v <= 5000; ++v) {
    CAPTURE(v);
    REQUIRE(within_error(quantile_of_one(v), static_cast<double>(v)));
  }
  for (unsigned octave = 12; octave < 37; ++octave)
    for (const std::uint64_t v :
         {(1ULL << octave) - 1, 1ULL << octave, (1ULL << octave) + 1, 3ULL << (octave - 1)}) {
      CAPTURE(v);
      REQUIRE(within_error(quantile_of_one(v), static_cast<double>(v)));
    }
}

TEST_CASE("histogram: values beyond its range land in the end slots") {
  CHECK(quantile_of_one(0) == quantile_of_one(1));
  const auto last = (1ULL << 37) - 1;
  CHECK(within_error(quantile_of_one(last), static_cast<double>(last)));
  CHECK(quantile_of_one(last + 1) == quantile_of_one(last));
  CHECK(quantile_of_one(std::numeric_limits<std::uint64_t>::max()) == quantile_of_one(last));
}

TEST_CASE("histogram: a quantile is the nearest rank") {
  histogram h;
  for (int i = 0; i < 99; ++i)
    h.record(100);
  h.record(1'000'000);
  CHECK(within_error(*h.quantile(0.0), 100));
  CHECK(within_error(*h.quantile(0.99), 100));
  CHECK(within_error(*h.quantile(0.991), 1e6));
  CHECK(within_error(*h.quantile(1.0), 1e6));
}

// Goal: quantiles of any data stay within five percent of the truth, merged or not.
// Method: log-uniform samples, split over two histograms, against the sorted list.
TEST_CASE("histogram: quantiles and merging agree with sorting") {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    std::mt19937 rng{seed};
    std::uniform_real_distribution<double> exponent{0, 30};
    histogram one, other;
    std::vector<std::uint64_t> all(1 + rng() % 500);
    for (auto& v : all) {
      v = static_cast<std::uint64_t>(std::exp2(exponent(rng)));
      (rng() % 2 ? one : other).record(v);
    }
    one.merge(other);
    std::ranges::sort(all);
    REQUIRE(one.count() == all.size());
    for (const double q : {0.0, 0.5, 0.95, 0.99, 1.0}) {
      CAPTURE(q);
      const auto rank =
          std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(q * static_cast<double>(all.size()))));
      REQUIRE(within_error(*one.quantile(q), static_cast<double>(all[rank - 1])));
    }
  }
}
