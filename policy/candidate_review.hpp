// How each candidate stands before the next step of a job is chosen: who is out, full, sleeping or
// unavailable, and the line of the trace that says so. The judging half of failover_plan. Pure.
#pragma once

#include "policy/attempt_ledger.hpp"
#include "policy/failover_plan.hpp"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tributary {

struct reviewed {
  const candidate* who = nullptr;
  const standing* past = nullptr;
  double score = 0;
  std::string out; ///< Why nothing can be had from it for this job as things stand; empty: something can.
  bool other_file = false;  ///< Out for its other file only: may be granted afresh.
  bool unavailable = false; ///< The breaker is open.
  bool full = false;        ///< Or held: either way a lease may come free without the job's doing.
  bool told_when = false;   ///< It is throttled or busy: others are asked meanwhile, whatever the order.
  wall_time ready{};        ///< When its backoff or Retry-After ends.

  [[nodiscard]] bool sleeps(wall_time now) const noexcept { return ready > now; }
  [[nodiscard]] bool grantable(wall_time now) const noexcept { return !sleeps(now) && !full; }
};

/// Judges all candidates, best ranked first. With `afresh`, those with another file are let in.
[[nodiscard]] std::vector<reviewed> review(
    const attempt_ledger& ledger, std::span<const candidate> candidates, const plan_options& options,
    bool afresh, wall_time now, const std::function<double()>& unit);

/// The trace's lines; `chosen` is shown as usable whatever it was (a least bad one is unavailable).
[[nodiscard]] std::vector<considered>
lines_of(std::span<const reviewed> all, const candidate* chosen, wall_time now);

/// UTC to the second, as in "2026-01-31T23:59:59Z".
[[nodiscard]] std::string utc_text(wall_time t);

} // namespace tributary
