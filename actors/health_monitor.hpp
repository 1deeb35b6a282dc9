// HEALTH MONITOR: rolling windows and availability of every provider, the schedule of active checks, the
// judgement between a provider's fault and our own network's, and the stored history. A shell around
// policy/rolling_window.hpp, availability.hpp, health_check_schedule.hpp and local_outage.hpp.
#pragma once

#include "actors/health_record.hpp"
#include "messages/actors.hpp"

#include <functional>
#include <map>
#include <string>

namespace caf {
class actor_system;
}

namespace tributary {

class journal;

struct health_monitor_options {
  settings_ptr initial;
  std::function<wall_time()> wall;              ///< UTC.
  std::function<double()> unit;                 ///< Random in [0, 1), for jitter.
  job_store_actor store{};                      ///< Keeps history and events; null: nothing is kept.
  event_hub_actor events{};                     ///< Told of what was committed; null: nobody is.
  std::map<std::string, health_record> known{}; ///< From before the start, by provider.
};

/// A provider's history minutes are kept for `history_days`, hours for so long.
inline constexpr std::chrono::days history_hours_kept{730};

[[nodiscard]] health_monitor_actor
spawn_health_monitor(caf::actor_system& system, health_monitor_options options);

/// The windows as the stored minutes have them. @throws journal_error
[[nodiscard]] std::map<std::string, health_record>
records_from(journal& stored, const settings& s, instant now);

} // namespace tributary
