// PROVIDER: owns a loader and its hard limits (concurrent transfers, requests per second). Accepts a transfer
// or says busy at once; turns the loader's callbacks into messages; frees a slot when the owner that a
// transfer names dies.
#pragma once

#include "messages/actors.hpp"
#include "net/client/loader.hpp"

#include <memory>

namespace caf {
class actor_system;
}

namespace tributary {

[[nodiscard]] provider_actor
spawn_provider(caf::actor_system& system, effective_provider_ptr settings, std::unique_ptr<loader> body);

} // namespace tributary
