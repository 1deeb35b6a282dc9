// COURIER: hands a long list of jobs to the queue, a bounded number at a time, and tells how each ended.
#pragma once

#include "app/cli/job_service.hpp"
#include "messages/actors.hpp"

#include <caf/actor.hpp>

#include <memory>
#include <vector>

namespace caf {
class actor_system;
}

namespace tributary::cli {

using wishes_ptr = std::shared_ptr<const std::vector<job_spec>>;

using courier_actor = compat::typed_actor<
    // Hands them in, in order; each wish that ends or is refused is told of once, as std::vector<job_status>:
    // the end of a job that several wishes became is told so many times.
    caf::result<void>(submit_atom, wishes_ptr),
    // At most so many of the jobs under way, as they are now.
    caf::result<std::vector<job_status>>(list_atom, std::uint64_t)>;

struct courier_options {
  job_queue_actor jobs;
  event_hub_actor events;
  caf::actor listener;            ///< Hears of the ends.
  std::vector<job_id> known;      ///< Jobs of before that are followed, too.
  std::uint64_t events_after = 0; ///< What happened up to this event is history.
};

[[nodiscard]] courier_actor spawn_courier(caf::actor_system& system, courier_options options);

} // namespace tributary::cli

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::cli::wishes_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<tributary::cli::job_status>)
