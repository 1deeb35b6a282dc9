#include "policy/history_steps.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace tributary;
using namespace std::chrono_literals;

namespace {

constexpr wall_time now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + 13h + 17min + 31s;
constexpr std::chrono::days kept{30};

milliseconds step_for(milliseconds span, milliseconds asked = 0ms) {
  return history_fitted({now - span, now, asked}, now, kept).step;
}

} // namespace

TEST_CASE("history_steps: the step follows the span, about three hundred points at most") {
  CHECK(step_for(10min) == 1min);
  CHECK(step_for(5h) == 1min);
  CHECK(step_for(24h) == 5min);
  CHECK(step_for(72h) == 15min);
  CHECK(step_for(24h * 7) == 1h);
  CHECK(step_for(24h * 30) == 3h);
  CHECK(step_for(24h * 730) == 72h);
}

TEST_CASE("history_steps: a step that was asked for is rounded up to one of the menu") {
  CHECK(step_for(1h, 1ms) == 1min);
  CHECK(step_for(1h, 60s) == 1min);
  CHECK(step_for(1h, 61s) == 5min);
  CHECK(step_for(24h, 25h) == 48h);
  CHECK(step_for(16h, 60s) == 1min); // 960 points.
  CHECK(step_for(24h, 60s) == 5min); // 1,440 would be too many.
}

TEST_CASE("history_steps: where minutes are not kept any more, hours are the least") {
  CHECK(history_fitted({now - kept, now - kept + 1h, 0ms}, now, kept).step == 1min);
  CHECK(history_fitted({now - kept - 1ms, now - kept + 1h, 0ms}, now, kept).step == 1h);
  CHECK(history_fitted({now - kept - 24h, now - kept, 60s}, now, kept).step == 1h);
}

TEST_CASE("history_steps: a step begins at a multiple of its length, also before 1970") {
  CHECK(step_of(now, 1h) == std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + 13h);
  CHECK(step_of(wall_time{-1ms}, 1min) == wall_time{-60s});
  CHECK(step_of(wall_time{-60s}, 1min) == wall_time{-60s});
}

// Goal: never more than the limit, both ends aligned, and nothing of the wish left out.
TEST_CASE("history_steps: any wish is answered in bounded, aligned steps") {
  std::mt19937_64 rng{7};
  for (int i = 0; i < 20'000; ++i) {
    CAPTURE(i);
    const auto scale = std::int64_t{1} << rng() % 37;
    const auto to = now + milliseconds{static_cast<std::int64_t>(rng() % 100'000'000'000) - 50'000'000'000};
    const auto from = to - milliseconds{1 + static_cast<std::int64_t>(rng()) % scale};
    if (from >= to)
      continue;
    const history_query wish{
        from, to, milliseconds{rng() % 2 ? 0 : static_cast<std::int64_t>(rng() % 10'000'000)}};
    const auto fit = history_fitted(wish, now, kept);
    REQUIRE(fit.step >= wish.step);
    REQUIRE(fit.from <= from);
    REQUIRE(fit.to >= to);
    REQUIRE(step_of(fit.from, fit.step) == fit.from);
    REQUIRE((fit.to - fit.from) % fit.step == 0ms);
    REQUIRE((fit.to - fit.from) / fit.step <= static_cast<std::int64_t>(history_points_max));
  }
}
