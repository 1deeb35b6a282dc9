#include "policy/selection.hpp"

#include "policy/confidence.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

using namespace tributary;
using doctest::Approx;

namespace {

constexpr std::uint64_t mib = 1 << 20;

selection_terms at(std::uint32_t position) {
  selection_terms t;
  t.position = position;
  return t;
}

selection_terms measured(
    std::uint32_t position, std::uint64_t ok, std::uint64_t tried, double mbps, double first_byte_ms = 10) {
  auto t = at(position);
  t.ok = ok;
  t.tried = tried;
  t.throughput_mbps = mbps;
  t.first_byte_ms = first_byte_ms;
  return t;
}

std::vector<std::size_t>
order(const std::vector<selection_terms>& terms, strategy how, std::uint64_t bytes = 100 * mib) {
  std::vector<std::size_t> out;
  for (const auto& r : rank(terms, how, bytes))
    out.push_back(r.index);
  return out;
}

using indices = std::vector<std::size_t>;

} // namespace

TEST_CASE("selection: nobody to rank gives an empty ranking") {
  for (const auto how : {strategy::priority, strategy::best, strategy::fastest})
    CHECK(rank({}, how, 0).empty());
}

TEST_CASE("selection: priority is chain order, whatever was measured") {
  CHECK(
      order({measured(2, 100, 100, 900), measured(0, 0, 100, 1), at(1)}, strategy::priority) ==
      indices{1, 2, 0});
  const std::vector terms{at(3)};
  CHECK(rank(terms, strategy::priority, 0)[0].score == Approx(0.25));
}

TEST_CASE("selection: ties keep chain order, then the order given") {
  for (const auto how : {strategy::priority, strategy::best, strategy::fastest}) {
    CAPTURE(to_string(how));
    CHECK(order({at(1), at(0), at(1), at(0)}, how) == indices{1, 3, 0, 2});
  }
}

TEST_CASE("selection: best prefers the higher posterior, however slow") {
  CHECK(order({measured(0, 50, 100, 900), measured(1, 99, 100, 1)}, strategy::best) == indices{1, 0});
}

TEST_CASE("selection: best tries a newcomer before one that fails often, after one that proved itself") {
  CHECK(
      order({measured(0, 60, 100, 10), at(1), measured(2, 100, 100, 10)}, strategy::best) ==
      indices{2, 1, 0});
}

TEST_CASE("selection: best takes the faster of two that are within 0.01, and not beyond") {
  // Posteriors over 990 tries: (9 + ok) / 1000.
  CHECK(order({measured(0, 991, 990, 10), measured(1, 981, 990, 20)}, strategy::best) == indices{1, 0});
  CHECK(order({measured(0, 991, 990, 10), measured(1, 980, 990, 20)}, strategy::best) == indices{0, 1});
}

TEST_CASE("selection: best counts near ties from the leader, so that they do not chain") {
  const std::vector terms{measured(0, 950, 990, 10), measured(1, 944, 990, 20), measured(2, 938, 990, 30)};
  CHECK(order(terms, strategy::best) == indices{1, 0, 2});
}

TEST_CASE("selection: among near ties an unmeasured one is the slowest") {
  CHECK(order({at(0), measured(1, 90, 100, 1)}, strategy::best) == indices{1, 0});
}

TEST_CASE("selection: best spreads near ties by the leases held") {
  auto busy = measured(0, 90, 100, 100);
  busy.leases = 1;
  CHECK(order({busy, measured(1, 90, 100, 60)}, strategy::best) == indices{1, 0});
  CHECK(order({busy, measured(1, 90, 100, 40)}, strategy::best) == indices{0, 1});
  auto unmeasured = at(0);
  unmeasured.leases = 1;
  CHECK(order({unmeasured, at(1)}, strategy::best) == indices{1, 0});
}

TEST_CASE("selection: fastest weighs the first byte against the throughput by size") {
  const std::vector terms{measured(0, 90, 100, 1000, 2000), measured(1, 90, 100, 100, 10)};
  CHECK(order(terms, strategy::fastest, 1 * mib) == indices{1, 0});
  CHECK(order(terms, strategy::fastest, 1000 * mib) == indices{0, 1});
}

TEST_CASE("selection: fastest scores as its formula says") {
  auto t = measured(0, 90, 100, 80, 500); // 10 MB/s
  t.leases = 1;                           // Shared by two: 5 MB/s.
  const std::vector terms{t};
  CHECK(rank(terms, strategy::fastest, 10'000'000)[0].score == Approx(success_posterior(90, 100) / 2.5));
}

TEST_CASE("selection: fastest spreads by the leases held") {
  auto busy = measured(0, 90, 100, 100);
  busy.leases = 1;
  CHECK(order({busy, measured(1, 90, 100, 60)}, strategy::fastest) == indices{1, 0});
  CHECK(order({busy, measured(1, 90, 100, 40)}, strategy::fastest) == indices{0, 1});
}

TEST_CASE("selection: fastest takes an unmeasured provider as the median of the measured") {
  const std::vector terms{measured(0, 0, 0, 10), at(1), measured(2, 0, 0, 30), measured(3, 0, 0, 1000)};
  const auto ranked = rank(terms, strategy::fastest, 100 * mib);
  CHECK(ranked[0].index == 3);
  CHECK(ranked[1].index == 1); // As fast as 30, and earlier in the chain.
  CHECK(ranked[2].index == 2);
  CHECK(ranked[1].score == Approx(ranked[2].score));
}

TEST_CASE("selection: fastest divides by the posterior") {
  CHECK(order({measured(0, 10, 100, 200), measured(1, 100, 100, 100)}, strategy::fastest) == indices{1, 0});
}

TEST_CASE("selection: unknown size is taken as 64 MiB, and figures of zero stay finite") {
  const std::vector terms{measured(0, 0, 0, 0, 0), measured(1, 0, 0, 10)};
  const auto unknown = rank(terms, strategy::fastest, 0), known = rank(terms, strategy::fastest, 64 * mib);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(unknown[i].index == known[i].index);
    CHECK(unknown[i].score == known[i].score);
    CHECK(unknown[i].score < 1e9);
  }
  CHECK(unknown[0].index == 1);
}

TEST_CASE("selection: strategies are known by name") {
  for (const auto how : {strategy::priority, strategy::best, strategy::fastest})
    CHECK(strategy_from(to_string(how)) == how);
  CHECK_FALSE(strategy_from("cheapest"));
  CHECK_FALSE(strategy_from(""));
}

// Goal: a stored trace can be recomputed. The ranking depends on the terms alone, and everybody is in it
// once. Method: random terms with many ties; the terms are shuffled (as a trace stores them best first) and
// ranked again.
TEST_CASE("selection: recomputing from the terms gives the same choice") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 rng{seed};
    const auto how = static_cast<strategy>(seed % 3);
    std::vector<selection_terms> terms(1 + rng() % 12);
    for (std::uint32_t i = 0; i < terms.size(); ++i) {
      auto& t = terms[i];
      t.position = i;
      t.tried = rng() % 5 * 10;
      t.ok = t.tried == 0 ? 0 : t.tried - rng() % 2;
      if (rng() % 3)
        t.throughput_mbps = 10.0 * static_cast<double>(rng() % 4);
      if (rng() % 3)
        t.first_byte_ms = 5.0 * static_cast<double>(rng() % 3);
      t.leases = static_cast<std::uint32_t>(rng() % 3);
    }
    const auto first = rank(terms, how, seed * mib);
    REQUIRE(first.size() == terms.size());

    std::vector<selection_terms> traced;
    for (const auto& r : first)
      traced.push_back(terms[r.index]);
    std::ranges::shuffle(traced, rng);
    const auto second = rank(traced, how, seed * mib);
    for (std::size_t i = 0; i < first.size(); ++i) {
      REQUIRE(traced[second[i].index].position == terms[first[i].index].position);
      REQUIRE(second[i].score == first[i].score);
    }
  }
}
