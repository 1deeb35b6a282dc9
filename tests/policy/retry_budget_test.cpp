#include "policy/retry_budget.hpp"

#include <doctest/doctest.h>

using namespace tributary;

namespace {

retry_budget after_failures(int n, double max = 10, double ratio = 0.5) {
  retry_budget b{max, ratio};
  for (int i = 0; i < n; ++i)
    b.failure();
  return b;
}

} // namespace

TEST_CASE("retry_budget: retries are allowed while more than half of the tokens are left") {
  CHECK(after_failures(0).allows_retry());
  CHECK(after_failures(4).allows_retry());
  CHECK_FALSE(after_failures(5).allows_retry()); // Exactly half.
}

TEST_CASE("retry_budget: successes give retries back") {
  auto b = after_failures(5);
  b.success();
  CHECK(b.tokens() == doctest::Approx(5.5));
  CHECK(b.allows_retry());
}

TEST_CASE("retry_budget: tokens stay between zero and the maximum") {
  CHECK(after_failures(1000).tokens() == 0);
  auto b = after_failures(0);
  for (int i = 0; i < 100; ++i)
    b.success();
  CHECK(b.tokens() == 10);
}

TEST_CASE("retry_budget: a fraction of a token pays for a failure but leaves nothing") {
  auto b = after_failures(11);
  b.success();
  b.failure();
  CHECK(b.tokens() == 0);
}
