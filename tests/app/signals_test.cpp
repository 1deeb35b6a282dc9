#include "app/signals.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <unistd.h>

using namespace tributary;
using namespace std::chrono_literals;

TEST_CASE("signals: SIGHUP asks for a reload each time, SIGTERM for a stop that stays") {
  stop_signals signals;
  CHECK(signals.wait_for(0ms) == wish::none);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(::kill(::getpid(), SIGHUP) == 0);
    CHECK(signals.wait_for(10s) == wish::reload);
    CHECK(signals.wait_for(0ms) == wish::none);
  }
  REQUIRE(::kill(::getpid(), SIGTERM) == 0);
  CHECK(signals.wait_for(10s) == wish::stop);
  REQUIRE(::kill(::getpid(), SIGHUP) == 0);
  CHECK(signals.wait_for(0ms) == wish::stop);
}
