#include "policy/proof.hpp"

#include <doctest/doctest.h>

using namespace tributary;

TEST_CASE("proof: samples are taken from the beginning, the middle and the end of what is here") {
  constexpr auto k = sample_bytes;
  byte_ranges here;
  here.add({0, 3 * k - 1});
  CHECK(samples_of(here).empty());
  here.add({0, 3 * k});
  CHECK(samples_of(here) == std::vector<byte_range>{{0, k}, {k, 2 * k}, {2 * k, 3 * k}});
  here.add({100 * k, 110 * k});
  const auto spread = samples_of(here);
  REQUIRE(spread.size() == samples_needed);
  CHECK(spread.front() == byte_range{0, k});
  CHECK(spread.back() == byte_range{109 * k, 110 * k});
  for (const auto& s : spread) {
    CHECK(s.size() == k);
    CHECK(here.covers(s));
  }
}

TEST_CASE("proof: scraps that no sample fits into do not count") {
  byte_ranges here;
  for (std::uint64_t i = 0; i < 10; ++i)
    here.add({i * 2 * sample_bytes, i * 2 * sample_bytes + sample_bytes - 1});
  CHECK(samples_of(here).empty());
  here.add({1000 * sample_bytes, 1001 * sample_bytes});
  CHECK(samples_of(here).empty()); // One place only: no three samples.
}
