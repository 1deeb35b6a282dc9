#include "policy/piece_plan.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

using namespace tributary;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t mib = 1u << 20;
constexpr std::uint64_t piece = 4 * mib;

piece_plan plan_of(std::uint64_t size) {
  piece_plan p{piece};
  p.set_size(size);
  return p;
}

} // namespace

TEST_CASE("piece_plan: larger files get larger pieces, never more than file_pieces_max") {
  CHECK(piece_bytes_for({}, piece) == piece);
  CHECK(piece_bytes_for(1, piece) == piece);
  CHECK(piece_bytes_for(file_pieces_max * piece - 1, piece) == piece);
  CHECK(piece_bytes_for(file_pieces_max * piece, piece) == 2 * piece);
  CHECK(piece_bytes_for(UINT64_C(1) << 50, piece) == UINT64_C(1) << 39);
}

TEST_CASE(
    "piece_plan: the first stream takes the whole file, also of unknown size; nothing is left for others") {
  piece_plan p{piece};
  const auto all = p.next_share({});
  REQUIRE(all);
  CHECK(all->range == byte_range{0, open_end});
  CHECK_FALSE(all->taken_from);
  p.assign(1, all->range);
  CHECK_FALSE(p.next_share({}));
  CHECK_FALSE(p.complete());
  p.advance(1, 10 * mib);
  p.set_size(10 * mib);
  CHECK(p.complete());
  CHECK(p.find(1)->end == 10 * mib);
}

TEST_CASE("piece_plan: an idle stream takes half of what is left, from a piece border on") {
  auto p = plan_of(200 * mib);
  p.assign(1, {0, 200 * mib});
  p.advance(1, 6 * mib);
  const std::vector<stream_pace> paces{{1, 1.0 * mib, false}};
  const auto half = p.next_share(paces);
  REQUIRE(half);
  CHECK(half->taken_from == 1);
  CHECK(half->range == byte_range{104 * mib, 200 * mib});
  p.shrink(1, half->range.begin);
  p.assign(2, half->range);
  CHECK(p.reader_of(103 * mib) == 1);
  CHECK(p.reader_of(104 * mib) == 2);
}

TEST_CASE("piece_plan: the stream that would be done last is the one that is split") {
  auto p = plan_of(100 * mib);
  p.assign(1, {0, 60 * mib});
  p.assign(2, {60 * mib, 100 * mib});
  const std::vector<stream_pace> fast_and_slow{{1, 10.0 * mib, false}, {2, 1.0 * mib, false}};
  CHECK(p.next_share(fast_and_slow)->taken_from == 2);
  const std::vector<stream_pace> same{{1, 1.0 * mib, false}, {2, 1.0 * mib, false}};
  CHECK(p.next_share(same)->taken_from == 1);
}

TEST_CASE("piece_plan: before a rate is known only large files are split") {
  auto small = plan_of(split_worth_pieces * piece - 1);
  small.assign(1, {0, *small.size()});
  CHECK_FALSE(small.next_share({}));
  auto large = plan_of(split_worth_pieces * piece);
  large.assign(1, {0, *large.size()});
  CHECK(large.next_share({}));
}

TEST_CASE("piece_plan: who is done within half a second is left alone") {
  auto p = plan_of(100 * mib);
  p.assign(1, {0, 100 * mib});
  CHECK_FALSE(p.next_share(std::vector<stream_pace>{{1, 201.0 * mib, false}}));
  CHECK(p.next_share(std::vector<stream_pace>{{1, 200.0 * mib, false}}));
}

TEST_CASE("piece_plan: within the last two pieces it is split finer") {
  auto p = plan_of(2 * piece);
  p.assign(1, {0, 2 * piece});
  p.advance(1, piece + mib);
  const auto rest = p.next_share(std::vector<stream_pace>{{1, 1000.0, false}});
  REQUIRE(rest);
  CHECK(rest->range.begin == piece + 2 * mib + mib / 2);
  p.advance(1, 2 * piece - 2 * split_grain_bytes + 1);
  CHECK_FALSE(p.next_share(std::vector<stream_pace>{{1, 1000.0, false}}));
}

TEST_CASE("piece_plan: a file of less than two pieces is one stream's") {
  auto p = plan_of(2 * piece - 1);
  p.assign(1, {0, 2 * piece - 1});
  CHECK_FALSE(p.next_share(std::vector<stream_pace>{{1, 1000.0, false}}));
}

TEST_CASE("piece_plan: a slow stream keeps the piece that it is in, the rest is taken over") {
  auto p = plan_of(100 * mib);
  p.assign(1, {0, 100 * mib});
  p.advance(1, 9 * mib);
  CHECK(p.next_share(std::vector<stream_pace>{{1, 100.0, true}})->range == byte_range{12 * mib, 100 * mib});
}

TEST_CASE("piece_plan: what an ended stream left is missing again, and taken first") {
  auto p = plan_of(100 * mib);
  p.assign(1, {0, 50 * mib});
  p.assign(2, {50 * mib, 100 * mib});
  p.advance(1, 7 * mib);
  p.release(1);
  const auto rest = p.next_share(std::vector<stream_pace>{{2, 1000.0, false}});
  REQUIRE(rest);
  CHECK_FALSE(rest->taken_from);
  CHECK(rest->range == byte_range{7 * mib, 50 * mib});
  p.discard({0, mib});
  CHECK(p.next_share({})->range == byte_range{0, mib});
}

TEST_CASE("slow_watch: slow is below a quarter of the usual for 30 s on end") {
  slow_watch w;
  const steady_time start{1h};
  CHECK_FALSE(w.update(start, 24.9, 100.0));
  CHECK_FALSE(w.update(start + 29'999ms, 24.9, 100.0));
  CHECK(w.update(start + 30s, 24.9, 100.0));
  CHECK_FALSE(w.update(start + 31s, 25.0, 100.0));
  CHECK_FALSE(w.update(start + 32s, 1.0, 100.0));
  CHECK_FALSE(w.update(start + 100s, 1.0, {}));
}

// Goal: whatever happens, no byte is read by two streams or read again without need, and all of them come.
// Method: streams begin, read at random speeds, die, and take over from each other; a bitmap of grains counts
// the reads. At the end each byte was read once, plus once for each time that it was thrown away.
TEST_CASE("piece_plan: any history reads each byte once") {
  for (unsigned seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    const std::uint64_t unit = split_grain_bytes, size = (1 + random() % 200) * unit - random() % unit;
    piece_plan p{(1 + random() % 8) * unit};
    std::vector<int> reads(size / unit + 1), wanted(size / unit + 1, 1);
    std::uint64_t next_stream = 1;
    if (random() % 2)
      p.set_size(size);
    for (int step = 0; !p.complete(); ++step) {
      REQUIRE(step < 20'000);
      std::vector<stream_pace> paces;
      for (const auto& [id, r] : p.streams())
        paces.push_back(
            {id, static_cast<double>(random() % 3 ? 1 + random() % 1000 : 0), random() % 10 == 0});
      switch (random() % 6) {
      case 0:
        if (const auto s = p.next_share(paces); s && p.streams().size() < 6) {
          if (s->taken_from) {
            REQUIRE(s->range.begin > p.find(*s->taken_from)->position);
            REQUIRE(s->range.end == p.find(*s->taken_from)->end);
            p.shrink(*s->taken_from, s->range.begin);
          }
          REQUIRE_FALSE(s->range.empty());
          p.assign(next_stream++, s->range);
        }
        break;
      case 1:
        if (!p.streams().empty() && random() % 4 == 0)
          p.release(p.streams().begin()->first);
        break;
      case 2:
        if (!p.size() && p.streams().empty() == false && random() % 4 == 0)
          p.set_size(size);
        break;
      case 3:
        if (p.size() && random() % 30 == 0) {
          const auto at = random() % (size / unit + 1);
          const byte_range r{at * unit, std::min(size, (at + 1) * unit)};
          const bool is_here = !r.empty() && p.here().covers(r);
          const bool is_assigned = std::ranges::any_of(
              p.streams(), [&](const auto& s) { return r.begin < s.second.end && s.second.begin < r.end; });
          if (is_here && !is_assigned) {
            p.discard(r);
            ++wanted[at];
          }
        }
        break;
      default:
        if (p.streams().empty())
          break;
        auto at = p.streams().begin();
        std::advance(at, random() % p.streams().size());
        const auto id = at->first;
        const auto r = at->second;
        const auto to = std::min({r.end, size, (r.position / unit + 1 + random() % 20) * unit});
        for (auto i = r.position / unit; i * unit < to; ++i)
          reads[i] += i * unit >= r.position;
        p.advance(id, to);
        if (p.find(id)->position == p.find(id)->end)
          p.release(id);
        if (!p.size() && to == size)
          p.set_size(size);
      }
      std::uint64_t last = 0;
      std::vector<byte_range> taken;
      for (const auto& [id, r] : p.streams())
        taken.push_back({r.begin, r.end});
      std::ranges::sort(taken, {}, &byte_range::begin);
      for (const auto& r : taken) {
        REQUIRE(r.begin >= last);
        last = r.end;
      }
    }
    for (std::uint64_t i = 0; i * unit < size; ++i)
      REQUIRE(reads[i] == wanted[i]);
  }
}
