#include "messages/job_json.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace tributary;
using namespace std::chrono_literals;

namespace {
constexpr wall_time at(std::chrono::year_month_day day, milliseconds time) {
  return std::chrono::sys_days{day} + time;
}
} // namespace

TEST_CASE("iso8601: UTC with milliseconds and a Z") {
  CHECK(
      to_iso8601(at(std::chrono::year{2026} / 11 / 23, 20h + 48min + 31s + 250ms)) ==
      "2026-11-23T20:48:31.250Z");
  CHECK(to_iso8601(wall_time{}) == "1970-01-01T00:00:00.000Z");
  CHECK(to_iso8601(wall_time{-1ms}) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("iso8601: what was written is read back") {
  std::mt19937_64 random{7};
  for (int i = 0; i < 1000; ++i) {
    const wall_time t{
        milliseconds{std::uniform_int_distribution<std::int64_t>{0, 253'402'300'799'999}(random)}};
    CAPTURE(to_iso8601(t));
    REQUIRE(from_iso8601(to_iso8601(t)) == t);
  }
}

TEST_CASE("iso8601: another shape or an impossible date is refused") {
  for (const auto* text :
       {"", "2026-11-23", "2026-11-23T20:48:31Z", "2026-11-23T20:48:31.250", "2026-11-23 20:48:31.250Z",
        "2026-11-23T20:48:31.250z", "2026-02-29T00:00:00.000Z", "2026-13-01T00:00:00.000Z",
        "2026-00-01T00:00:00.000Z", "2026-01-00T00:00:00.000Z", "2026-01-01T24:00:00.000Z",
        "2026-01-01T00:60:00.000Z", "2026-01-01T00:00:60.000Z", "+026-01-01T00:00:00.000Z",
        "2026-01-01T00:00:00.000Z "})
    CHECK_MESSAGE(!from_iso8601(text), text);
  CHECK(from_iso8601("2024-02-29T23:59:59.999Z"));
}
