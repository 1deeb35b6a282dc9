// JOB RUNNER: one running job: wants leases, drives transfers into the part file, checks identity and digest,
// publishes, and reports each step to the queue. Ends when the job is final, waiting, or stopped.
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

/// What every runner works with.
struct runner_resources {
  std::shared_ptr<download_root> root;
  std::shared_ptr<file_worker> files;
  std::function<wall_time()> wall; ///< UTC.
};

/// @pre job.row.part is set and committed: a part file that no journal knows of can never be.
/// `settings` is pinned for the run: timeouts and policies of a running attempt never change under it.
[[nodiscard]] job_runner_actor spawn_job_runner(
    caf::actor_system& system, job_record job, settings_ptr settings, job_queue_actor queue,
    failover_supervisor_actor supervisor, runner_resources resources);

} // namespace tributary
