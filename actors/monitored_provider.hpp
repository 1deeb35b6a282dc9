// MONITORED PROVIDER: a decorator with the provider's own interface that wraps any provider without changing
// it. It stands between transfer and owner, measures, and tells the health monitor one request_metric per
// operation.
#pragma once

#include "messages/actors.hpp"

#include <string>

namespace caf {
class actor_system;
}

namespace tributary {

/// The wrapper owns `inner`: it ends with it, and ends it.
[[nodiscard]] provider_actor spawn_monitored_provider(
    caf::actor_system& system, std::string name, provider_actor inner, health_monitor_actor health);

} // namespace tributary
