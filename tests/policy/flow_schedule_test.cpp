#include "policy/flow_schedule.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <vector>

using namespace tributary;
using namespace std::chrono_literals;

namespace {

constexpr steady_time start{1h};

/// Takers in virtual time: each books, waits, takes, and books again.
struct simulation {
  struct taker {
    double bytes_per_second = 1e12; ///< What its sender has for it.
    nanoseconds late_max{0};        ///< It wakes up so late at most.
    flow_schedule::turn turn{};
    steady_time wakes{};
    steady_time took_at = start;
    double taken = 0;
  };

  flow_schedule flow;
  std::vector<taker> takers;
  std::mt19937 random{7};
  steady_time now = start;

  simulation(double rate, std::size_t n) : flow(rate), takers(n) {
    for (auto& t : takers)
      begin(t);
  }

  void begin(taker& t) {
    t.turn = flow.book(now);
    wake_later(t);
  }

  void wake_later(taker& t) {
    auto wait = std::min<nanoseconds>(flow.wait(t.turn, now), 100ms);
    auto sleeps = wait > 0ns && t.late_max > 0ns;
    t.wakes = now + wait + (sleeps ? nanoseconds{static_cast<long>(random()) % t.late_max.count()} : 0ns);
  }

  void run_until(steady_time end) {
    for (;;) {
      auto next = std::ranges::min_element(takers, {}, &taker::wakes);
      if (next->wakes >= end)
        break;
      now = std::max(now, next->wakes);
      if (flow.wait(next->turn, now) > 0ns) {
        wake_later(*next);
        continue;
      }
      auto there = next->bytes_per_second * std::chrono::duration<double>(now - next->took_at).count();
      auto n = static_cast<std::size_t>(std::min(there, static_cast<double>(next->turn.bytes)));
      flow.settle(next->turn, n);
      next->took_at = now;
      next->taken += static_cast<double>(n);
      if (n == 0)
        now += 1us; // Nothing there yet: the socket is looked at again.
      begin(*next);
    }
    now = end;
  }

  [[nodiscard]] double total() const {
    double out = 0;
    for (const auto& t : takers)
      out += t.taken;
    return out;
  }
};

} // namespace

TEST_CASE("flow_schedule: a limit holds within 5 % over 5 s, for one taker and for many") {
  for (double rate : {12'500.0, 125'000.0, 1e6, 1.25e7, 1.25e9})
    for (std::size_t takers : {1u, 3u, 16u}) {
      CAPTURE(rate);
      CAPTURE(takers);
      simulation s{rate, takers};
      s.run_until(start + 5s);
      CHECK(
          s.total() ==
          doctest::Approx(rate * 5).epsilon(static_cast<double>(takers) * 1024 > rate ? 0.15 : 0.05));
    }
}

TEST_CASE("flow_schedule: takers that wake late, up to 40 ms, still get the whole flow") {
  simulation s{1e6, 1};
  s.takers[0].late_max = 40ms;
  s.run_until(start + 5s);
  CHECK(s.total() == doctest::Approx(5e6).epsilon(0.05));
}

TEST_CASE("flow_schedule: takers share alike") {
  simulation s{1e6, 8};
  for (std::size_t i = 0; i < 8; ++i)
    s.takers[i].late_max = i % 2 ? 3ms : 0ns;
  s.run_until(start + 5s);
  for (const auto& t : s.takers)
    CHECK(t.taken == doctest::Approx(5e6 / 8).epsilon(0.05));
}

TEST_CASE("flow_schedule: what a slow sender leaves goes to the others") {
  simulation s{1e6, 2};
  s.takers[0].bytes_per_second = 1e5;
  s.run_until(start + 5s);
  CHECK(s.takers[0].taken == doctest::Approx(5e5).epsilon(0.05));
  CHECK(s.total() == doctest::Approx(5e6).epsilon(0.05));
}

TEST_CASE("flow_schedule: a changed rate holds at once, up and down, also for turns that are booked") {
  simulation s{1e4, 4};
  s.run_until(start + 1s);
  s.flow.configure(1e6, s.now);
  auto before = s.total();
  s.run_until(start + 6s);
  CHECK(s.total() - before == doctest::Approx(5e6).epsilon(0.05));
  s.flow.configure(1e5, s.now);
  before = s.total();
  s.run_until(start + 11s);
  CHECK(s.total() - before == doctest::Approx(5e5).epsilon(0.05));
}

TEST_CASE("flow_schedule: a turn's edge, and the turn after it") {
  flow_schedule flow{1e6};
  CHECK(flow.turn_bytes() == 5'000);
  flow.charge(50'000, start); // 50 ms of slack are used up.
  auto first = flow.book(start), second = flow.book(start);
  CHECK(flow.wait(first, start) == 0ns);
  CHECK(flow.wait(second, start) == 5ms);
  CHECK(flow.wait(second, start + 5ms - 1ns) == 1ns);
  CHECK(flow.wait(second, start + 5ms) == 0ns);
  flow.settle(first, 5'000);
  flow.settle(second, 2'000); // 3 ms are given back.
  auto third = flow.book(start);
  CHECK(flow.wait(third, start) == 7ms);
}

TEST_CASE("flow_schedule: time that nobody used is lost beyond 50 ms") {
  flow_schedule flow{1e6};
  flow.charge(0, start);
  std::size_t at_once = 0;
  for (auto now = start + 1h;;) {
    auto turn = flow.book(now);
    if (flow.wait(turn, now) > 0ns)
      break;
    at_once += turn.bytes;
    flow.settle(turn, turn.bytes);
  }
  CHECK(at_once == 55'000); // The slack, and the turn that begins at its end.
}

TEST_CASE("flow_schedule: a turn is for 5 ms, from 1 KiB to 256 KiB") {
  CHECK(flow_schedule{204'799}.turn_bytes() == 1'024);
  CHECK(flow_schedule{205'000}.turn_bytes() == 1'025);
  CHECK(flow_schedule{52'428'600}.turn_bytes() == 262'143);
  CHECK(flow_schedule{1e9}.turn_bytes() == 262'144);
}

TEST_CASE("flow_schedule: without a rate nobody waits") {
  flow_schedule flow{std::nullopt};
  flow.charge(1'000'000'000'000, start);
  auto turn = flow.book(start);
  CHECK(turn.bytes >= 1'000'000);
  CHECK(flow.wait(turn, start) == 0ns);
  flow.configure(8.0, start);
  auto slow = flow.book(start), next = flow.book(start);
  CHECK(flow.wait(next, start) > 100s);
  flow.configure(std::nullopt, start);
  CHECK(flow.wait(slow, start) == 0ns);
  CHECK(flow.wait(next, start) == 0ns);
}
