#include "policy/health_check_schedule.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace std::chrono_literals;

TEST_CASE("health_check_schedule: the interval is spread by a fifth to both sides") {
  CHECK(next_check_delay(60s, false, 0.0) == 48s);
  CHECK(next_check_delay(60s, false, 0.5) == 60s);
  CHECK(next_check_delay(60s, false, 0x1.fffffffffffffp-1) == 72s);
}

TEST_CASE("health_check_schedule: in transition the next check comes after five seconds, or sooner") {
  CHECK(next_check_delay(60s, true, 0.9) == 5s);
  CHECK(next_check_delay(5001ms, true, 0.9) == 5s);
  CHECK(next_check_delay(4999ms, true, 0.9) == 4999ms);
}

TEST_CASE("health_check_schedule: a tiny interval never becomes a busy loop") {
  CHECK(next_check_delay(1ms, false, 0.0) == 1ms);
}
