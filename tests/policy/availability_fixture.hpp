// A breaker with a clock that moves when told, for the tests of policy/availability.hpp.
#pragma once

#include "policy/availability.hpp"

#include "tests/policy/printing.hpp"

namespace tributary::testing {

struct breaker {
  availability state;
  steady_time now{std::chrono::hours{100}};
  double unit = 0; ///< No jitter, unless a test wants some.

  explicit breaker(availability_options o = {}) : state(o) {}

  void pass(nanoseconds span) { now += span; }

  /// An attempt that begins now and ends a second later.
  bool attempt(outcome result, fault cause = fault::none) {
    const auto began = now;
    pass(std::chrono::seconds{1});
    return ended(began, result, cause);
  }
  bool ended(steady_time began, outcome result, fault cause = fault::none) {
    return state.record(now, {result, cause, began}, unit);
  }
  bool ok() { return attempt(outcome::ok); }
  bool incident(fault cause = fault::reset) { return attempt(outcome::provider_fault, cause); }
  bool check(bool passed, fault cause = fault::refused) {
    return state.record_check(now, passed, passed ? fault::none : cause, unit);
  }

  /// Three incidents open it.
  void fall(fault cause = fault::reset) {
    for (int i = 0; i < 3; ++i)
      incident(cause);
  }
  /// The cool-down ends and a check passes.
  void recover_to_probation() {
    now = *state.until();
    check(true);
  }
  void recover() {
    recover_to_probation();
    ok();
    ok();
  }
  [[nodiscard]] nanoseconds cooldown() const { return *state.until() - now; }
};

} // namespace tributary::testing
