// JOB QUEUE: accepted jobs, their admission by priority, their timers; the only one that changes a job's
// state, in the store first and in events second. Unfinished jobs cost a small entry here; only running ones
// have an actor.
#pragma once

#include "messages/actors.hpp"
#include "net/client/file_worker.hpp"
#include "net/client/part_file.hpp"

#include <functional>
#include <memory>

namespace caf {
class actor_system;
}

namespace tributary {

/// Submissions that may wait for their commit; one more is answered with errc::overloaded.
inline constexpr std::size_t submits_unacknowledged_max = 1024;

struct job_queue_options {
  settings_ptr initial;
  job_store_actor store;
  failover_supervisor_actor supervisor;
  event_hub_actor events;
  recovered_state recovered; ///< From the store, at start.
  std::shared_ptr<download_root> root;
  std::shared_ptr<file_worker> files;
  std::function<wall_time()> wall; ///< UTC.
};

[[nodiscard]] job_queue_actor spawn_job_queue(caf::actor_system& system, job_queue_options options);

} // namespace tributary
