#include "policy/uptime.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace std::chrono_literals;
using doctest::Approx;
using phase = uptime_record::phase;

namespace {

constexpr steady_time start{100h};

} // namespace

TEST_CASE("uptime: nothing known gives no share") {
  uptime_record r;
  CHECK_FALSE(r.share(start, 60min));
  r.enter(start, phase::uncounted);
  CHECK_FALSE(r.share(start + 10min, 60min));
  r.enter(start + 10min, phase::up);
  CHECK_FALSE(r.share(start + 10min, 60min)); // No time has passed yet.
}

TEST_CASE("uptime: the share is weighted by time") {
  uptime_record r;
  r.enter(start, phase::up);
  r.enter(start + 3min, phase::down);
  CHECK(*r.share(start + 3min, 60min) == 1.0);
  CHECK(*r.share(start + 4min, 60min) == Approx(0.75));
}

TEST_CASE("uptime: uncounted time counts on neither side") {
  uptime_record r;
  r.enter(start, phase::up);
  r.enter(start + 1min, phase::uncounted);
  r.enter(start + 50min, phase::down);
  CHECK(*r.share(start + 51min, 60min) == Approx(0.5));
}

TEST_CASE("uptime: time leaves the window") {
  uptime_record r;
  r.enter(start, phase::down);
  r.enter(start + 30min, phase::up);
  CHECK(*r.share(start + 60min, 60min) == Approx(0.5));
  CHECK(*r.share(start + 75min, 60min) == Approx(0.75));
  CHECK(*r.share(start + 90min - 1s, 60min) < 1.0);
  CHECK(*r.share(start + 90min, 60min) == 1.0);
}

TEST_CASE("uptime: entering the same phase again changes nothing") {
  uptime_record r;
  r.enter(start, phase::up);
  r.enter(start + 1min, phase::up);
  r.enter(start + 1min, phase::down);
  CHECK(*r.share(start + 2min, 60min) == Approx(0.5));
}

TEST_CASE("uptime: time spent is told of any stretch, also one that ended") {
  uptime_record r;
  r.enter(start, phase::up);
  r.enter(start + 10min, phase::down);
  r.enter(start + 15min, phase::uncounted);
  r.enter(start + 20min, phase::up);
  const auto all = r.between(start - 1h, start + 30min);
  CHECK(all.up == 20min);
  CHECK(all.down == 5min);
  const auto part = r.between(start + 9min, start + 12min);
  CHECK(part.up == 1min);
  CHECK(part.down == 2min);
  CHECK(r.between(start + 16min, start + 19min).up == 0min);
  CHECK(r.between(start - 2h, start).up == 0min);
}

TEST_CASE("uptime: at one instant the last word holds") {
  uptime_record r;
  r.enter(start, phase::up);
  r.enter(start + 1min, phase::uncounted);
  r.enter(start + 1min, phase::up);
  CHECK(r.between(start, start + 2min).up == 2min);
  r.enter(start + 2min, phase::down);
  r.enter(start + 2min, phase::up);
  CHECK(*r.share(start + 3min, 60min) == 1.0);
}

TEST_CASE("uptime: a flapping provider costs no more memory and still gets a fair share") {
  uptime_record r;
  for (int i = 0; i < 100'000; ++i)
    r.enter(start + i * 1ms, i % 2 ? phase::down : phase::up);
  CHECK(*r.share(start + 100s, 60min) == Approx(0.5).epsilon(0.01));
  r.clear();
  CHECK_FALSE(r.share(start + 100s, 60min));
}
