// Where neither digest nor tag says that another source has the same file: three samples of what is here are
// fetched from it, under the lease that it was granted with, and compared byte for byte.
#include "actors/job_runner_shell.hpp"
#include "policy/proof.hpp"

#include <algorithm>

namespace tributary {

/// Begins to compare; false: the attempt is over as it stands, there is nothing to compare.
bool runner_shell::prove(stream_map::iterator at, const transfer_result& r) {
  auto& s = at->second;
  const auto& offered = r.facts.identity;
  if (!offered.size || offered.size != plan_.size() ||
      row_.spec.size.value_or(*offered.size) != *offered.size)
    return false;
  plan_.release(at->first);
  s.bytes_before += r.bytes;
  auto samples = samples_of(plan_.here());
  if (!samples.empty()) {
    s.proof.emplace();
    s.proof->samples = std::move(samples);
    s.proof->offered = offered;
    ask_for_sample(s);
    return true;
  }
  // Too little is here. Others are bringing more; without them it is little enough to be fetched again.
  auto a = attempt_of(s.held, r, s.began, wall(), s.progressed);
  a.bytes = s.bytes_before;
  a.result = outcome::cancelled;
  a.cause = fault::cancelled;
  a.message = "too few bytes are here to compare its file with";
  too_early_.insert(s.held.provider);
  release(s.held, std::move(a));
  streams_.erase(at);
  start_over_due_ = start_over_due_ || streams_.empty();
  settle();
  return true;
}

void runner_shell::ask_for_sample(runner_stream& s) {
  const auto& range = s.proof->samples[s.proof->next];
  s.offset = range.begin;
  s.window = std::make_shared<transfer_window>(range.begin, range.end);
  transfer_request q;
  q.target = s.proof->into;
  q.flush = false;
  q.expected = s.proof->offered;
  q.expected_by = identity_origin::compared; // It must be the file that it offered a moment ago.
  ask(s, std::move(q));
}

void runner_shell::sampled(stream_map::iterator at, const transfer_result& r) {
  auto& s = at->second;
  s.bytes_before += r.bytes;
  const bool goes_on = r.result == outcome::ok && !stop_ && !start_over_due_;
  if (goes_on && ++s.proof->next < s.proof->samples.size()) {
    ask_for_sample(s);
  } else if (goes_on) {
    auto compare = [part = part_, proof = *s.proof] {
      return std::ranges::all_of(proof.samples, [&](const byte_range& range) {
        return part->has_bytes_of(*proof.into, range.begin, range.size());
      });
    };
    const auto then = [this, id = at->first](bool are_equal) { compared(id, are_equal); };
    if (!run_errand(this, *resources_.files, std::move(compare), then))
      quit(caf::make_error(errc::shutting_down));
  } else {
    s.proof.reset();
    s.offset = s.window->position();
    auto end = r;
    end.bytes = 0; // Counted already.
    end.written_end = end.durable_end = s.offset;
    ended(at->first, end);
  }
}

void runner_shell::compared(transfer_id id, bool are_equal) {
  const auto at = streams_.find(id);
  if (at == streams_.end() || step_ == step::end)
    return;
  auto& s = at->second;
  const auto proof = *std::exchange(s.proof, {});
  transfer_result r;
  r.status = 206;
  r.facts.identity = proof.offered;
  r.written_end = r.durable_end = s.offset;
  if (!are_equal) {
    r.cause = fault::other_identity;
    r.result = outcome::identity;
    r.message = "its bytes differ from those at hand";
    ended(id, r);
    return;
  }
  told_[s.held.provider] = proof.offered;
  compared_.insert(s.held.provider);
  too_early_.erase(s.held.provider);
  const auto range = stop_ || start_over_due_ ? std::nullopt : take_share();
  if (range) {
    read(s, *range);
  } else {
    r.cause = fault::cancelled;
    r.result = outcome::cancelled;
    r.message = "nothing is left for it to fetch";
    ended(id, r);
  }
}

} // namespace tributary
