#include "policy/confidence.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace tributary;
using doctest::Approx;

TEST_CASE("confidence: no tries give no interval") {
  CHECK_FALSE(wilson95(0, 0));
}

TEST_CASE("confidence: the interval is Wilson's") {
  struct row {
    std::uint64_t ok, n;
    double low, high;
  };
  // Values from the closed formula, computed independently to six digits.
  for (const auto& [ok, n, low, high] :
       {row{0, 1, 0.0, 0.793451}, row{1, 1, 0.206549, 1.0}, row{0, 5, 0.0, 0.434482},
        row{5, 10, 0.236593, 0.763407}, row{1, 9, 0.019891, 0.435000}, row{90, 100, 0.825634, 0.944771}}) {
    CAPTURE(ok);
    CAPTURE(n);
    const auto i = wilson95(ok, n);
    REQUIRE(i);
    CHECK(i->low == Approx(low).epsilon(1e-5));
    CHECK(i->high == Approx(high).epsilon(1e-5));
  }
}

TEST_CASE("confidence: the interval stays within 0 and 1 and narrows with more tries") {
  double width = 2;
  for (std::uint64_t n = 10; n <= 10'000'000; n *= 10) {
    CAPTURE(n);
    const auto i = *wilson95(n / 2, n);
    CHECK(i.low >= 0);
    CHECK(i.high <= 1);
    CHECK(i.high - i.low < width);
    width = i.high - i.low;
  }
  const auto huge = std::numeric_limits<std::uint64_t>::max();
  CHECK(wilson95(huge, huge)->high <= 1.0);
  CHECK(wilson95(huge, huge)->low > 0.999);
}

TEST_CASE("confidence: the posterior begins at 0.9 and follows the evidence") {
  CHECK(success_posterior(0, 0) == Approx(0.9));
  CHECK(success_posterior(0, 1) == Approx(9.0 / 11));
  CHECK(success_posterior(1, 1) == Approx(10.0 / 11));
  CHECK(success_posterior(900, 1000) == Approx(0.9));
}
