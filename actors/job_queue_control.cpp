// What people do to a job: cancel, pause, resume, retry. Each answers once it is committed, so whatever was
// answered survives a crash.
#include "actors/job_queue_shell.hpp"
#include "actors/job_views.hpp"
#include "actors/report_apply.hpp"
#include "net/client/publish.hpp"

#include <utility>

namespace tributary {

namespace {

caf::error wrong_state(std::string why) {
  return caf::make_error(errc::wrong_state, std::move(why));
}

caf::error has_ended(job_state state) {
  return wrong_state("the job has ended: " + std::string{to_string(state)});
}

} // namespace

/// Begins one of these once nothing else is under way for the job.
caf::result<job_view> queue_shell::control(job_id job, void (queue_shell::*act)(job_id, ticket)) {
  auto promise = make_response_promise<job_view>();
  const auto t = promises_.keep(promise);
  when_idle(job, [this, job, t, act] { (this->*act)(job, t); });
  return promise;
}

/// Loads the job for `then`, or answers with the error.
void queue_shell::load_for(job_id job, ticket t, std::function<void(job_record)> then) {
  load(job, [this, t, then = std::move(then)](caf::expected<job_record> found) {
    if (found)
      then(std::move(*found));
    else
      promises_.answer(t, std::move(found.error()));
  });
}

void queue_shell::answer_as_it_is(job_id job, ticket t) {
  load_for(job, t, [this, t](job_record found) { promises_.answer(t, shown(std::move(found))); });
}

/// Not unfinished: unknown, or final. One of the final states may be what was wanted.
void queue_shell::answer_ended(job_id job, ticket t, std::optional<job_state> wanted) {
  load_for(job, t, [this, t, wanted](job_record found) {
    if (found.row.state == wanted)
      promises_.answer(t, shown(std::move(found)));
    else
      promises_.answer(t, has_ended(found.row.state));
  });
}

/// Commits a row of a job that has no runner; `committed` is called when it holds, else the ticket gets the
/// error.
void queue_shell::commit_row(job_row row, ticket t, std::function<void(const job_row&)> committed) {
  const auto job = row.id;
  auto change = change_of(row, wall());
  commit(
      job, std::move(change.batch),
      [this, t, row = std::move(row), committed = std::move(committed)](const caf::error& failed) {
        if (!failed) {
          committed(row);
          promises_.answer(t, view_of({row, {}, {}}, {}));
          return;
        }
        if (failed != errc::stale)
          store_failed();
        promises_.answer(t, failed == errc::stale ? wrong_state("the job has ended") : failed);
      });
}

// -- cancel ------------------------------------------------------------------------

void queue_shell::cancel_now(job_id job, ticket t) {
  const auto* e = index_.find(job);
  const auto& row = active_[job].row;
  if (!e)
    answer_ended(job, t, job_state::cancelled);
  else if (e->state == job_state::publishing && row)
    promises_.answer(t, wrong_state("the job is being published"));
  else if (e->state == job_state::publishing)
    load_for(job, t, [this, t](job_record found) { cancel_unpublished(std::move(found.row), t); });
  else if (row)
    cancel_row(*row, t);
  else
    load_for(job, t, [this, t](job_record found) { cancel_row(std::move(found.row), t); });
}

/// Publishing met a disk fault and waits to be tried again. It may have come as far as the rename: what is in
/// place stays.
void queue_shell::cancel_unpublished(job_row row, ticket t) {
  publish_request where;
  where.part = row.part;
  where.target = row.target;
  where.inode = row.inode;
  where.on_conflict = row.spec.on_conflict.value_or(global().on_conflict);
  const auto job = row.id;
  active_[job].busy = true;
  const bool begun = run_errand(
      this, *options_.files, [root = options_.root, where] { return look_for_published(*root, where); },
      [this, t, row = std::move(row)](const published_look& seen) {
        active_[row.id].busy = false;
        if (seen.error)
          promises_.answer(
              t, wrong_state("it cannot be told whether the file is in place already: " + seen.error.what));
        else if (seen.in_place)
          promises_.answer(t, wrong_state("the file is in place already: only its journal entry is missing"));
        else
          cancel_row(row, t);
        settled(row.id);
      });
  if (!begun) {
    active_[job].busy = false;
    promises_.answer(t, caf::make_error(errc::shutting_down));
  }
}

/// The new run number fences off the runner before it is told to stop.
void queue_shell::cancel_row(job_row row, ticket t) {
  ++row.run_no;
  move_to(row, job_state::cancelled, wall());
  commit_row(std::move(row), t, [this](const job_row& committed) {
    auto& a = active_[committed.id];
    note_final(committed);
    if (a.row) { // Its runner discards nothing: that is done when it is gone.
      a.row = committed;
      send(options_.supervisor, stop_atom_v, committed.id, stop_reason::cancelled);
    } else {
      discard_part(committed.id, committed.part);
    }
  });
}

// -- pause -------------------------------------------------------------------------

void queue_shell::pause_now(job_id job, ticket t) {
  const auto* e = index_.find(job);
  auto& a = active_[job];
  if (!e) {
    answer_ended(job, t, std::nullopt);
  } else if (e->state == job_state::publishing) {
    promises_.answer(t, wrong_state("the job is being published"));
  } else if (a.row) { // Its runner writes down what it has, and ends: end_in_pause.
    a.pausing.push_back(t);
    send(options_.supervisor, stop_atom_v, job, stop_reason::paused);
  } else if (e->state == job_state::paused) {
    answer_as_it_is(job, t);
  } else {
    load_for(job, t, [this, t](job_record found) {
      move_to(found.row, job_state::paused, wall());
      commit_row(std::move(found.row), t, [this](const job_row& committed) { note_paused(committed); });
    });
  }
}

void queue_shell::note_paused(const job_row& row) {
  index_.note(row.id, row.state, row.run_no);
  index_.set_apart(row.id);
}

/// The runner of a job that is to be paused has ended, in whatever way.
void queue_shell::end_in_pause(job_row row) {
  const auto job = row.id;
  if (row.state == job_state::paused || is_final(row.state) || row.state == job_state::publishing) {
    paused_or_not(row, {});
    return;
  }
  move_to(row, job_state::paused, wall());
  auto change = change_of(row, wall());
  commit(job, std::move(change.batch), [this, row = std::move(row)](const caf::error& failed) {
    if (failed)
      store_failed();
    paused_or_not(row, failed);
  });
}

/// Answers all who asked for the pause, and gives the slot back.
void queue_shell::paused_or_not(const job_row& row, const caf::error& failed) {
  auto& a = active_[row.id];
  for (const auto t : std::exchange(a.pausing, {}))
    if (failed)
      promises_.answer(t, failed);
    else if (row.state == job_state::paused)
      promises_.answer(t, view_of({row, {}, {}}, {}));
    else if (is_final(row.state))
      promises_.answer(t, has_ended(row.state));
    else
      promises_.answer(t, wrong_state("the job is being published"));
  if (failed)
    hold_until(row.id, wall() + store_pause);
  else if (row.state == job_state::paused)
    note_paused(row);
  else if (!is_final(row.state))
    hold_until(row.id, row.next_attempt_at.value_or(wall()));
  free_slot(row.id);
}

// -- resume and retry --------------------------------------------------------------

void queue_shell::resume_now(job_id job, ticket t) {
  const auto* e = index_.find(job);
  auto& a = active_[job];
  if (!e) {
    answer_ended(job, t, std::nullopt);
  } else if (!a.pausing.empty()) {
    a.after_run.push_back([this, job, t] { resume_now(job, t); });
  } else if (e->state != job_state::paused) {
    answer_as_it_is(job, t);
  } else {
    load_for(job, t, [this, t](job_record found) {
      move_to(found.row, job_state::queued, wall());
      commit_row(std::move(found.row), t, [this](const job_row& committed) {
        index_.note(committed.id, committed.state, committed.run_no);
        index_.make_ready(committed.id);
        admit();
      });
    });
  }
}

void queue_shell::retry_now(job_id job, ticket t) {
  if (draining_)
    promises_.answer(t, caf::make_error(errc::shutting_down));
  else if (index_.find(job))
    promises_.answer(t, wrong_state("the job has not ended"));
  else if (auto& a = active_[job];
           a.row && a.row->state == job_state::failed) // Its runner still has the slot.
    a.after_run.push_back([this, job, t] { retry_now(job, t); });
  else
    load_for(job, t, [this, t](job_record found) { begin_anew(std::move(found.row), t); });
}

void queue_shell::begin_anew(job_row row, ticket t) {
  if (row.state == job_state::succeeded)
    return promises_.answer(t, has_ended(row.state));
  if (row.state == job_state::cancelled && !row.part.empty())
    return promises_.answer(t, wrong_state("its part file is still being removed: try again"));
  if (!row.spec.output.empty() && !shares_output(row.spec) && index_.has_output(row.spec.output))
    return promises_.answer(
        t, caf::make_error(errc::conflict, "another unfinished job writes " + row.spec.output));
  if (auto full = fullness(1))
    return promises_.answer(t, std::move(full));
  const auto now = wall();
  ++row.run_no;
  row.crashes = 0;
  row.retried_at = now;
  row.finished_at.reset();
  move_to(row, job_state::queued, now);
  store_batch batch;
  if (row.part.empty()) { // Nothing is left of it.
    row.identity = {};
    row.bytes_done = 0;
    row.target.clear();
    batch.emplace_back(save_extents{row.id, {}, true});
  }
  batch.insert(batch.begin(), reopen_job{row});
  batch.emplace_back(add_event{event_of(row, now)});
  index_.insert(pending_of(row));
  const auto job = row.id;
  commit(job, std::move(batch), [this, t, row = std::move(row)](const caf::error& failed) {
    if (failed) {
      index_.erase(row.id);
      promises_.answer(t, failed == errc::stale ? wrong_state("the job has not ended") : failed);
      return;
    }
    promises_.answer(t, view_of({row, {}, {}}, {}));
    index_.make_ready(row.id);
    admit();
  });
}

} // namespace tributary
