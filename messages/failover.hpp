// Leases and what the failover supervisor knows. Values; a lease carries a handle and never leaves the
// process.
#pragma once

#include "messages/caf_compat.hpp"
#include "messages/job.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tributary {

/// A runner's wish for one lease.
struct lease_request {
  job_id job = 0;
  std::uint32_t run_no = 0;
  std::uint32_t wish = 0;         ///< Number of the runner's own; a denial carries it back.
  std::uint64_t bytes_left = 0;   ///< 0: unknown.
  std::vector<std::string> avoid; ///< Routes that are of no use for this one lease.
  std::string only;               ///< When set: the one route that is.
};

/// Why the supervisor grants nothing: the decision says when to ask again (wait_until) or that it is over
/// (give_up).
struct denial {
  job_id job = 0;
  std::uint32_t wish = 0;
  decision_row decision;
  std::optional<job_error> error; ///< Set with give_up.
};

/// Why a runner must stop.
enum class stop_reason : std::uint8_t {
  cancelled, ///< The job was cancelled: discard the part file.
  shutdown,  ///< The engine stops: keep what is durable and put the job back.
  deadline,  ///< The job's deadline has passed.
  paused,    ///< As shutdown, but the job stays paused.
};

struct provider_failover_stats {
  std::string provider;
  std::uint64_t attempts = 0, successes = 0;
  std::array<std::uint64_t, outcome_count> failures{}; ///< Per class; `ok` stays 0.
  std::uint64_t failovers_from = 0, failovers_to = 0;
  std::uint64_t bytes_wasted = 0; ///< Received and thrown away.
  std::uint32_t leases = 0;       ///< Held now.
  bool draining = false;          ///< Removed; its last transfers are still running.
};

/// One member of the chain as the selection sees it.
struct ranked_provider {
  std::string provider;
  double score = 0; ///< By the strategy; comparable within one ranking only.
  selection_terms terms;
  std::string skipped; ///< Why it would not be chosen; "": it is usable.
};

/// The chain as a new job of unknown size would use it: usable ones first, then by score.
struct provider_ranking {
  strategy how = strategy::priority;
  std::vector<ranked_provider> providers;
  std::optional<seconds> back_in; ///< When none is usable: until the soonest end of a cool-down, if known.
};

struct failover_stats {
  std::vector<std::string> chain; ///< Explicit: as it was set, with disabled members; else those enabled.
  bool is_explicit = false;
  failover_order order = failover_order::exhaust;
  std::vector<provider_failover_stats> providers;
  std::uint64_t jobs = 0, failovers = 0; ///< Jobs: that had at least one attempt.
  std::optional<double> mean_attempts;   ///< Per such job.
  std::uint32_t leases = 0;
  std::uint64_t config_revision = 0; ///< Of the settings that it works by.
};

template <class Inspector>
auto inspect(Inspector& f, lease_request& x) {
  return compat::fields(f, "lease_request", x.job, x.run_no, x.wish, x.bytes_left, x.avoid, x.only);
}
template <class Inspector>
auto inspect(Inspector& f, denial& x) {
  return compat::fields(f, "denial", x.job, x.wish, x.decision, x.error);
}
template <class Inspector>
auto inspect(Inspector& f, provider_failover_stats& x) {
  return compat::fields(
      f, "provider_failover_stats", x.provider, x.attempts, x.successes, x.failures, x.failovers_from,
      x.failovers_to, x.bytes_wasted, x.leases, x.draining);
}
template <class Inspector>
auto inspect(Inspector& f, ranked_provider& x) {
  return compat::fields(f, "ranked_provider", x.provider, x.score, x.terms, x.skipped);
}
template <class Inspector>
auto inspect(Inspector& f, provider_ranking& x) {
  return compat::fields(f, "provider_ranking", x.how, x.providers, x.back_in);
}
template <class Inspector>
auto inspect(Inspector& f, failover_stats& x) {
  return compat::fields(
      f, "failover_stats", x.chain, x.is_explicit, x.order, x.providers, x.jobs, x.failovers, x.mean_attempts,
      x.leases, x.config_revision);
}

} // namespace tributary
