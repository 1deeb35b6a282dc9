// HEALTH MONITOR: rolling windows and availability of every provider, and the schedule of active checks. A
// shell around policy/rolling_window.hpp, policy/availability.hpp and policy/health_check_schedule.hpp.
#pragma once

#include "messages/actors.hpp"

#include <functional>

namespace caf {
class actor_system;
}

namespace tributary {

struct health_monitor_options {
  settings_ptr initial;
  std::function<wall_time()> wall; ///< UTC.
  std::function<double()> unit;    ///< Random in [0, 1), for jitter.
};

[[nodiscard]] health_monitor_actor
spawn_health_monitor(caf::actor_system& system, health_monitor_options options);

} // namespace tributary
