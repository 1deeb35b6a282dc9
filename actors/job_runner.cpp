// The frame: messages, what is there when a run begins, and starting over. See job_runner_shell.hpp for the
// whole way.
#include "actors/job_runner.hpp"

#include "actors/candidates.hpp"
#include "actors/crash.hpp"
#include "actors/job_runner_shell.hpp"
#include "net/client/publish.hpp"

#include <algorithm>
#include <cassert>

namespace tributary {

namespace {

/// Did an earlier attempt show that bytes of several providers make a wrong file?
bool was_mixed_up(const std::vector<attempt_row>& attempts, const job_row& row) {
  return std::ranges::any_of(attempts, [&](const attempt_row& a) {
    return counts(a, row) && a.result == outcome::identity && a.cause == fault::none;
  });
}

/// What the file system says before anything is asked of anybody.
struct findings {
  bool target_exists = false;
  std::vector<std::uint64_t> lost; ///< Offsets of extents whose bytes are not there, or are others.
  file_error error;
};

/// Are the bytes here that the journal knows of? What else is in the file may be anybody's, and is written
/// over.
void look_at_bytes(
    part_file& part, const std::vector<extent>& extents, std::optional<std::uint64_t> size, findings& f) {
  const auto now = part.stat();
  f.error = now.error;
  for (const auto& e : extents)
    if (!f.error && (e.offset + e.length > now.size || (e.xxh3 && part.xxh3(e.offset, e.length) != e.xxh3)))
      f.lost.push_back(e.offset);
  if (!f.error && size && now.size > *size)
    f.error = part.truncate(*size);
}

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
      origin_(job.extents, wanted_piece_bytes()),
      plan_(wanted_piece_bytes()),
      identity_(row_.identity),
      single_source_(was_mixed_up(job.attempts, row_)) {
  assert(!row_.part.empty());
  for (const auto& a : job.attempts)
    last_attempt_ = std::max(last_attempt_, a.number);
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
      [this](yield_atom, transfer_id id) { yield(id); },
      [this](stop_atom, stop_reason why) { stop(why); },
      [this](errand_done& errand) { errand.finish(); },
      [this](alarm_atom, std::uint64_t which) { ring(static_cast<alarm>(which)); },
  };
}

void runner_shell::on_exit() {
  queue_ = nullptr;
  supervisor_ = nullptr;
  leaving_.request_stop();
  streams_.clear();
  in_hand_.reset();
  last_.reset();
  if (part_)
    part_->abandon(); // A transfer that has not heard of it yet makes no file that nobody knows of.
  part_.reset();
}

std::uint64_t runner_shell::wanted_piece_bytes() const {
  return static_cast<std::uint64_t>(global().piece_size_mib) << 20;
}

std::size_t runner_shell::max_segments() const {
  return static_cast<std::size_t>(std::max(1, row_.spec.max_segments.value_or(global().max_segments)));
}

/// A name that the source chose replaces nothing.
on_conflict runner_shell::conflict_rule() const {
  const auto rule = row_.spec.on_conflict.value_or(global().on_conflict);
  return row_.spec.output.empty() && rule == on_conflict::replace ? on_conflict::rename : rule;
}

void runner_shell::begin() {
  if (row_.state == job_state::publishing) {
    complete_ = true;
    publish({row_.part, row_.target, row_.inode, row_.bytes_done, row_.sha256, conflict_rule(), flush()});
    return;
  }
  if (row_.target.empty())
    row_.target = row_.spec.output;
  part_ = std::make_shared<part_file>(resources_.root, row_.part, wants_hash());
  part_->set_piece_bytes(plan_.piece_bytes());
  if (deadline_)
    arm_deadline();
  inspect();
}

/// Is there room for the result, and which of the bytes that the journal knows of are here?
void runner_shell::inspect() {
  const bool must_be_free = conflict_rule() == on_conflict::error && !target().empty();
  auto look = [part = part_, root = resources_.root, must_be_free, target = target(),
               extents = origin_.extents(), size = identity_.size] {
    findings f;
    f.target_exists = must_be_free && target_exists(*root, target);
    if (f.target_exists)
      return f;
    if (extents.empty())
      f.error = remove_part(*root, part->name());
    else
      look_at_bytes(*part, extents, size, f);
    return f;
  };
  on_files(step::files, std::move(look), [this](const findings& f) {
    if (f.target_exists) {
      fail(conflict_error(target() + " exists already"));
    } else if (f.error) {
      wait_for_disk(f.error);
    } else {
      origin_.drop(f.lost);
      take_stock();
      plan_.complete() ? complete() : fetch();
    }
  });
}

/// Plans with the bytes that are here, and knows who may go on giving them.
void runner_shell::take_stock() {
  const auto extents = origin_.extents();
  plan_.restart(wanted_piece_bytes());
  told_.clear();
  identity_known_ = !extents.empty();
  if (extents.empty()) {
    identity_ = {};
    return;
  }
  if (identity_.size)
    plan_.set_size(*identity_.size);
  part_->set_piece_bytes(plan_.piece_bytes());
  for (const auto& e : extents) {
    plan_.keep({e.offset, e.offset + e.length});
    auto& told = told_[e.provider];
    told = identity_;
    told.etag = e.validator;
  }
}

/// Throws all bytes away: in the journal first, since the part file may hold others soon.
void runner_shell::start_over() {
  assert(streams_.empty());
  start_over_due_ = complete_ = false;
  origin_.restart();
  compared_.clear();
  rangeless_.clear();
  too_early_.clear();
  take_stock();
  must_truncate_ = true;
  report(bytes_report(), [this] { prepare(); });
}

/// Bytes that the journal does not know of are cut off before others come.
void runner_shell::prepare() {
  if (!must_truncate_) {
    fetch();
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
        fetch();
      });
}

void runner_shell::fetch() {
  step_ = step::fetch;
  if (in_hand_)
    begin_stream(*std::exchange(in_hand_, {}));
  else
    want();
}

job_runner_actor spawn_job_runner(
    caf::actor_system& system, job_record job, settings_ptr settings, job_queue_actor queue,
    failover_supervisor_actor supervisor, runner_resources resources) {
  return system.spawn<runner_shell>(
      std::move(job), std::move(settings), std::move(queue), std::move(supervisor), std::move(resources));
}

} // namespace tributary
