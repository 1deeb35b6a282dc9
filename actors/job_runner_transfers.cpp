// What the transfers of a job tell: the file's identity, progress, ends.
#include "actors/candidates.hpp"
#include "actors/job_runner_shell.hpp"
#include "messages/output_name.hpp"

#include <algorithm>

namespace tributary {

void runner_shell::opened(transfer_id id, const source_facts& facts) {
  const auto at = streams_.find(id);
  if (at == streams_.end() || at->second.proof)
    return;
  auto& s = at->second;
  s.opened = true;
  s.source.validator = facts.identity.etag;
  note_identity(s, facts);
  take_name(facts.file_name);
  if (const auto& wanted = row_.spec.size; wanted && facts.identity.size && *wanted != *facts.identity.size) {
    s.wrong_size = "it has " + std::to_string(*facts.identity.size) + " bytes, not the " +
                   std::to_string(*wanted) + " asked for";
    cancel(id);
    return;
  }
  if (!facts.ranges)
    rangeless_.insert(s.held.provider);
  // Without ranges all that was asked to be left out comes first: only for want of anybody else.
  if (facts.status == 200 && s.offset > 0 && streams_.size() > 1) {
    rangeless_.insert(s.held.provider);
    cancel(id);
  }
  want();
}

/// Where neither the job nor its URL has a name, the first one that a source tells and that is safe.
void runner_shell::take_name(const std::string& told) {
  if (row_.target.empty() && !told.empty() && output_name_error(told).empty())
    row_.target = told;
}

void runner_shell::note_identity(const runner_stream& s, const source_facts& facts) {
  if (!std::exchange(identity_known_, true))
    identity_ = facts.identity;
  else
    adopt(identity_, facts.identity);
  told_[s.held.provider] = facts.identity;
  if (identity_.size && !plan_.size()) {
    plan_.set_size(*identity_.size);
    part_->set_piece_bytes(plan_.piece_bytes());
  }
}

void runner_shell::progress(transfer_id id, const transfer_progress& p) {
  const auto at = streams_.find(id);
  if (at == streams_.end() || at->second.proof)
    return;
  auto& s = at->second;
  plan_.advance(id, p.written_end);
  take_runs();
  origin_.note_durable(s.source.attempt, p.durable_end);
  s.rate.update(clock().now(), p.written_end);
  s.slow = s.watch.update(clock().now(), s.rate.mbps(), usual_mbps_of(s.held));
  show_progress();
  if (origin_.take_new_piece()) {
    s.progressed = true;
    tell_news();
  }
  want();
}

void runner_shell::show_progress() {
  job_progress p;
  p.job = row_.id;
  p.run_no = row_.run_no;
  p.bytes_done = plan_.here().total();
  double fastest = -1;
  for (const auto& [id, s] : streams_) {
    if (!s.opened)
      continue;
    ++p.streams;
    p.rate_mbps += s.rate.mbps();
    if (s.rate.mbps() > fastest) {
      fastest = s.rate.mbps();
      p.provider = s.held.provider;
    }
  }
  send(queue_, std::move(p));
}

/// Each run lies within what one stream was given to read.
void runner_shell::take_runs() {
  for (const auto& run : part_->take_runs())
    if (const auto reader = plan_.reader_of(run.offset))
      origin_.add(run, streams_.at(*reader).source);
}

void runner_shell::ended(transfer_id id, const transfer_result& r) {
  const auto at = streams_.find(id);
  if (at == streams_.end() || step_ == step::end)
    return;
  if (at->second.proof) {
    sampled(at, r);
    return;
  }
  plan_.advance(id, r.written_end);
  part_->close_run(r.written_end);
  take_runs();
  origin_.note_durable(at->second.source.attempt, r.durable_end);
  at->second.progressed = origin_.take_new_piece() || at->second.progressed;
  if (r.cause == fault::unproven && !stop_ && !start_over_due_ && prove(at, r))
    return;
  auto s = std::move(at->second);
  auto a = attempt_of(s.held, r, s.began, wall(), s.progressed);
  a.bytes += s.bytes_before;
  settle_result(s, r, a);
  plan_.release(id);
  streams_.erase(at);
  no_further_ = false;
  if (a.result == outcome::ok && plan_.complete() && streams_.empty()) {
    last_ = {std::move(s.held), std::move(a)};
    if (stop_)
      finish_stop();
    else
      complete();
    return;
  }
  if (a.result != outcome::cancelled && a.result != outcome::ok)
    last_error_ = error_of(a);
  release(s.held, std::move(a));
  settle();
}

/// What the end of a transfer means beyond what its loader says.
void runner_shell::settle_result(runner_stream& s, const transfer_result& r, attempt_row& a) {
  if (!s.wrong_size.empty()) {
    blame(a, fault::wrong_size, std::move(s.wrong_size));
    start_over_due_ = true;
    return;
  }
  if (r.result == outcome::ok && !identity_known_)
    note_identity(s, r.facts);
  if (r.result == outcome::ok && !plan_.size()) { // It said so by ending the body.
    identity_.size = r.written_end;
    plan_.set_size(r.written_end);
  }
  if (const auto* run = plan_.find(s.held.id); r.result == outcome::ok && run && r.written_end < run->end)
    blame(
        a, fault::truncated,
        "the file ended after " + std::to_string(r.written_end) + " of " + std::to_string(*plan_.size()) +
            " bytes");
  if (r.cause == fault::unproven) // Nothing can be compared: as good as another file.
    blame(a, fault::other_identity, r.message);
  if (r.cause == fault::range_refused)
    settle_refused_range(r, a);
}

/// 416. The file ends before what was asked for: all is here already, or it is another file by now.
void runner_shell::settle_refused_range(const transfer_result& r, attempt_row& a) {
  const auto& size = r.facts.identity.size;
  if (size && *size > 0 && plan_.here().covers({0, *size}) && plan_.here().total() == *size) {
    identity_.size = size;
    plan_.set_size(*size);
    a.result = outcome::ok;
    return;
  }
  const bool is_other_size = size && identity_.size && *size != *identity_.size;
  if (!is_other_size && streams_.size() == 1 && origin_.is_all_from(a.provider))
    start_over_due_ = true; // What is here reaches beyond the file: no part of it.
  else
    blame(a, fault::other_identity, "the file on offer is shorter than the one begun with");
}

/// After each end: what comes next.
void runner_shell::settle() {
  if (step_ != step::fetch)
    return;
  if (stop_) {
    if (streams_.empty())
      finish_stop();
    return;
  }
  if (start_over_due_ || plan_.complete())
    cancel_all(); // Whoever still runs has nothing to add.
  if (!streams_.empty()) {
    tell_news();
    want();
  } else if (start_over_due_) {
    start_over();
  } else if (plan_.complete()) {
    complete();
  } else {
    tell_news();
    want();
  }
}

} // namespace tributary
