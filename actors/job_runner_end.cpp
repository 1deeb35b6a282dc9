// What a runner tells the queue, and the ways a run ends other than with a published file.
#include "actors/job_runner_shell.hpp"
#include "net/client/publish.hpp"

#include <algorithm>
#include <utility>

namespace tributary {

namespace {

constexpr auto disk_pause = seconds{30};
constexpr auto stop_grace = seconds{5};
/// A long delay is cut into steps: a pending timer keeps an ended actor's memory.
constexpr auto longest_alarm = milliseconds{60'000};

} // namespace

/// With whatever decision was made since the last one.
job_report runner_shell::fresh_report() {
  job_report r;
  r.job = row_.id;
  r.run_no = row_.run_no;
  r.decision = std::exchange(decision_, {});
  return r;
}

/// ... and with what is in the part file, and whose attempt ended.
job_report runner_shell::bytes_report() {
  auto r = fresh_report();
  r.attempt = std::exchange(attempt_, {});
  r.extents = bytes_.durable_extents();
  r.bytes_done = bytes_.durable();
  r.identity = identity_;
  return r;
}

/// One at a time: while the journal is busy, only the newest state is worth telling.
void runner_shell::report_progress() {
  if (progress_out_) {
    progress_due_ = true;
    return;
  }
  progress_out_ = true;
  this->request(queue_, report_timeout, report_atom_v, bytes_report())
      .then(
          [this](bool is_mine) {
            progress_out_ = false;
            if (!is_mine)
              quit();
            else if (std::exchange(progress_due_, false) && step_ == step::transfer)
              report_progress();
          },
          [this](caf::error& why) { quit(std::move(why)); });
}

void runner_shell::report_and_quit(job_report r) {
  step_ = step::end;
  this->request(queue_, report_timeout, report_atom_v, std::move(r))
      .then([this](bool) { quit(); }, [this](caf::error& why) { quit(std::move(why)); });
}

/// Gives the lease back with what became of it. The attempt itself is still to be reported.
void runner_shell::release() {
  if (lease_ && attempt_)
    send(supervisor_, release_atom_v, lease_->id, *attempt_);
  lease_.reset();
}

/// A fault of our own: nobody is blamed, the job tries again later, in the same state when `as` is empty.
void runner_shell::wait_for_disk(const file_error& why, std::optional<job_state> as) {
  auto r = bytes_report();
  r.state = as;
  r.next_attempt_at = wall() + disk_pause;
  r.error = error_of(why);
  report_and_quit(std::move(r));
}

/// A part file with bytes stays for a later retry; one without goes.
void runner_shell::fail(job_error why) {
  auto end = [this, why = std::move(why)](const std::optional<std::string>& part) {
    auto r = bytes_report();
    r.state = job_state::failed;
    r.error = why;
    r.part = part;
    report_and_quit(std::move(r));
  };
  if (bytes_.written() > 0) {
    end({});
    return;
  }
  on_files(
      step::files, [root = resources_.root, part = row_.part] { return remove_part(*root, part); },
      [end = std::move(end)](const file_error& failed) {
        end(failed ? std::nullopt : std::optional{std::string{}});
      });
}

void runner_shell::stop(stop_reason why) {
  if (step_ == step::end || step_ == step::publish)
    return; // It ends soon by itself.
  if (why == stop_reason::deadline && complete_)
    return;
  if (stop_ && why != stop_reason::cancelled)
    return;
  stop_ = why;
  if (step_ == step::grant || step_ == step::pause) {
    finish_stop();
    return;
  }
  if (step_ == step::transfer)
    send(lease_->handle, cancel_atom_v, lease_->id);
  delayed_send(this, stop_grace, alarm_atom_v, static_cast<std::uint64_t>(alarm::stop_grace));
}

/// Nothing is under way any more (or does not answer in time).
void runner_shell::finish_stop() {
  if (lease_ && !attempt_ && step_ == step::transfer) {
    transfer_result r;
    r.result = outcome::cancelled;
    r.cause = fault::cancelled;
    r.message = "the transfer did not end in time";
    attempt_ = attempt_of(*lease_, r, began_, wall(), progressed_);
  }
  if (attempt_ && *stop_ == stop_reason::deadline && attempt_->cause == fault::cancelled)
    attempt_->cause = fault::deadline;
  release();
  if (*stop_ == stop_reason::cancelled) {
    quit(); // Committed already; the queue discards the part file.
    return;
  }
  if (*stop_ == stop_reason::deadline) {
    stop_.reset();
    fail(deadline_error(last_error_));
    return;
  }
  auto r = bytes_report();
  r.state = job_state::queued;
  report_and_quit(std::move(r));
}

void runner_shell::arm_deadline() {
  const auto left = std::clamp(*deadline_ - wall(), milliseconds{0}, longest_alarm);
  delayed_send(this, left, alarm_atom_v, static_cast<std::uint64_t>(alarm::deadline));
}

void runner_shell::ring(alarm which) {
  switch (which) {
  case alarm::want_again:
    if (step_ == step::pause)
      want();
    break;
  case alarm::stop_grace:
    if (step_ != step::end && step_ != step::publish)
      finish_stop();
    break;
  case alarm::deadline:
    if (wall() >= *deadline_)
      stop(stop_reason::deadline);
    else
      arm_deadline();
    break;
  }
}

} // namespace tributary
