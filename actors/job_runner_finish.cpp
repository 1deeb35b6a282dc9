// From the last byte to the published file: size and digest, the publishing step, and what a wrong file
// means.
#include "actors/candidates.hpp"
#include "actors/job_runner_shell.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace tributary {

/// All bytes are here. Measuring a large file takes a while, so that is a state of its own.
void runner_shell::complete() {
  complete_ = true;
  if (plan_.here().total() <= plan_.piece_bytes()) {
    verify();
    return;
  }
  auto r = bytes_report();
  r.state = job_state::verifying;
  report(std::move(r), [this] { verify(); });
}

void runner_shell::verify() {
  const bool hash = wants_hash() || !identity_.digest.empty();
  if (const auto known = part_->settled(); known && !flush() && (!hash || !known->sha256.empty())) {
    verified({{}, known->size, known->inode, hash ? known->sha256 : ""});
    return;
  }
  on_files(
      step::files, [part = part_, hash, to_disk = flush()] { return verify_part(*part, hash, to_disk); },
      [this](verified_file file) { verified(std::move(file)); });
}

void runner_shell::verified(verified_file file) {
  const auto written = plan_.here().total();
  if (!file.error && file.size != written)
    file.error = {
        EIO, "the part file " + row_.part + " has " + std::to_string(file.size) + " bytes, not the " +
                 std::to_string(written) + " that were written"};
  if (file.error) {
    release_last();
    wait_for_disk(file.error);
    return;
  }
  auto f = fault::none;
  if (auto why = mismatch_of(row_.spec, identity_, file, f); !why.empty()) {
    mismatch(f, std::move(why));
    return;
  }
  origin_.note_all_durable();
  identity_.size = file.size;
  if (suspects_.empty()) {
    announce(file);
    return;
  }
  auto differing = [part = part_, suspects = std::exchange(suspects_, {})]() mutable {
    std::erase_if(
        suspects, [&](const extent& e) { return !e.xxh3 || part->xxh3(e.offset, e.length) == e.xxh3; });
    return std::move(suspects);
  };
  on_files(step::files, std::move(differing), [this, file](std::vector<extent> guilty) {
    name_the_guilty(std::move(guilty));
    announce(file);
  });
}

/// The file is right now, so whatever differed in the wrong one was wrong, and it is known who gave it.
void runner_shell::name_the_guilty(std::vector<extent> guilty) {
  std::map<std::string, std::vector<extent>> by_provider;
  for (auto& e : guilty)
    by_provider[e.provider].push_back(std::move(e));
  for (const auto& [provider, parts] : by_provider) {
    attempt_row a;
    a.number = ++last_attempt_;
    a.provider = provider;
    a.started_at = a.finished_at = wall();
    blame(
        a, fault::wrong_digest,
        "of its bytes, " + std::to_string(parts.size()) +
            " runs differ from the right file, the first from byte " + std::to_string(parts.front().offset) +
            " on");
    send(supervisor_, blame_atom_v, row_.id, a);
    attempts_.push_back(std::move(a));
  }
}

/// Nothing is wrong with the file: from here on it is published.
void runner_shell::announce(const verified_file& file) {
  release_last();
  if (target().empty())
    row_.target = unnamed_output;
  auto r = bytes_report();
  r.state = job_state::publishing;
  r.sha256 = file.sha256;
  r.inode = file.inode;
  r.target = target();
  publish_request q{row_.part, target(), file.inode, file.size, file.sha256, conflict_rule(), flush()};
  report(std::move(r), [this, q = std::move(q)]() mutable { publish(std::move(q)); });
}

/// The file is not the one that was asked for. One source is to blame, and all of it goes. Of several nobody
/// knows which: the next try takes all bytes from one, beginning with what that one gave already, and once
/// they make the right file, what differed tells whose were wrong.
void runner_shell::mismatch(fault f, std::string why) {
  const bool is_proven = origin_.is_of_one_source();
  if (!last_) { // All was here when the run began.
    last_.emplace();
    last_->attempt.number = ++last_attempt_;
    last_->attempt.provider = origin_.main_provider();
    last_->attempt.started_at = last_->attempt.finished_at = wall();
    send(supervisor_, blame_atom_v, row_.id, judged(last_->attempt, is_proven, f, why));
  }
  last_->attempt = judged(last_->attempt, is_proven, f, why);
  last_error_ = error_of(last_->attempt);
  release_last();
  complete_ = false;
  if (is_proven) {
    std::erase_if(
        suspects_, [guilty = origin_.main_provider()](const extent& e) { return e.provider == guilty; });
    start_over();
    return;
  }
  if (!single_source_)
    suspects_ = origin_.extents();
  single_source_ = true;
  report(bytes_report(), [this] { fetch(); });
}

void runner_shell::publish(publish_request r) {
  r.give_up = leaving_.get_token();
  on_files(
      step::publish, [root = resources_.root, r = std::move(r)] { return publish_part(*root, r); },
      [this](publish_result result) { published(std::move(result)); });
}

void runner_shell::published(publish_result result) {
  if (result.exists) {
    fail(conflict_error(result.error.what));
    return;
  }
  if (result.lost) { // Neither part nor target: from the beginning.
    origin_.restart();
    identity_ = {};
    auto r = bytes_report();
    r.state = job_state::queued;
    r.inode = 0;
    r.sha256 = r.target = std::string{};
    report_and_quit(std::move(r));
    return;
  }
  if (result.error) { // Stays as it is: who knows whether it was renamed already?
    wait_for_disk(result.error, {});
    return;
  }
  auto r = fresh_report();
  r.state = job_state::succeeded;
  r.target = result.target;
  r.part = std::string{};
  report_and_quit(std::move(r));
}

} // namespace tributary
