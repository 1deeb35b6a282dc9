// What the engine says to its operator: one line per event on standard error. With its two sinks
// the only user of the logging library.
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

/// A watcher that writes every event to the log, one line each (app/log_line.hpp): what jobs do, and each
/// change of a provider's availability with its cause.
[[nodiscard]] event_watcher_actor
spawn_event_log(caf::actor_system& system, const event_hub_actor& hub, std::uint64_t last_event);

} // namespace tributary
