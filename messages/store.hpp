// What is written to and read from the journal. Process-local values.
#pragma once

#include "messages/event.hpp"
#include "messages/health.hpp"
#include "messages/job.hpp"
#include "messages/settings_change.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace tributary {

/// A new job. The id was assigned by the queue; a repeated one is an error.
struct insert_job {
  job_row row;
};

/// A job's new row, all but its spec and created_at, which stay as they were inserted. Changes nothing (and
/// its batch counts as stale) unless the job is there, not final, and its run_no at most the row's. Earlier
/// ops of the batch and of batches before it count.
struct save_job {
  job_row row;
};

/// This and the adds below are errors when there is no such job.
struct save_extents {
  job_id job = 0;
  std::vector<extent> extents; ///< Each replaces a stored one of the same offset.
  bool anew = false;           ///< All stored ones go first.
};

/// A number that is there already is left as it is, and not counted again.
struct add_attempt {
  job_id job = 0;
  attempt_row row;
};

struct add_decision {
  job_id job = 0;
  decision_row row;
};

/// The number is assigned at commit.
struct add_event {
  event_row row;
};

/// The new row of a job that has failed or was cancelled, which is to begin anew: as save_job, but its batch
/// counts as stale unless the job is final and its run_no is below the row's.
struct reopen_job {
  job_row row;
};

/// Keys are kept for so long.
inline constexpr milliseconds idempotency_kept{24 * 3'600'000};

/// Claims an idempotency key for those jobs; keys that are older than idempotency_kept at that time are
/// forgotten. When somebody has the key, nothing of the batch is written: see commit_result::taken.
struct claim_key {
  idempotency_key key;
  wall_time at{};
  std::vector<job_id> jobs;
};

/// Writes nothing, and asks who has the key at that time: when somebody has it, its batch ends as that of a
/// claim_key that came second.
struct find_claim {
  std::string key;
  wall_time at{};
};

/// The job's part file is gone: its name is forgotten, whatever the job's state. Unknown jobs are ignored.
struct clear_part {
  job_id job = 0;
};

/// What was seen of a provider in one minute: comes to what is stored of that minute and of its hour.
struct add_rollup {
  std::string provider;
  wall_time minute{}; ///< When it began: a whole minute, UTC.
  rollup sums;
};

/// The provider's figures were cleared: each_minute_since tells nothing that began before.
struct mark_reset {
  std::string provider;
  wall_time at{};
};

/// Forgets what is older than it must be kept: minutes and hours of provider history, events, and jobs that
/// ended before `ended_before` with their attempts, decisions and extents. The newest event and the newest
/// job stay, so that no number is given twice, and so does a job that still has a part file. At most
/// prune_jobs_max jobs and prune_events_max events at a time: repeat it.
struct prune_history {
  wall_time minutes_before{}, hours_before{}, ended_before{};
};
inline constexpr std::uint32_t prune_jobs_max = 1'000, prune_events_max = 10'000;

/// A revision of the settings: an error unless its number is higher than any before. Those beyond
/// revisions_kept_max and revision_bytes_max are forgotten with it.
struct add_revision {
  settings_revision row;
};

using store_op = std::variant<
    insert_job, save_job, save_extents, add_attempt, add_decision, add_event, clear_part, add_revision,
    add_rollup, mark_reset, prune_history, reopen_job, claim_key, find_claim>;

/// All or nothing, in order.
using store_batch = std::vector<store_op>;

/// Who has an idempotency key.
struct claimed_key {
  std::string digest;
  wall_time at{};
  std::vector<job_id> jobs;
};

/// When stale, taken or impossible is set, nothing of the batch was written.
struct commit_result {
  bool stale = false;            ///< A save_job met no job, a final one or a newer run.
  std::uint64_t first_event = 0; ///< Number of the batch's first event; the others follow it. 0: it had none.
  /// A claim_key came second, or a find_claim found one: this is the first.
  std::optional<claimed_key> taken{};
  /// An op that cannot be (a repeated job, an addition to an unknown one, a revision that is not new).
  std::string impossible{};
};

struct stored_page {
  std::vector<job_record> jobs; ///< Newest first; attempts are filled in, extents are not.
  std::optional<job_id> next;
};

/// What the queue keeps in memory of an unfinished job.
struct pending_job {
  job_id id = 0;
  job_state state = job_state::queued;
  std::int32_t priority = 5;
  std::uint32_t run_no = 0;
  wall_time created_at{};
  std::optional<wall_time> next_attempt_at;
  std::string output;
  std::uint64_t fingerprint = 0; ///< Of resource, output, sha256 and size: equal requests are joined.
};

struct leftover_part {
  job_id job = 0;
  std::string part; ///< A part file that a succeeded or cancelled job may have left.
};

struct stored_provider_stats {
  std::string provider;
  std::array<std::uint64_t, outcome_count> attempts{};
};

struct recovered_state {
  job_id last_job = 0;
  std::uint64_t last_event = 0;
  std::vector<pending_job> pending; ///< By id.
  std::vector<leftover_part> leftovers;
  std::vector<stored_provider_stats> stats;
  std::uint64_t jobs_attempted = 0; ///< Jobs with at least one attempt.
  std::uint64_t attempts = 0;
  std::optional<settings_revision> settings; ///< The newest one, with its document.
};

/// A step of stored history.
struct stored_rollup {
  std::string provider;
  wall_time at{}; ///< When the step begins.
  rollup sums;
};

struct queue_counts {
  std::uint64_t queued = 0, running = 0, waiting = 0;     ///< Now. running counts those with a runner.
  std::uint64_t succeeded = 0, failed = 0, cancelled = 0; ///< Since the start.
  std::uint64_t paused = 0;                               ///< Now.
};

/// XXH3 of what makes two requests the same: resource, output, sha256, size.
[[nodiscard]] std::uint64_t fingerprint_of(const job_spec& spec);

template <class Inspector>
auto inspect(Inspector& f, queue_counts& x) {
  return compat::fields(
      f, "queue_counts", x.queued, x.running, x.waiting, x.succeeded, x.failed, x.cancelled, x.paused);
}

} // namespace tributary
