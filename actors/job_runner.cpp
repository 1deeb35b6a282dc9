// The way to the bytes: what is there already, leases, transfers. See job_runner_shell.hpp for the whole way.
#include "actors/job_runner.hpp"

#include "actors/candidates.hpp"
#include "actors/crash.hpp"
#include "actors/job_runner_shell.hpp"
#include "net/client/publish.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace tributary {

namespace {

/// A provider accepts or refuses at once; its wrapper answers for it within 5 s.
constexpr auto accept_timeout = seconds{10};
constexpr auto busy_pause = milliseconds{250};

/// Did an earlier attempt show that bytes of several providers make a wrong file?
bool was_mixed_up(const job_record& job) {
  return std::ranges::any_of(job.attempts, [](const attempt_row& a) {
    return a.result == outcome::identity && a.cause == fault::none;
  });
}

/// What the file system says before anything is asked of anybody.
struct findings {
  bool target_exists = false;
  bool bytes_lost = false;
  file_error error;
};

} // namespace

runner_shell::runner_shell(
    caf::actor_config& cfg, job_record job, settings_ptr settings, job_queue_actor queue,
    failover_supervisor_actor supervisor, runner_resources resources)
    : runner_shell_api::base(cfg),
      row_(std::move(job.row)),
      settings_(std::move(settings)),
      queue_(std::move(queue)),
      supervisor_(std::move(supervisor)),
      resources_(std::move(resources)),
      deadline_(deadline_of(row_, settings_->document.global)),
      bytes_(job.extents, piece_bytes()),
      identity_(row_.identity),
      single_source_(was_mixed_up(job)) {
  assert(!row_.part.empty());
  set_exception_handler(crashed);
}

runner_shell::behavior_type runner_shell::make_behavior() {
  begin();
  return {
      [this](opened_atom, transfer_id id, const source_facts& facts) { opened(id, facts); },
      [this](progress_atom, transfer_id id, const transfer_progress& p) { progress(id, p); },
      [this](ended_atom, transfer_id id, const transfer_result& r) { ended(id, r); },
      [this](granted_atom, lease& l) { granted(std::move(l)); },
      [this](denied_atom, const denial& d) { denied(d); },
      [this](stop_atom, stop_reason why) { stop(why); },
      [this](errand_done& errand) { errand.finish(); },
      [this](alarm_atom, std::uint64_t which) { ring(static_cast<alarm>(which)); },
  };
}

void runner_shell::on_exit() {
  queue_ = nullptr;
  supervisor_ = nullptr;
  lease_.reset();
  part_.reset();
}

std::uint64_t runner_shell::piece_bytes() const {
  return static_cast<std::uint64_t>(global().piece_size_mib) << 20;
}

void runner_shell::begin() {
  if (row_.state == job_state::publishing) {
    complete_ = true;
    publish({row_.part, row_.target, row_.inode, row_.bytes_done, row_.sha256, conflict_rule(), flush()});
    return;
  }
  const bool hash = row_.spec.sha256 || global().record_sha256;
  part_ = std::make_shared<part_file>(resources_.root, row_.part, hash);
  if (deadline_)
    arm_deadline();
  inspect();
}

/// Is there room for the result, and are the bytes here that the journal knows of? What is beyond them may be
/// anybody's and goes.
void runner_shell::inspect() {
  const bool must_be_free = conflict_rule() == on_conflict::error;
  auto look = [part = part_, root = resources_.root, must_be_free, target = row_.spec.output,
               have = bytes_.written()] {
    findings f;
    f.target_exists = must_be_free && target_exists(*root, target);
    if (f.target_exists)
      return f;
    if (have == 0) {
      f.error = remove_part(*root, part->name());
      return f;
    }
    const auto now = part->stat();
    f.error = now.error;
    f.bytes_lost = !now.error && now.size < have;
    if (!now.error && now.size > have)
      f.error = part->truncate(have);
    return f;
  };
  on_files(step::files, std::move(look), [this](const findings& f) {
    if (f.target_exists)
      fail(conflict_error(row_.spec.output));
    else if (f.error)
      wait_for_disk(f.error);
    else if (f.bytes_lost)
      fetch_anew();
    else if (bytes_.written() > 0 && identity_.size == bytes_.written())
      complete();
    else
      want();
  });
}

void runner_shell::want() {
  step_ = step::grant;
  const auto size = identity_.size ? identity_.size : row_.spec.size;
  const auto left = size && *size > bytes_.written() ? *size - bytes_.written() : 0;
  send(
      supervisor_, want_atom_v, lease_request{row_.id, row_.run_no, left},
      caf::actor_cast<job_runner_actor>(this));
}

void runner_shell::denied(const denial& d) {
  if (step_ != step::grant)
    return;
  decision_ = d.decision;
  if (d.error) {
    fail(*d.error);
    return;
  }
  auto r = bytes_report();
  r.state = job_state::waiting;
  r.next_attempt_at = d.decision.wait_until.value_or(wall());
  r.error = last_error_;
  report_and_quit(std::move(r));
}

void runner_shell::granted(lease l) {
  if (step_ != step::grant)
    return;
  decision_ = l.decision;
  lease_ = std::move(l);
  const bool mixes = single_source_ && !bytes_.is_all_from(lease_->provider);
  if (bytes_.written() == 0 || !(lease_->afresh || mixes))
    prepare();
  else
    fetch_anew();
}

/// Throws all bytes away: in the journal first, since the part file may hold others soon.
void runner_shell::fetch_anew() {
  bytes_.restart();
  identity_ = {};
  must_truncate_ = true;
  complete_ = false;
  report(bytes_report(), [this] { lease_ ? prepare() : want(); });
}

/// Bytes that the journal does not know of are cut off before others come.
void runner_shell::prepare() {
  if (!must_truncate_) {
    transfer();
    return;
  }
  on_files(
      step::files, [part = part_] { return part->truncate(0); },
      [this](const file_error& failed) {
        if (failed) {
          wait_for_disk(failed);
          return;
        }
        must_truncate_ = false;
        transfer();
      });
}

void runner_shell::transfer() {
  step_ = step::transfer;
  source_ = {lease_->provider, lease_->attempt, {}};
  offset_ = bytes_.written();
  began_ = wall();
  progressed_ = false;
  wrong_size_.clear();
  rate_.start(clock().now(), offset_);
  transfer_request q;
  q.id = lease_->id;
  q.path = lease_->path;
  q.url = lease_->url;
  q.item = row_.spec.resource.item;
  q.target = part_;
  q.offset = offset_;
  q.expected = identity_;
  q.digest_known = row_.spec.sha256.has_value();
  q.stall_timeout = milliseconds{std::llround(global().stall_timeout_seconds * 1000)};
  q.piece_bytes = piece_bytes();
  q.flush = flush();
  this->request(
          lease_->handle, accept_timeout, transfer_atom_v, std::move(q),
          caf::actor_cast<transfer_sink_actor>(this), caf::actor_cast<caf::strong_actor_ptr>(this))
      .then([](transfer_id) {}, [this, id = lease_->id](const caf::error& why) { refused(id, why); });
}

/// Nothing was started, as far as we know; if it was, it is not wanted.
void runner_shell::refused(transfer_id id, const caf::error& why) {
  if (step_ != step::transfer || !lease_ || lease_->id != id)
    return;
  if (why != errc::busy && lease_->handle)
    send(lease_->handle, cancel_atom_v, id);
  transfer_result r;
  r.cause = fault::busy;
  r.result = verdict_of(r.cause, 0, false).result;
  r.message = describe(why);
  ended(id, r);
}

void runner_shell::opened(transfer_id id, const source_facts& facts) {
  if (step_ != step::transfer || lease_->id != id)
    return;
  if (offset_ == 0)
    identity_ = facts.identity;
  else
    adopt(identity_, facts.identity);
  source_.validator = facts.identity.etag;
  const auto& wanted = row_.spec.size;
  if (wanted && facts.identity.size && *wanted != *facts.identity.size) {
    wrong_size_ = "it has " + std::to_string(*facts.identity.size) + " bytes, not the " +
                  std::to_string(*wanted) + " asked for";
    send(lease_->handle, cancel_atom_v, id);
  }
}

void runner_shell::progress(transfer_id id, const transfer_progress& p) {
  if (step_ != step::transfer || lease_->id != id)
    return;
  bytes_.advance(p, source_);
  rate_.update(clock().now(), bytes_.written());
  send(queue_, job_progress{row_.id, row_.run_no, bytes_.written(), rate_.mbps(), lease_->provider});
  if (bytes_.take_new_piece()) {
    progressed_ = true;
    report_progress();
  }
}

void runner_shell::ended(transfer_id id, const transfer_result& r) {
  if (step_ != step::transfer || lease_->id != id)
    return;
  step_ = step::report;
  if (offset_ == 0 && r.written_end > 0)
    identity_ = r.facts.identity;
  bytes_.advance({r.written_end, r.durable_end}, source_);
  progressed_ = bytes_.take_new_piece() || progressed_;
  attempt_ = attempt_of(*lease_, r, began_, wall(), progressed_);
  if (!wrong_size_.empty()) {
    blame(*attempt_, fault::wrong_size, std::move(wrong_size_));
    last_error_ = error_of(*attempt_);
    release();
    fetch_anew();
    return;
  }
  if (stop_) {
    finish_stop();
    return;
  }
  const auto here = bytes_.written();
  if (r.result == outcome::ok && !identity_.size)
    identity_.size = here; // It said so by ending the body.
  const auto size = identity_.size ? identity_.size : r.facts.identity.size;
  const bool nothing_left = r.cause == fault::range_refused && here > 0 && size == here;
  if (r.result == outcome::ok && here < *size)
    blame(
        *attempt_, fault::truncated,
        "the file ended after " + std::to_string(here) + " of " + std::to_string(*size) + " bytes");
  if (attempt_->result == outcome::ok || nothing_left)
    complete();
  else
    attempt_failed();
}

void runner_shell::attempt_failed() {
  const auto cause = attempt_->cause;
  if (attempt_->result != outcome::cancelled)
    last_error_ = error_of(*attempt_);
  release();
  if (!was_sent(*attempt_)) {
    attempt_.reset();
    step_ = step::pause;
    delayed_send(this, busy_pause, alarm_atom_v, static_cast<std::uint64_t>(alarm::want_again));
  } else if (cause == fault::range_refused) {
    fetch_anew(); // What is here reaches beyond the file: no part of it.
  } else {
    report(bytes_report(), [this] { want(); });
  }
}

job_runner_actor spawn_job_runner(
    caf::actor_system& system, job_record job, settings_ptr settings, job_queue_actor queue,
    failover_supervisor_actor supervisor, runner_resources resources) {
  return system.spawn<runner_shell>(
      std::move(job), std::move(settings), std::move(queue), std::move(supervisor), std::move(resources));
}

} // namespace tributary
