// Notices when one of the engine's own actors ends that should live as long as the engine.
#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/fwd.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tributary {

using guarded_actors = std::vector<std::pair<std::string, caf::strong_actor_ptr>>; ///< With their names.

/// Calls `lost` with a sentence when the first of them ends for whatever reason, once, on a thread of the
/// actor system; it must not block. The guard itself ends when it is told to, before those that it guards.
[[nodiscard]] caf::actor spawn_actor_guard(
    caf::actor_system& system, guarded_actors guarded, std::function<void(const std::string&)> lost);

} // namespace tributary
