// FAILOVER SUPERVISOR: routes jobs. Owns the chain, all leases, the retry budgets and the statistics; parent
// of the provider pairs (which it restarts) and of one runner per running job. A shell around
// policy/failover_plan.hpp.
#pragma once

#include "actors/job_runner.hpp"
#include "actors/provider_factory.hpp"
#include "messages/actors.hpp"

#include <functional>

namespace caf {
class actor_system;
}

namespace tributary {

struct failover_supervisor_options {
  settings_ptr initial;
  provider_factory make_provider;
  health_monitor_actor health;
  runner_resources resources;
  std::function<double()> unit;             ///< Random in [0, 1), for jitter.
  std::vector<stored_provider_stats> stats; ///< From before the start.
  std::uint64_t jobs_attempted = 0, attempts = 0;
};

[[nodiscard]] failover_supervisor_actor
spawn_failover_supervisor(caf::actor_system& system, failover_supervisor_options options);

} // namespace tributary
