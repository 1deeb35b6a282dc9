// What to do next for one job: grant a provider, wait until a time, wait for a free slot, or give up; and
// why. Pure: the attempts so far, the candidates as they are, the time and a random source come in as
// arguments. A job's memory is its list of attempts, so after a restart the same plan is made from the store.
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
#include <string_view>
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
  bool progressed = false; ///< Verified bytes came: no failure before it counts against a limit now.
  std::string message;
  /// When set: a failure of an attempt that began before the provider's last counted failure ended is of the
  /// same blow (four streams cut at once) and does not count once more.
  wall_time began{};
  /// Its random number in [0, 1), for the backoff after it; none: drawn whenever the plan needs it.
  std::optional<double> luck{};
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
  bool held = false;         ///< This machine's network is down: nothing can be asked of it now.
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
  /// The stored time of the job's last wait (next_attempt_at). A backoff after an attempt that ended before
  /// it is not drawn again: at that time it has been slept, and when asked earlier (a lease came free, a
  /// state changed) it still ends then, or at the longest delay that the backoff knows, whichever is sooner.
  /// Retry-After is never cut short.
  std::optional<wall_time> slept_until;
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
  std::string skipped; ///< Empty: usable. Else why not: "full 4/4", "404 missing", "unavailable until ...".
};

struct decision {
  plan_action action = plan_action::give_up;
  std::string provider;   ///< grant only.
  bool afresh = false;    ///< grant only: nobody with the present identity is left; start a new part file.
  bool least_bad = false; ///< grant only: every provider was unavailable, this one is the least bad.
  /// wait_until: ask again then. wait_slot: ask again then at the latest, when set (a backoff or the deadline
  /// ends).
  wall_time at{};
  std::vector<std::string> awaited; ///< wait_slot only: of one of these a lease must come free.
  /// give_up only: `missing` only if all said so, else the most retryable class of the providers' last errors
  /// (throttled, provider_fault, local_fault, auth, policy, identity, invalid); `cancelled` when the deadline
  /// came before anybody said anything.
  outcome result = outcome::ok;
  std::string message; ///< For people: one sentence; give_up names every provider tried and its last error.
  std::optional<wall_time> retry_could_succeed_at; ///< give_up only.
  std::vector<considered> candidates;              ///< Everybody, in the order of preference.
};

/// The rules, in their order:
///  - Out for this job is a provider after a verdict that says never again (404, certificate, ...). Out for
///    now: when its tries since the last verified bytes are spent, the retry budget forbids a further one, it
///    is disabled, or what max_attempts leaves is kept for candidates that were never tried.
///  - A provider that offered another file is out until nobody else is left; then it is granted `afresh`,
///    once. A second 416 in a row is read as another file, too.
///  - After a fault of our own the job waits, whoever is there.
///  - exhaust: the provider of the newest failure goes on, sleeping its backoff, unless it is out,
///    unavailable, full or throttled; then the best ranked that is ready.
///    rotate: the least tried that is ready, the best ranked of these.
///  - Nobody ready: wait for a lease when one is full or held, else for the first backoff or Retry-After to
///  end.
///  - All that are not out are unavailable: `when_all_unavailable`; least_bad sleeps backoffs as well.
///  - Cancelled attempts count nowhere; `busy` delays its provider by a backoff and counts nowhere else.
///
/// @param attempts in the order of their ends.
/// @param candidates in any order; terms.position is the chain's.
/// @param unit yields random numbers in [0, 1) for the jitter; drawn from only where a backoff may run. One
/// failure is drawn for once: the caller gives the attempts their luck while it lives, and stores the `at` of
/// a wait_until, to hand it back as `slept_until`.
[[nodiscard]] decision plan_next(
    std::span<const past_attempt> attempts, std::span<const candidate> candidates,
    const plan_options& options, wall_time now, const std::function<double()>& unit);

} // namespace tributary
