// EVENT HUB: hands the committed events to their watchers, in order and without gaps; who joins late gets the
// earlier ones from the store first.
#pragma once

#include "messages/actors.hpp"

namespace caf {
class actor_system;
}

namespace tributary {

[[nodiscard]] event_hub_actor spawn_event_hub(caf::actor_system& system, job_store_actor store);

} // namespace tributary
