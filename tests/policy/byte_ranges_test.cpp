#include "policy/byte_ranges.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace tributary;

TEST_CASE("byte_ranges: runs that touch become one, and removing splits them") {
  byte_ranges r;
  r.add({10, 20});
  r.add({30, 40});
  r.add({20, 30});
  CHECK(r.runs() == std::vector<byte_range>{{10, 40}});
  r.remove({15, 18});
  CHECK(r.runs() == std::vector<byte_range>{{10, 15}, {18, 40}});
  CHECK(r.total() == 27);
  CHECK(r.gaps({0, 50}) == std::vector<byte_range>{{0, 10}, {15, 18}, {40, 50}});
  CHECK(r.gaps({12, 19}) == std::vector<byte_range>{{15, 18}});
  CHECK(r.gaps({20, 30}).empty());
  CHECK(r.run_end(12) == 15);
  CHECK(r.run_end(15) == 15);
  CHECK(r.covers({18, 40}));
  CHECK_FALSE(r.covers({18, 41}));
  CHECK(r.covers({7, 7}));
  r.add({5, 5});
  CHECK(r.total() == 27);
  r.clear();
  CHECK(r.gaps({0, open_end}) == std::vector<byte_range>{{0, open_end}});
}

// Goal: a byte_ranges is the set of bytes that a plain bitmap says it is.
// Method: random additions and removals on both, compared after each.
TEST_CASE("byte_ranges: equals a bitmap after any history") {
  constexpr std::uint64_t bytes = 60;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    byte_ranges r;
    std::vector<bool> bits(bytes);
    for (int step = 0; step < 40; ++step) {
      const std::uint64_t begin = random() % bytes, end = begin + random() % (bytes - begin + 1);
      const bool adds = random() % 3 != 0;
      adds ? r.add({begin, end}) : r.remove({begin, end});
      for (auto i = begin; i < end; ++i)
        bits[i] = adds;
      std::uint64_t total = 0;
      for (std::uint64_t i = 0; i < bytes; ++i) {
        total += bits[i];
        REQUIRE(r.covers({i, i + 1}) == bits[i]);
      }
      REQUIRE(r.total() == total);
      const std::uint64_t from = random() % bytes, to = from + random() % (bytes - from + 1);
      std::uint64_t missing = 0, last = 0;
      for (const auto& g : r.gaps({from, to})) {
        REQUIRE((!g.empty() && g.begin >= from && g.end <= to && (last == 0 || g.begin > last)));
        last = g.end;
        missing += g.size();
        for (auto i = g.begin; i < g.end; ++i)
          REQUIRE_FALSE(bits[i]);
      }
      for (auto i = from; i < to; ++i)
        missing -= !bits[i];
      REQUIRE(missing == 0);
    }
  }
}
