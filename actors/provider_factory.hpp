// The plug for a user's own provider actor.
#pragma once

#include "messages/actors.hpp"

#include <functional>

namespace caf {
class actor_system;
}

namespace tributary {

/// Makes the bare provider actor for some settings; the failover supervisor wraps it to measure it, owns it,
/// and makes another one when it dies. Called by the supervisor: must not block. May throw: that counts as a
/// provider that died at once.
using provider_factory = std::function<provider_actor(caf::actor_system&, effective_provider_ptr)>;

} // namespace tributary
