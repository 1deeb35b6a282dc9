// EVENT HUB: hands the committed events to their watchers, in order and without gaps; who joins late gets the
// earlier ones from the store first.
#pragma once

#include "messages/actors.hpp"

namespace caf {
class actor_system;
}

namespace tributary {

/// `last_event`: number of the newest event in the store, 0 when there is none.
[[nodiscard]] event_hub_actor
spawn_event_hub(caf::actor_system& system, job_store_actor store, std::uint64_t last_event);

} // namespace tributary
