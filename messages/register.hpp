// Registers every payload and error category of messages/ with a CAF configuration: once, for daemon, tests,
// cluster.
#pragma once

#include <caf/actor_system_config.hpp>

namespace tributary {

/// Call before the actor system is made. Also selects the `sharing` scheduler, with a worker for each second
/// core, unless the config names others.
void register_messages(caf::actor_system_config& config);

} // namespace tributary
