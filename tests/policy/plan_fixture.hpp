// A job's attempts and its providers, spoken of by name, for the tests of policy/failover_plan.hpp.
#pragma once

#include "policy/failover_plan.hpp"

#include "tests/policy/printing.hpp"

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tributary::testing {

struct plan_fixture {
  wall_time now{std::chrono::milliseconds{1'800'000'000'000}}; // 2027-01-15T08:00:00Z
  std::vector<past_attempt> attempts;
  std::vector<candidate> candidates;
  plan_options options;
  double unit = 0.5; ///< What the random source yields.
  int drawn = 0;     ///< How often it was asked.

  /// In chain order.
  plan_fixture(std::initializer_list<const char*> names) {
    for (const auto* name : names) {
      candidate c;
      c.provider = name;
      c.terms.position = static_cast<std::uint32_t>(candidates.size());
      candidates.push_back(std::move(c));
    }
  }

  candidate& at(std::string_view name) {
    for (auto& c : candidates)
      if (c.provider == name)
        return c;
    throw std::invalid_argument{std::string{name}};
  }

  /// An attempt that ends now.
  past_attempt& ended(std::string provider, fault cause, int status = 0) {
    past_attempt a;
    a.provider = std::move(provider);
    a.cause = cause;
    a.status = status;
    a.ended = now;
    attempts.push_back(std::move(a));
    return attempts.back();
  }
  past_attempt& status(std::string provider, int code) {
    return ended(std::move(provider), fault::status, code);
  }

  /// `n` attempts refused, so far in the past that no backoff runs any more.
  void refused_long_ago(const std::string& provider, int n = 1) {
    for (int i = 0; i < n; ++i)
      ended(provider, fault::refused).ended = now - std::chrono::hours{1};
  }

  void unavailable(std::string_view name, milliseconds left) {
    at(name).state = provider_state::unavailable;
    at(name).unavailable_until = now + left;
  }
  void full(std::string_view name) { at(name).terms.leases = at(name).limit; }

  decision plan() {
    return plan_next(attempts, candidates, options, now, [this] {
      ++drawn;
      return unit;
    });
  }

  /// "alpha" for a grant, else the action's name.
  std::string next() {
    const auto d = plan();
    constexpr const char* names[]{"", "wait_until", "wait_slot", "give_up"};
    return d.action == plan_action::grant ? d.provider : names[static_cast<std::size_t>(d.action)];
  }
};

/// Why `name` was passed over, from the trace; "?" when it is not in it.
inline std::string skipped(const decision& d, std::string_view name) {
  for (const auto& line : d.candidates)
    if (line.provider == name)
      return line.skipped;
  return "?";
}

} // namespace tributary::testing
