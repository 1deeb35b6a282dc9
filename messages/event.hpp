// The numbered events: committed facts, in commit order.
#pragma once

#include "messages/caf_compat.hpp"
#include "messages/job.hpp"

#include <cstdint>
#include <string>

namespace tributary {

struct event_row {
  std::uint64_t number = 0; ///< From 1, without gaps, assigned by the store at commit.
  wall_time at{};
  std::string kind; ///< "job.queued", "job.running", ... : what happened.
  job_id job = 0;   ///< 0: not about a job.
  std::string data; ///< A JSON object.
};

template <class Inspector>
auto inspect(Inspector& f, event_row& x) {
  return compat::fields(f, "event_row", x.number, x.at, x.kind, x.job, x.data);
}

} // namespace tributary
