// The frame of the queue: its messages, its talk with the store, its timers and its end.
#include "actors/job_queue.hpp"

#include "actors/crash.hpp"
#include "actors/job_queue_shell.hpp"
#include "actors/job_views.hpp"
#include "actors/report_apply.hpp"
#include "net/client/publish.hpp"

#include <algorithm>

namespace tributary {

namespace {

/// Draining takes no longer, whatever hangs.
constexpr auto drain_limit = seconds{6};
/// Wall clocks jump: a long wait is looked at again after so long.
constexpr auto longest_timer = milliseconds{60'000};
/// One that was set back by less delays by no more than that.
constexpr auto clock_step_min = milliseconds{1'000};

} // namespace

queue_shell::queue_shell(caf::actor_config& cfg, job_queue_options options)
    : queue_shell_api::base(cfg), options_(std::move(options)), settings_(options_.initial) {
  set_exception_handler(crashed);
}

queue_shell::behavior_type queue_shell::make_behavior() {
  recover();
  return {
      [this](submit_atom, job_spec& spec) { return submit(std::move(spec)); },
      [this](submit_atom, job_submission& jobs) { return submit_all(std::move(jobs)); },
      [this](get_atom, job_id job) { return get(job); },
      [this](list_atom, const job_filter& filter) { return list(filter); },
      [this](trace_atom what, job_id job) { return delegate(options_.store, what, job); },
      [this](cancel_atom, job_id job) { return control(job, &queue_shell::cancel_now); },
      [this](pause_atom, job_id job) { return control(job, &queue_shell::pause_now); },
      [this](resume_atom, job_id job) { return control(job, &queue_shell::resume_now); },
      [this](retry_atom, job_id job) { return control(job, &queue_shell::retry_now); },
      [this](report_atom, job_report& r) { return report(std::move(r)); },
      [this](const job_progress& p) {
        const auto at = active_.find(p.job);
        if (at != active_.end() && at->second.row && at->second.row->run_no == p.run_no)
          at->second.live = p;
      },
      [this](ended_atom, job_id job, std::uint32_t run_no, const std::string& why) {
        ended(job, run_no, why);
      },
      [this](parked_atom, job_id job, std::uint32_t run_no, bool is_parked) {
        parked(job, run_no, is_parked);
      },
      [this](stats_atom) { return counts(); },
      [this](drain_atom) { return drain(); },
      [this](settings_ptr& s) {
        const auto before = std::exchange(settings_, std::move(s));
        if (brings_somebody(before->document, settings_->document))
          index_.wake(wall_time::max()); // What waits for the others need not wait any more.
        admit();
      },
      [this](wake_atom, std::uint64_t number) { woken(number); },
      [this](go_on_atom) {
        paused_ = false;
        admit();
      },
      [this](expire_atom) { answer_drains(); },
      [this](errand_done& errand) { errand.finish(); },
  };
}

void queue_shell::on_exit() {
  promises_.refuse_all();
  active_.clear();
  options_ = {};
}

/// What was running when the last process ended is ready again; what was being published goes first.
void queue_shell::recover() {
  static_cast<void>(was_set_back()); // From now on it is noticed.
  auto& past = options_.recovered;
  last_job_ = past.last_job;
  for (auto& job : past.pending) {
    const auto id = job.id;
    const auto state = job.state;
    const bool was_at_work = state == job_state::running || state == job_state::verifying;
    if (was_at_work)
      job.state = job_state::queued;
    const auto at = state == job_state::waiting ? job.next_attempt_at : std::nullopt;
    index_.insert(std::move(job));
    if (was_at_work)
      put_back_stored(id);
    else if (at)
      hold_until(id, *at);
    else if (state != job_state::paused)
      index_.make_ready(id);
  }
  for (const auto& l : past.leftovers)
    discard_part(l.job, l.part);
  past = {};
  admit();
}

// -- one exchange with the store at a time, per job ------------------------------

void queue_shell::when_idle(job_id job, std::function<void()> f) {
  active_[job].later.push_back(std::move(f));
  settled(job);
}

/// Does what waited for the job to be idle, until it is busy again.
void queue_shell::settled(job_id job) {
  for (;;) {
    const auto at = active_.find(job);
    if (at == active_.end() || at->second.busy)
      return;
    auto& a = at->second;
    if (a.later.empty()) {
      if (!a.has_slot)
        active_.erase(at);
      return;
    }
    const auto next = std::move(a.later.front());
    a.later.pop_front();
    next();
  }
}

/// The jobs are busy until it is answered, however long that takes: the store answers every write, if only as
/// it ends, and giving up earlier would mean not to know whether it holds. (Each time limit would also wake
/// the clock's thread.)
void queue_shell::write(std::vector<job_id> jobs, store_batch batch, then_written then) {
  for (const auto job : jobs) {
    active_[job].busy = true;
    at_hand_.erase(job);
  }
  auto events = committed_events(batch, 0);
  struct waiting {
    std::vector<job_id> jobs;
    then_written then;
  };
  // Shared by both answers: what `then` holds is large.
  auto asked = std::make_shared<waiting>(waiting{std::move(jobs), std::move(then)});
  const auto answered = [this, asked = std::move(asked)](caf::expected<commit_result> r) {
    for (const auto job : asked->jobs)
      active_[job].busy = false;
    asked->then(std::move(r));
    for (const auto job : asked->jobs)
      settled(job);
  };
  this->request(options_.store, caf::infinite, write_atom_v, std::move(batch))
      .then(
          [this, answered, events = std::move(events)](commit_result& r) mutable {
            if (r.first_event > 0) {
              for (auto& e : events)
                e.number += r.first_event;
              send(options_.events, publish_atom_v, std::move(events));
            }
            answered(std::move(r));
          },
          [answered](const caf::error& why) {
            answered(caf::make_error(errc::store_failed, describe(why)));
          });
}

void queue_shell::commit(job_id job, store_batch batch, then_committed then) {
  write({job}, std::move(batch), [then = std::move(then)](const caf::expected<commit_result>& r) {
    then(!r ? r.error() : r->stale ? caf::make_error(errc::stale) : caf::error{});
  });
}

void queue_shell::load(job_id job, then_loaded then) {
  active_[job].busy = true;
  this->request(options_.store, store_timeout, find_atom_v, job)
      .then(
          [this, job, then](job_record& found) {
            active_[job].busy = false;
            then(std::move(found));
            settled(job);
          },
          [this, job, then](caf::error& why) {
            active_[job].busy = false;
            then(std::move(why));
            settled(job);
          });
}

void queue_shell::store_failed() {
  if (std::exchange(paused_, true))
    return;
  delayed_send(this, store_pause, go_on_atom_v);
}

/// The name is forgotten only after the file is gone; what fails here is tried again at the next start.
void queue_shell::discard_part(job_id job, const std::string& part) {
  if (part.empty())
    return;
  run_errand(
      this, *options_.files, [root = options_.root, part] { return remove_part(*root, part); },
      [this, job](const file_error& failed) {
        if (failed)
          return;
        this->request(options_.store, store_timeout, write_atom_v, store_batch{clear_part{job}})
            .then(
                [](const commit_result&) {},
                [](const caf::error&) { /* The next start finds it as a leftover. */ });
      });
}

// -- timers ----------------------------------------------------------------------

void queue_shell::hold_until(job_id job, wall_time at) {
  index_.hold_until(job, at);
  arm_timer();
}

void queue_shell::arm_timer() {
  const auto due = index_.next_due();
  if (!due)
    return;
  const auto wait = std::clamp(*due - wall(), milliseconds{0}, longest_timer);
  const auto at = clock().now() + wait;
  if (timer_due_ && *timer_due_ <= at)
    return;
  timer_due_ = at;
  delayed_send(this, wait, wake_atom_v, ++timer_no_);
}

void queue_shell::woken(std::uint64_t number) {
  if (number != timer_no_)
    return;
  timer_due_.reset();
  index_.wake(was_set_back() ? wall_time::max() : wall());
  admit();
  arm_timer();
}

/// The wall clock, since this was last asked. Times that were fixed before may not come for long: instead of
/// that, all who wait are looked at.
bool queue_shell::was_set_back() {
  const auto lead =
      wall().time_since_epoch() - std::chrono::floor<milliseconds>(clock().now().time_since_epoch());
  const auto before = std::exchange(clock_lead_, lead);
  return before && lead + clock_step_min < *before;
}

// -- what is shown ---------------------------------------------------------------

job_view queue_shell::shown(job_record stored) const {
  if (const auto* e = index_.find(stored.row.id); e && !is_final(stored.row.state))
    stored.row.state = e->state;
  const auto at = active_.find(stored.row.id);
  if (at != active_.end() && at->second.parked && stored.row.state == job_state::running)
    stored.row.state = job_state::waiting;
  return view_of(stored, at == active_.end() ? std::nullopt : at->second.live);
}

caf::result<job_view> queue_shell::get(job_id job) {
  auto promise = make_response_promise<job_view>();
  const auto t = promises_.keep(promise);
  this->request(options_.store, store_timeout, find_atom_v, job)
      .then(
          [this, t](job_record& found) { promises_.answer(t, shown(std::move(found))); },
          [this, t](caf::error& why) { promises_.answer(t, std::move(why)); });
  return promise;
}

caf::result<job_page> queue_shell::list(const job_filter& filter) {
  auto promise = make_response_promise<job_page>();
  const auto t = promises_.keep(promise);
  this->request(options_.store, store_timeout, list_atom_v, filter)
      .then(
          [this, t](stored_page& found) {
            job_page page;
            page.next = found.next;
            for (auto& stored : found.jobs)
              page.jobs.push_back(shown(std::move(stored)));
            promises_.answer(t, std::move(page));
          },
          [this, t](caf::error& why) { promises_.answer(t, std::move(why)); });
  return promise;
}

queue_counts queue_shell::counts() const {
  auto c = ended_;
  c.running = running_;
  c.queued = index_.ready();
  c.waiting = index_.held() + parked_;
  c.paused = index_.paused();
  return c;
}

// -- the end ---------------------------------------------------------------------

caf::result<std::uint32_t> queue_shell::drain() {
  auto promise = make_response_promise<std::uint32_t>();
  drains_.push_back(promises_.keep(promise));
  if (!std::exchange(draining_, true)) {
    delayed_send(this, drain_limit, expire_atom_v);
    for (const auto& [job, a] : active_)
      if (a.has_slot)
        send(options_.supervisor, stop_atom_v, job, stop_reason::shutdown);
  }
  if (running_ + parked_ == 0)
    answer_drains();
  return promise;
}

void queue_shell::answer_drains() {
  for (const auto t : std::exchange(drains_, {}))
    promises_.answer(t, put_back_);
}

job_queue_actor spawn_job_queue(caf::actor_system& system, job_queue_options options) {
  return system.spawn<queue_shell>(std::move(options));
}

} // namespace tributary
