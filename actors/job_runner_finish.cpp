// From the last byte to the published file: size and digest, the publishing step, and what a wrong file
// means.
#include "actors/job_runner_shell.hpp"

#include <utility>

namespace tributary {

/// All bytes are here. Measuring a large file takes a while, so that is a state of its own.
void runner_shell::complete() {
  complete_ = true;
  if (bytes_.written() <= piece_bytes()) {
    verify();
    return;
  }
  auto held_back = std::exchange(attempt_, {}); // Reported when the file is known to be right.
  auto r = bytes_report();
  attempt_ = std::move(held_back);
  r.state = job_state::verifying;
  report(std::move(r), [this] { verify(); });
}

void runner_shell::verify() {
  const bool hash = row_.spec.sha256 || global().record_sha256 || !identity_.digest.empty();
  on_files(
      step::files, [part = part_, hash, to_disk = flush()] { return verify_part(*part, hash, to_disk); },
      [this](verified_file file) { verified(std::move(file)); });
}

void runner_shell::verified(verified_file file) {
  if (!file.error && file.size != bytes_.written())
    file.error = {
        EIO, "the part file " + row_.part + " has " + std::to_string(file.size) + " bytes, not the " +
                 std::to_string(bytes_.written()) + " that were written"};
  if (file.error) {
    release();
    wait_for_disk(file.error);
    return;
  }
  auto f = fault::none;
  if (auto why = mismatch_of(row_.spec, identity_, file, f); !why.empty()) {
    mismatch(f, std::move(why));
    return;
  }
  release();
  bytes_.advance({file.size, file.size}, source_);
  identity_.size = file.size;
  auto r = bytes_report();
  r.state = job_state::publishing;
  r.sha256 = file.sha256;
  r.inode = file.inode;
  r.target = row_.spec.output;
  publish_request q{row_.part,   row_.spec.output, file.inode, file.size,
                    file.sha256, conflict_rule(),  flush()};
  report(std::move(r), [this, q = std::move(q)]() mutable { publish(std::move(q)); });
}

/// The file is not the one that was asked for. One source is to blame; of several nobody knows which, so the
/// next try takes all bytes from one.
void runner_shell::mismatch(fault f, std::string why) {
  const bool is_proven = bytes_.is_of_one_source();
  single_source_ = single_source_ || !is_proven;
  if (attempt_ && is_proven) {
    blame(*attempt_, f, std::move(why));
  } else if (attempt_) {
    attempt_->result = outcome::identity;
    attempt_->cause = fault::none;
    attempt_->progressed = false;
    attempt_->message = why + "; its bytes came from several providers";
  }
  if (attempt_)
    last_error_ = error_of(*attempt_);
  release();
  fetch_anew();
}

void runner_shell::publish(publish_request r) {
  on_files(
      step::publish, [root = resources_.root, r = std::move(r)] { return publish_part(*root, r); },
      [this](publish_result result) { published(std::move(result)); });
}

void runner_shell::published(publish_result result) {
  if (result.exists) {
    fail(conflict_error(row_.spec.output));
    return;
  }
  if (result.lost) { // Neither part nor target: from the beginning.
    bytes_.restart();
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
