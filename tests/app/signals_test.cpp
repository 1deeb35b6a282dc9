#include "app/signals.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <unistd.h>

using namespace tributary;
using namespace std::chrono_literals;

namespace {

sigset_t ours() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGHUP, SIGTERM, SIGINT})
    ::sigaddset(&set, number);
  return set;
}

/// Before any other thread of this program, as the daemon does it: CAF's detached threads outlive their
/// system by a moment, and one that did not inherit this would take a signal that is sent to the process.
const bool blocked_at_first = [] {
  const auto set = ours();
  return ::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0;
}();

} // namespace

TEST_CASE("signals: SIGHUP asks for a reload each time, SIGTERM for a stop that stays") {
  REQUIRE(blocked_at_first);
  const auto set = ours();
  REQUIRE(::pthread_sigmask(SIG_UNBLOCK, &set, nullptr) == 0); // Here it is for stop_signals to block them.
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
