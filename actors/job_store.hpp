// JOB STORE: an actor around the journal. Writes that wait in the mailbox together are committed together
// (group commit); each is answered after its commit.
#pragma once

#include "messages/actors.hpp"
#include "store/journal.hpp"

#include <memory>

namespace caf {
class actor_system;
}

namespace tributary {

/// `detached`: the journal blocks (SQLite), so the actor gets a thread of its own. Closes the journal when it
/// ends.
[[nodiscard]] job_store_actor
spawn_job_store(caf::actor_system& system, std::unique_ptr<journal> body, bool detached);

} // namespace tributary
