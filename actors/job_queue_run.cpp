// The life of a run: admitted, committed as running, handed to the supervisor; its reports; its end, good or
// bad.
#include "actors/job_queue_shell.hpp"
#include "actors/report_apply.hpp"
#include "actors/runner_records.hpp"

#include <cassert>
#include <utility>

namespace tributary {

namespace {

constexpr std::uint32_t crashes_max = 3;

} // namespace

void queue_shell::admit() {
  while (!draining_ && !paused_ && parked_ < parked_runners_max &&
         running_ < static_cast<std::size_t>(global().max_running_jobs)) {
    const auto job = index_.take_ready();
    if (!job)
      return;
    begin_run(*job);
  }
}

void queue_shell::begin_run(job_id job) {
  auto& a = active_[job];
  if (a.has_slot) // Paused and resumed while an earlier admission waits for its turn, which does it.
    return;
  a.has_slot = true;
  ++running_;
  when_idle(job, [this, job] {
    const auto* e = index_.find(job);
    if (!e || e->state == job_state::paused) { // Cancelled or paused while something else was under way.
      free_slot(job);
    } else if (auto known = at_hand_.extract(job)) {
      start_run({std::move(known.mapped()), {}, {}}, !draining_);
    } else {
      load(job, [this, job](caf::expected<job_record> found) {
        const bool has_ended = found && is_final(found->row.state);
        if (found && !has_ended) {
          start_run(std::move(*found), false);
          return;
        }
        if (has_ended || found.error() == errc::unknown_job) {
          index_.erase(job);
        } else {
          store_failed();
          hold_until(job, wall() + store_pause);
        }
        free_slot(job);
      });
    }
  });
}

/// Commits the new run, which fences off all earlier ones. The part file's name is in the journal before the
/// file is. `at_once`: the runner need not wait for this commit; what it reports does.
void queue_shell::start_run(job_record record, bool at_once) {
  auto& row = record.row;
  const auto slept_until = row.next_attempt_at;
  const auto now = wall();
  if (row.state == job_state::publishing)
    row.next_attempt_at.reset();
  else
    move_to(row, job_state::running, now);
  ++row.run_no;
  if (!row.started_at)
    row.started_at = now;
  if (row.part.empty())
    row.part = part_name_of(row);
  const auto id = row.id;
  auto change = change_of(row, now);
  if (at_once) {
    commit(
        id, std::move(change.batch), [this, id](const caf::error& failed) { start_unwritten(id, failed); });
    active_[id].row = row;
    row.next_attempt_at = slept_until;
    run_started(std::move(record));
    return;
  }
  commit(
      id, std::move(change.batch),
      [this, record = std::move(record), slept_until](const caf::error& failed) mutable {
        const auto job = record.row.id;
        if (!failed) {
          active_[job].row = record.row;
          record.row.next_attempt_at = slept_until;
          run_started(std::move(record));
          return;
        }
        if (failed == errc::stale) {
          index_.erase(job); // The journal knows it as final.
        } else {
          store_failed();
          hold_until(job, wall() + store_pause);
        }
        free_slot(job);
      });
}

/// A run that the journal may not know of has begun: it is put back, and tried again later.
void queue_shell::start_unwritten(job_id job, const caf::error& failed) {
  if (!failed)
    return;
  active_[job].store_failed = true;
  store_failed();
  send(options_.supervisor, stop_atom_v, job, stop_reason::shutdown);
}

void queue_shell::run_started(job_record record) {
  const auto& row = record.row;
  active_[row.id].runner_no = row.run_no;
  index_.note(row.id, row.state, row.run_no);
  if (draining_)
    put_back(*active_[row.id].row);
  else
    send(options_.supervisor, run_atom_v, std::move(record), caf::actor_cast<job_queue_actor>(this));
}

/// Admitted too late: the engine stops.
void queue_shell::put_back(job_row row) {
  const auto job = row.id;
  if (row.state != job_state::publishing)
    move_to(row, job_state::queued, wall());
  auto change = change_of(std::move(row), wall());
  commit(
      job, std::move(change.batch),
      [this, job](const caf::error&) { // Not written: the next start does the same.
        active_[job].row.reset();
        ++put_back_;
        free_slot(job);
      });
}

/// The last process ended while it was at work: the journal says so until this is committed.
void queue_shell::put_back_stored(job_id job) {
  when_idle(job, [this, job] {
    if (!index_.find(job))
      return; // Cancelled first.
    const auto later = [this, job] {
      store_failed();
      hold_until(job, wall() + store_pause);
    };
    load(job, [this, later](caf::expected<job_record> found) {
      if (!found)
        return later();
      auto& row = found->row;
      move_to(row, job_state::queued, wall());
      const auto id = row.id;
      auto change = change_of(std::move(row), wall());
      commit(id, std::move(change.batch), [this, id, later](const caf::error& failed) {
        if (failed)
          return later();
        index_.make_ready(id);
        admit();
      });
    });
  });
}

void queue_shell::free_slot(job_id job) {
  auto& a = active_[job];
  a.has_slot = false;
  auto& counted = std::exchange(a.parked, false) ? parked_ : running_;
  assert(counted > 0);
  --counted;
  admit();
  if (draining_ && running_ + parked_ == 0)
    answer_drains();
}

/// While a runner waits for its first lease, its slot serves another job. Shown, never stored: a start puts
/// both back alike.
void queue_shell::parked(job_id job, std::uint32_t run_no, bool is_parked) {
  const auto at = active_.find(job);
  if (at == active_.end() || !at->second.has_slot || at->second.runner_no != run_no ||
      at->second.parked == is_parked)
    return;
  at->second.parked = is_parked;
  ++(is_parked ? parked_ : running_);
  --(is_parked ? running_ : parked_);
  admit();
}

// -- reports -----------------------------------------------------------------------

caf::result<bool> queue_shell::report(job_report r) {
  auto promise = make_response_promise<bool>();
  const auto t = promises_.keep(promise);
  const auto job = r.job;
  if (!active_.contains(job)) {
    promises_.answer(t, false);
    return promise;
  }
  when_idle(job, [this, r = std::move(r), t]() mutable { apply(std::move(r), t); });
  return promise;
}

void queue_shell::apply(job_report r, ticket t) {
  const auto& active = active_[r.job];
  const auto& before = active.row;
  if (!before || is_final(before->state) || before->run_no != r.run_no) {
    promises_.answer(t, false);
    return;
  }
  if (!active.pausing.empty() && r.state == job_state::queued) // Its runner stops, as it was told.
    r.state = job_state::paused;
  const auto job = r.job;
  auto change = apply_report(*before, std::move(r), wall());
  commit(
      job, std::move(change.batch), [this, t, row = std::move(change.row)](const caf::error& failed) mutable {
        if (failed == errc::stale) {
          promises_.answer(t, false);
          return;
        }
        auto& a = active_[row.id];
        if (failed) {
          a.store_failed = true;
          store_failed();
          promises_.answer(t, failed);
          return;
        }
        if (is_final(row.state))
          note_final(row);
        else
          index_.note(row.id, row.state, row.run_no);
        a.row = std::move(row);
        promises_.answer(t, true);
      });
}

void queue_shell::note_final(const job_row& row) {
  index_.erase(row.id);
  ++(row.state == job_state::succeeded ? ended_.succeeded
     : row.state == job_state::failed  ? ended_.failed
                                       : ended_.cancelled);
}

// -- the runner is gone ------------------------------------------------------------

void queue_shell::ended(job_id job, std::uint32_t run_no, const std::string& why) {
  if (!active_.contains(job))
    return;
  when_idle(job, [this, job, run_no, why] {
    auto& a = active_[job];
    if (!a.row || a.runner_no != run_no)
      return;
    for (auto& next : std::exchange(a.after_run, {})) // Once what is done here is committed.
      a.later.push_back(std::move(next));
    auto row = *std::exchange(a.row, {});
    a.live.reset();
    const bool unwritten = std::exchange(a.store_failed, false);
    if (is_final(row.state) && row.state == job_state::cancelled)
      discard_part(job, row.part);
    if (draining_ && !is_final(row.state))
      ++put_back_;
    if (!a.pausing.empty()) {
      end_in_pause(std::move(row));
      return;
    }
    if (is_final(row.state)) {
      free_slot(job);
      return;
    }
    if (unwritten)
      hold_until(job, wall() + store_pause);
    else if (row.state == job_state::waiting || row.next_attempt_at) // Or to be published again then.
      hold_until(job, row.next_attempt_at.value_or(wall()));
    else if (row.state == job_state::queued)
      index_.make_ready(job);
    else {
      crashed_run(std::move(row), why.empty() ? "it ended without a result" : why);
      return;
    }
    free_slot(job);
  });
}

/// The runner died under the job: once more, up to the limit.
void queue_shell::crashed_run(job_row row, const std::string& why) {
  if (++row.crashes >= crashes_max) {
    move_to(row, job_state::failed, wall());
    row.error = job_error{
        outcome::local_fault,
        "the job's runner crashed " + std::to_string(row.crashes) + " times: " + why,
        {},
        {}};
  } else if (row.state != job_state::publishing) {
    move_to(row, job_state::queued, wall());
  }
  const auto job = row.id;
  auto change = change_of(row, wall());
  commit(job, std::move(change.batch), [this, row = std::move(row)](const caf::error& failed) {
    if (failed) {
      store_failed();
      hold_until(row.id, wall() + store_pause);
    } else if (is_final(row.state)) {
      note_final(row);
    } else {
      index_.note(row.id, row.state, row.run_no);
      index_.make_ready(row.id);
    }
    free_slot(row.id);
  });
}

} // namespace tributary
