#include "policy/rolling_window.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

using namespace tributary;
using namespace std::chrono_literals;
using doctest::Approx;

namespace {

constexpr steady_time start{1000h};

window_sample ok_after(nanoseconds total) {
  window_sample s;
  s.total = total;
  return s;
}

window_sample failed(outcome x = outcome::provider_fault) {
  window_sample s;
  s.result = x;
  return s;
}

} // namespace

TEST_CASE("rolling_window: no samples mean unknown, not zero and not a hundred") {
  const auto f = rolling_window{60min}.figures(start);
  CHECK(f.total() == 0);
  CHECK(f.bytes == 0);
  CHECK_FALSE(f.success_rate);
  CHECK_FALSE(f.average_response_ms);
  CHECK_FALSE(f.p50_ms);
  CHECK_FALSE(f.p95_ms);
  CHECK_FALSE(f.p99_ms);
  CHECK_FALSE(f.time_to_first_byte_ms);
  CHECK_FALSE(f.throughput_mbps);
}

TEST_CASE("rolling_window: a sample leaves after sixty minutes, wherever in its bucket it fell") {
  for (const auto offset : {0ns, 1ns, nanoseconds{5s}, nanoseconds{10s} - 1ns}) {
    CAPTURE(offset.count());
    rolling_window w{60min};
    w.record(start + offset, failed());
    CHECK(w.figures(start + offset + 60min - 10s).total() == 1);
    CHECK(w.figures(start + offset + 60min).total() == 0);
  }
}

TEST_CASE("rolling_window: times leave after sixty minutes, five minutes early at most") {
  rolling_window w{60min};
  w.record(start + 1s, ok_after(100ms));
  CHECK(w.figures(start + 1s + 55min).p50_ms);
  CHECK_FALSE(w.figures(start + 1s + 60min).p50_ms);
}

TEST_CASE("rolling_window: the success rate is of the four classes that count") {
  rolling_window w{60min};
  for (const auto x :
       {outcome::missing, outcome::policy, outcome::identity, outcome::cancelled, outcome::local_fault,
        outcome::invalid})
    w.record(start, failed(x));
  CHECK(w.figures(start).total() == 6);
  CHECK_FALSE(w.figures(start).success_rate);
  w.record(start, ok_after(1ms));
  CHECK(*w.figures(start).success_rate == 1.0);
  for (const auto x : {outcome::provider_fault, outcome::throttled, outcome::auth})
    w.record(start, failed(x));
  CHECK(*w.figures(start).success_rate == Approx(0.25));
  CHECK(w.figures(start).of(outcome::throttled) == 1);
}

TEST_CASE("rolling_window: response times are of the ok operations only") {
  rolling_window w{60min};
  auto slow_failure = failed();
  slow_failure.total = 30s;
  w.record(start, slow_failure);
  CHECK_FALSE(w.figures(start).average_response_ms);
  w.record(start, ok_after(100ms));
  w.record(start, ok_after(300ms));
  const auto f = w.figures(start);
  CHECK(*f.average_response_ms == Approx(200));
  CHECK(*f.p50_ms == Approx(100).epsilon(0.05));
  CHECK(*f.p99_ms == Approx(300).epsilon(0.05));
}

TEST_CASE("rolling_window: the first byte counts where one came") {
  rolling_window w{60min};
  auto s = failed();
  s.first_byte = 20ms;
  w.record(start, s);
  w.record(start, failed());
  CHECK(*w.figures(start).time_to_first_byte_ms == Approx(20));
}

TEST_CASE("rolling_window: throughput is body bytes over body time") {
  rolling_window w{60min};
  auto s = ok_after(5s);
  s.bytes = 1'000'000;
  w.record(start, s); // Came at once: says nothing about speed.
  CHECK_FALSE(w.figures(start).throughput_mbps);
  s.body = 4s;
  w.record(start, s);
  const auto f = w.figures(start);
  CHECK(*f.throughput_mbps == Approx(2.0));
  CHECK(f.bytes == 2'000'000);
}

TEST_CASE("rolling_window: a long gap leaves nothing behind") {
  for (const auto gap : {nanoseconds{61min}, nanoseconds{24h}, nanoseconds{24h * 365 * 10}}) {
    rolling_window w{60min};
    for (int i = 0; i < 1000; ++i)
      w.record(start + i * 1s, ok_after(1ms));
    w.record(start + 1000s + gap, ok_after(1ms));
    CHECK(w.figures(start + 1000s + gap).total() == 1);
  }
}

TEST_CASE("rolling_window: time that goes back counts as the newest seen") {
  rolling_window w{60min};
  w.record(start, ok_after(1ms));
  w.record(start - 3h, ok_after(1ms));
  CHECK(w.figures(start - 3h).total() == 2);
  CHECK(w.figures(start + 60min).total() == 0);
  rolling_window before_epoch{60min};
  before_epoch.record(steady_time{-5s}, ok_after(1ms));
  CHECK(before_epoch.figures(steady_time{0s}).total() == 1);
}

TEST_CASE("rolling_window: clear forgets the samples") {
  rolling_window w{60min};
  w.record(start, ok_after(1ms));
  w.clear();
  CHECK(w.figures(start).total() == 0);
  CHECK_FALSE(w.figures(start).p50_ms);
  w.record(start, ok_after(1ms));
  CHECK(w.figures(start).total() == 1);
}

TEST_CASE("rolling_window: no length holds more than 64 KiB") {
  for (int minutes = 1; minutes <= 24 * 60; ++minutes) {
    rolling_window w{std::chrono::minutes{minutes}};
    CAPTURE(minutes);
    REQUIRE(w.memory() <= 64 * 1024);
  }
}

TEST_CASE("rolling_window: what an earlier process saw comes back, and leaves when its time is up") {
  rollup past;
  past.add(ok_after(200ms));
  past.add(failed());
  past.bytes += 7;
  rolling_window w{60min};
  w.restore(start - 30min, past);
  w.restore(start - 20min, past);
  w.record(start, ok_after(100ms));
  const auto f = w.figures(start);
  CHECK(f.of(outcome::ok) == 3);
  CHECK(f.of(outcome::provider_fault) == 2);
  CHECK(f.bytes == 14);
  CHECK(*f.p99_ms == Approx(200).epsilon(0.05));
  CHECK(*f.average_response_ms == Approx(500.0 / 3));
  CHECK(w.figures(start + 30min).total() == 3);
  CHECK(w.figures(start + 40min).total() == 1);
}

TEST_CASE("rolling_window: a machine that was started a moment ago remembers what was before") {
  constexpr steady_time boot{};
  rollup past;
  past.add(failed());
  rolling_window w{60min};
  w.restore(boot - 50min, past);
  w.restore(boot - 5s, past);
  CHECK(w.figures(boot + 5min).total() == 2);
  CHECK(w.figures(boot + 10min).total() == 1);
  CHECK(w.figures(boot + 60min).total() == 0);
}

TEST_CASE("rollup: minutes add up to the whole") {
  rollup first, second, both;
  for (int i = 1; i <= 100; ++i) {
    auto s = i % 3 ? ok_after(i * 10ms) : failed(outcome::throttled);
    s.bytes = 1000;
    s.body = 1ms * i;
    if (i % 2)
      s.first_byte = 1ms * i;
    (i <= 40 ? first : second).add(s);
    both.add(s);
  }
  first.up = second.up = 30s;
  first.down = 60s;
  first.merge(second);
  const auto f = first.figures(), g = both.figures();
  CHECK(f.outcomes == g.outcomes);
  CHECK(f.bytes == g.bytes);
  CHECK(f.p95_ms == g.p95_ms);
  CHECK(f.average_response_ms == g.average_response_ms);
  CHECK(f.throughput_mbps == g.throughput_mbps);
  CHECK(f.time_to_first_byte_ms == g.time_to_first_byte_ms);
  CHECK(*first.uptime() == Approx(0.5));
  CHECK_FALSE(both.uptime());
  CHECK(rollup{}.empty());
  CHECK_FALSE(first.empty());
}

namespace {

/// A plain list of samples and the figures as one would count them by hand.
struct oracle {
  std::vector<std::pair<steady_time, window_sample>> all;

  /// In the buckets of that width that belong to the window at `now`.
  [[nodiscard]] auto kept(steady_time now, nanoseconds length, nanoseconds width) const {
    const auto newest = now.time_since_epoch() / width;
    std::vector<const window_sample*> out;
    for (const auto& [at, s] : all)
      if (at.time_since_epoch() / width > newest - length / width)
        out.push_back(&s);
    return out;
  }
};

void check_counters(const window_figures& f, const std::vector<const window_sample*>& kept) {
  std::array<std::uint64_t, outcome_count> n{};
  std::uint64_t bytes = 0, timed = 0, firsts = 0;
  nanoseconds body{0}, total{0}, first{0};
  for (const auto* s : kept) {
    ++n[static_cast<std::size_t>(s->result)];
    bytes += s->bytes;
    timed += s->body > 0ns ? s->bytes : 0;
    body += s->body;
    firsts += s->first_byte.has_value();
    first += s->first_byte.value_or(0ns);
    total += s->result == outcome::ok ? s->total : 0ns;
  }
  REQUIRE(f.outcomes == n);
  REQUIRE(f.bytes == bytes);
  REQUIRE(f.throughput_mbps.has_value() == (body > 0ns));
  if (body > 0ns)
    REQUIRE(
        *f.throughput_mbps == Approx(static_cast<double>(timed) * 8000 / static_cast<double>(body.count())));
  const auto ok = n[0];
  REQUIRE(f.average_response_ms.has_value() == (ok > 0));
  if (ok > 0)
    REQUIRE(
        *f.average_response_ms == Approx(static_cast<double>(total.count()) / 1e6 / static_cast<double>(ok)));
  REQUIRE(f.time_to_first_byte_ms.has_value() == (firsts > 0));
  if (firsts > 0)
    REQUIRE(
        *f.time_to_first_byte_ms ==
        Approx(static_cast<double>(first.count()) / 1e6 / static_cast<double>(firsts)));
}

void check_quantiles(const window_figures& f, const std::vector<const window_sample*>& kept) {
  std::vector<double> ms;
  for (const auto* s : kept)
    if (s->result == outcome::ok)
      ms.push_back(static_cast<double>(s->total.count()) / 1e6);
  std::ranges::sort(ms);
  for (const auto& [q, got] : {std::pair{0.5, f.p50_ms}, {0.95, f.p95_ms}, {0.99, f.p99_ms}}) {
    REQUIRE(got.has_value() == !ms.empty());
    if (ms.empty())
      continue;
    const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(ms.size())));
    const auto truth = ms[std::max<std::size_t>(rank, 1) - 1];
    REQUIRE(std::abs(*got - truth) <= truth * 0.05 + 0.001); // Half a microsecond of rounding each way.
  }
}

} // namespace

// Goal: every figure is the one that a plain list of all samples gives, exact to a bucket, quantiles within 5
// %. Method: random traffic with bursts and gaps, windows from 1 min to 24 h: 40 seeds of 10,000 samples,
// looked at after every 250th, and again a random while later without traffic.
TEST_CASE("rolling_window: agrees with an oracle that keeps every sample") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    std::mt19937 rng{seed};
    std::lognormal_distribution<double> microseconds{10, 2};
    constexpr int lengths[]{1, 2, 7, 60, 61, 97, 720, 1440};
    const auto length = std::chrono::minutes{lengths[seed % std::size(lengths)]};
    const auto width = std::max<nanoseconds>(10s, nanoseconds{length} / 360);
    const auto counted = nanoseconds{length} / width * width; // Whole buckets.
    rolling_window w{length};
    oracle list;
    auto now = start + nanoseconds{rng()};
    for (int step = 1; step <= 10'000; ++step) {
      const auto pause = rng() % 500 == 0 ? rng() % 1500 : rng() % 3;
      now += nanoseconds{length} / 1000 * static_cast<int>(pause) + nanoseconds{rng() % 1000};
      window_sample s;
      s.result = static_cast<outcome>(rng() % 3 ? 0 : rng() % outcome_count);
      s.bytes = rng() % 1'000'000;
      s.total = nanoseconds{1000 + static_cast<std::int64_t>(microseconds(rng) * 1000)};
      if (rng() % 4)
        s.first_byte = s.total / 3;
      if (rng() % 4)
        s.body = s.total / 2;
      list.all.emplace_back(now, s);
      w.record(now, s);
      if (step % 250 > 0)
        continue;
      const auto later = now + nanoseconds{length} / 1000 * static_cast<int>(rng() % 1200);
      for (const auto look : {now, later}) {
        const auto f = w.figures(look);
        check_counters(f, list.kept(look, counted, width));
        check_quantiles(f, list.kept(look, length, nanoseconds{length} / 12));
      }
    }
  }
}
