// What to do next for one job: grant a provider, wait until a time, wait for a free slot, or give up, and
// why. Pure: the attempts so far, the candidates as they are now, the time and a random source come in as
// arguments. The memory of a job is its list of attempts, so after a restart the same plan is made from the
// store.
#pragma once

#include "policy/availability.hpp"
#include "policy/backoff.hpp"
#include "policy/outcome.hpp"
#include "policy/selection.hpp"
#include "policy/time.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tributary {

enum class failover_order : std::uint8_t {
  exhaust, ///< The current provider up to its max_retries, with backoff, then the next.
  rotate,  ///< Walk the chain without sleeping; sleep only when every candidate is cooling.
};
enum class all_unavailable : std::uint8_t { least_bad, fail, wait };
[[nodiscard]] std::string_view to_string(failover_order x) noexcept;
[[nodiscard]] std::string_view to_string(all_unavailable x) noexcept;
[[nodiscard]] std::optional<failover_order> failover_order_from(std::string_view name) noexcept;
[[nodiscard]] std::optional<all_unavailable> all_unavailable_from(std::string_view name) noexcept;

/// One finished attempt, as the plan remembers it.
struct past_attempt {
  std::string provider;
  fault cause = fault::none;
  int status = 0;
  std::optional<wall_time> retry_after; ///< Not before this time.
  wall_time ended{};
  bool progressed =
      false; ///< Verified bytes came: the failures before it no longer count against max_attempts.
  std::string message;
};

/// One provider as it is now.
struct candidate {
  std::string provider;
  std::uint32_t max_retries = 3; ///< Further tries after the first.
  backoff_options backoff;
  provider_state state = provider_state::unknown;
  std::optional<wall_time> unavailable_until;
  std::uint32_t limit = 4;   ///< Leases that may be held: min(setting, ramp).
  bool retry_allowed = true; ///< The retry budget has tokens.
  selection_terms terms;     ///< terms.leases: held now.
};

struct plan_options {
  strategy how = strategy::priority;
  failover_order order = failover_order::exhaust;
  all_unavailable when_all_unavailable = all_unavailable::least_bad;
  std::uint32_t max_attempts = 12;        ///< Failed attempts since the last verified bytes.
  std::optional<wall_time> deadline;      ///< Past it the job fails.
  std::uint64_t bytes_left = 0;           ///< 0: unknown.
  milliseconds local_fault_delay{30'000}; ///< How long a job waits after a fault of our own (disk).
};

enum class plan_action : std::uint8_t {
  grant,      ///< Ask `provider` now.
  wait_until, ///< Ask again at `at`.
  wait_slot,  ///< Every usable provider is full: wait for a lease to come free.
  give_up,    ///< The job failed; `result`, `message` say how.
};

/// How one candidate was judged: a line of the trace.
struct considered {
  std::string provider;
  double score = 0;
  selection_terms terms;
  std::string
      skipped; ///< Empty: usable. Else why not, e.g. "full 4/4", "404 missing", "unavailable until ...".
};

struct decision {
  plan_action action = plan_action::give_up;
  std::string provider;   ///< grant only.
  bool afresh = false;    ///< grant only: nobody is left with the present identity; start a new part file.
  bool least_bad = false; ///< grant only: every provider was unavailable, this one is the least bad.
  wall_time at{};         ///< wait_until only.
  outcome result =
      outcome::ok;     ///< give_up only: `missing` only if all said so, else the most retryable class.
  std::string message; ///< For people: one sentence.
  std::optional<wall_time> retry_could_succeed_at; ///< give_up only.
  std::vector<considered> candidates;              ///< Everybody, in the order of preference.
};

/// `unit` yields random numbers in [0, 1) for the jitter; it is drawn from only when a backoff is decided.
/// The delay for the same attempts must not be redrawn: a caller that gets wait_until stores `at` and asks
/// again then.
[[nodiscard]] decision plan_next(
    std::span<const past_attempt> attempts, std::span<const candidate> candidates,
    const plan_options& options, wall_time now, const std::function<double()>& unit);

} // namespace tributary
