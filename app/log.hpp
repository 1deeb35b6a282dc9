// What the engine says to its operator: one line per event on standard error. The only user of the logging
// library.
#pragma once

#include "messages/actors.hpp"

#include <string_view>

namespace caf {
class actor_system;
}

namespace tributary {

enum class log_level { quiet, warning, info };

/// Once, before anything is logged. Default: info.
void set_log_level(log_level level);
void log_info(std::string_view line);
void log_warning(std::string_view line);

/// Two watchers that write job events, and changes of availability with their cause, to the log.
struct log_actors {
  event_watcher_actor events;
  standing_watcher_actor standings;
};
[[nodiscard]] log_actors spawn_log_actors(
    caf::actor_system& system, const event_hub_actor& hub, const health_monitor_actor& health,
    std::uint64_t last_event);

} // namespace tributary
