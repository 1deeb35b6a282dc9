// What a runner's report makes of its job: the new row and the one batch that commits it. Pure.
#pragma once

#include "messages/job.hpp"
#include "messages/store.hpp"

#include <string>
#include <vector>

namespace tributary {

/// A job's next row, and all that is written together with it.
struct job_change {
  job_row row;
  store_batch batch;
};

/// @pre the report is of the row's run, and the row is not final.
[[nodiscard]] job_change apply_report(const job_row& before, job_report r, wall_time now);

/// The row with its event: for changes that are the queue's own.
[[nodiscard]] job_change change_of(job_row row, wall_time now);

/// Moves the row there and settles what depends on it: finished_at, next_attempt_at, error.
void move_to(job_row& row, job_state state, wall_time now);

/// The event "job.<state>" of a row.
[[nodiscard]] event_row event_of(const job_row& row, wall_time now);

/// The event "job.least_bad": nobody was available, and the job asks the least bad one all the same.
[[nodiscard]] event_row least_bad_event(job_id job, const decision_row& d);

/// The events of a batch as they stand in the journal, numbered.
[[nodiscard]] std::vector<event_row> committed_events(const store_batch& batch, std::uint64_t first_number);

} // namespace tributary
