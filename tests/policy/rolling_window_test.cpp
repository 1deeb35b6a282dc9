#include "policy/rolling_window.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
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

// Goal: the figures are those of a plain list of samples, at most one bucket short at the old end, never too
// old. Method: random traffic with bursts and gaps, windows from 1 min to 24 h; the list is counted over the
// whole window and over the window less one bucket, and the figures lie between.
TEST_CASE("rolling_window: agrees with an oracle that keeps every sample") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    std::mt19937 rng{seed};
    constexpr int lengths[]{1, 2, 7, 60, 61, 97, 720, 1440};
    const auto length = std::chrono::minutes{lengths[seed % std::size(lengths)]};
    const auto bucket = std::max<nanoseconds>(10s, nanoseconds{length} / 360);
    rolling_window w{length};
    std::vector<std::pair<steady_time, window_sample>> all;
    auto now = start + nanoseconds{rng()};
    for (int step = 0; step < 400; ++step) {
      now +=
          nanoseconds{length} / 100 * (rng() % 7 == 0 ? rng() % 150 : rng() % 3) + nanoseconds{rng() % 1000};
      window_sample s;
      s.result = static_cast<outcome>(rng() % outcome_count);
      s.bytes = rng() % 1000;
      s.total = nanoseconds{1 + rng() % 1'000'000'000};
      all.emplace_back(now, s);
      w.record(now, s);
      const auto f = w.figures(now);
      const auto since = [&](nanoseconds age) {
        std::array<std::uint64_t, outcome_count> n{};
        for (const auto& [at, x] : all)
          if (at > now - age)
            ++n[static_cast<std::size_t>(x.result)];
        return n;
      };
      const auto most = since(length), least = since(length - bucket);
      for (std::size_t i = 0; i < outcome_count; ++i) {
        REQUIRE(f.outcomes[i] <= most[i]);
        REQUIRE(f.outcomes[i] >= least[i]);
      }
    }
  }
}
