#include "app/signals.hpp"

#include "tests/support/process.hpp"
#include "tests/support/slowness.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <unistd.h>

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

namespace {

sigset_t ours() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGHUP, SIGTERM, SIGINT, SIGUSR1})
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

TEST_CASE("signals: a second one ends the process at once, with its number in the status") {
  struct row {
    int first, second;
  };
  for (const auto& [first, second] : {row{SIGTERM, SIGTERM}, row{SIGTERM, SIGINT}, row{SIGINT, SIGTERM}}) {
    CAPTURE(first);
    CAPTURE(second);
    process child{{TRIBUTARY_ENDLESS_STOP}};
    REQUIRE(child.wait_for_line("ready", slowness * 10s));
    child.signal(first);
    REQUIRE(child.wait_for_line("stopping", slowness * 10s));
    child.signal(second);
    CHECK(child.wait(slowness * 10s) == 128 + second);
  }
}

TEST_CASE("signals: a stray SIGUSR1 is passed over, and what comes after it is heard") {
  REQUIRE(blocked_at_first);
  stop_signals signals;
  REQUIRE(::kill(::getpid(), SIGUSR1) == 0);
  REQUIRE(eventually(slowness * 10s, [] { // Else SIGHUP, the lower number, would be taken first.
    sigset_t untaken;
    return ::sigpending(&untaken) == 0 && ::sigismember(&untaken, SIGUSR1) == 0;
  }));
  REQUIRE(::kill(::getpid(), SIGHUP) == 0);
  CHECK(signals.wait_for(slowness * 10s) == wish::reload);
}
