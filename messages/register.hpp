// Registers every payload and error category of messages/ with a CAF configuration: once, for daemon, tests,
// cluster.
#pragma once

#include <caf/actor_system_config.hpp>

namespace tributary {

/// Call before the actor system is made. Also selects the `sharing` scheduler unless the config names
/// another.
void register_messages(caf::actor_system_config& config);

} // namespace tributary
