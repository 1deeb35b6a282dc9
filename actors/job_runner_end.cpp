// What a runner tells the queue, and the ways a run ends other than with a published file.
#include "actors/candidates.hpp"
#include "actors/job_runner_shell.hpp"
#include "net/client/publish.hpp"

#include <algorithm>
#include <utility>

namespace tributary {

namespace {

constexpr auto disk_pause = seconds{30};
constexpr auto transfer_end_grace = seconds{5};
/// A long delay is cut into steps: a pending timer keeps an ended actor's memory.
constexpr auto longest_alarm = milliseconds{60'000};

} // namespace

/// With whatever was decided since the last one.
job_report runner_shell::fresh_report() {
  job_report r;
  r.job = row_.id;
  r.run_no = row_.run_no;
  r.decisions = std::exchange(decisions_, {});
  return r;
}

/// ... and with what is in the part file, and whose attempts ended.
job_report runner_shell::bytes_report() {
  auto r = fresh_report();
  r.attempts = std::exchange(attempts_, {});
  auto news = origin_.take_news();
  r.extents = std::move(news.extents);
  r.extents_anew = news.anew;
  r.provider = origin_.main_provider();
  r.bytes_done = origin_.durable_bytes();
  r.identity = identity_;
  if (row_.spec.output.empty() && !row_.target.empty())
    r.target = row_.target;
  return r;
}

/// One at a time: while the journal is busy, only the newest state is worth telling.
void runner_shell::tell_news() {
  if (attempts_.empty() && !origin_.has_news())
    return; // A decision alone can wait.
  if (telling_) {
    tell_again_ = true;
    return;
  }
  telling_ = true;
  this->request(queue_, caf::infinite, report_atom_v, bytes_report())
      .then(
          [this](bool is_mine) {
            telling_ = false;
            if (!is_mine)
              quit();
            else if (std::exchange(tell_again_, false) && step_ == step::fetch)
              tell_news();
          },
          [this](caf::error& why) { quit(std::move(why)); });
}

void runner_shell::report_and_quit(job_report r) {
  step_ = step::end;
  this->request(queue_, caf::infinite, report_atom_v, std::move(r))
      .then([this](bool) { quit(); }, [this](caf::error& why) { quit(std::move(why)); });
}

/// Gives a lease back with what became of it; the next report tells of the attempt.
void runner_shell::release(const lease& l, attempt_row a) {
  send(supervisor_, release_atom_v, l.id, a);
  if (was_sent(a))
    attempts_.push_back(std::move(a));
}

void runner_shell::release_last() {
  if (auto last = std::exchange(last_, {}))
    release(last->held, std::move(last->attempt));
}

/// A fault of our own: nobody is blamed, the job tries again later, in the same state when `as` is empty. An
/// output that cannot be written whatever time passes ends it.
void runner_shell::wait_for_disk(const file_error& why, std::optional<job_state> as) {
  if (as && is_about_the_name(why)) {
    fail(output_error(target().empty() ? row_.part : target(), why));
    return;
  }
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
  if (plan_.here().total() > 0 || origin_.durable_bytes() > 0) {
    end({});
    return;
  }
  on_files(
      step::files, [root = resources_.root, part = row_.part] { return remove_part(*root, part); },
      [end = std::move(end)](const file_error& failed) {
        end(failed && !is_about_the_name(failed) ? std::nullopt : std::optional{std::string{}});
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
  if (part_ && streams_.empty())
    part_->abandon(); // Whatever is being hashed or compared: nobody waits for it any more.
  if (step_ == step::fetch && streams_.empty()) {
    finish_stop();
    return;
  }
  cancel_all();
  delayed_send(this, transfer_end_grace, alarm_atom_v, static_cast<std::uint64_t>(alarm::stop_grace));
}

/// Nothing is under way any more (or does not answer in time).
void runner_shell::finish_stop() {
  transfer_result none;
  none.result = outcome::cancelled;
  none.cause = fault::cancelled;
  none.message = "the transfer did not end in time";
  for (const auto& [id, s] : std::exchange(streams_, {}))
    release(s.held, attempt_of(s.held, none, s.began, wall(), s.progressed));
  release_last();
  if (*stop_ == stop_reason::cancelled) {
    quit(); // Committed already; the queue discards the part file.
    return;
  }
  if (*stop_ == stop_reason::deadline) {
    for (auto& a : attempts_)
      a.cause = a.cause == fault::cancelled ? fault::deadline : a.cause;
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
    pausing_ = false;
    want();
    break;
  case alarm::stop_grace:
    if (stop_ && step_ != step::end && step_ != step::publish)
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
