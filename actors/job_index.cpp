#include "actors/job_index.hpp"

#include <algorithm>
#include <cassert>

namespace tributary {

namespace {

template <class Map, class Key>
void erase_pair(Map& m, const Key& key, job_id job) {
  const auto [first, last] = m.equal_range(key);
  const auto at = std::find_if(first, last, [&](const auto& kv) { return kv.second == job; });
  assert(at != last);
  m.erase(at);
}

} // namespace

void job_index::insert(pending_job job) {
  const auto id = job.id;
  const auto [at, added] = jobs_.try_emplace(id, entry{std::move(job), {}, {}});
  assert(added);
  const auto& kept = at->second.job;
  paused_ += kept.state == job_state::paused ? 1U : 0U;
  by_fingerprint_.emplace(kept.fingerprint, id);
  by_output_.emplace(kept.output, id);
}

void job_index::erase(job_id job) {
  const auto at = jobs_.find(job);
  if (at == jobs_.end())
    return;
  set_apart(at->second);
  paused_ -= at->second.job.state == job_state::paused ? 1U : 0U;
  erase_pair(by_fingerprint_, at->second.job.fingerprint, job);
  erase_pair(by_output_, std::string_view{at->second.job.output}, job);
  jobs_.erase(at);
}

const pending_job* job_index::find(job_id job) const {
  const auto at = jobs_.find(job);
  return at == jobs_.end() ? nullptr : &at->second.job;
}

std::vector<job_id> job_index::with_fingerprint(std::uint64_t fingerprint) const {
  std::vector<job_id> out;
  const auto [first, last] = by_fingerprint_.equal_range(fingerprint);
  for (auto at = first; at != last; ++at)
    out.push_back(at->second);
  std::ranges::sort(out);
  return out;
}

job_index::entry& job_index::at(job_id job) {
  const auto found = jobs_.find(job);
  assert(found != jobs_.end());
  return found->second;
}

void job_index::note(job_id job, job_state state, std::uint32_t run_no) {
  auto& e = at(job);
  paused_ -= e.job.state == job_state::paused ? 1U : 0U;
  paused_ += state == job_state::paused ? 1U : 0U;
  e.job.state = state;
  e.job.run_no = run_no;
}

void job_index::set_apart(job_id job) {
  set_apart(at(job));
}

void job_index::set_apart(entry& e) {
  if (e.in_ready)
    ready_.erase(*e.in_ready);
  if (e.in_held)
    held_.erase({*e.in_held, e.job.id});
  e.in_ready.reset();
  e.in_held.reset();
}

void job_index::make_ready(job_id job) {
  auto& e = at(job);
  set_apart(e);
  const bool first = e.job.state == job_state::publishing;
  e.in_ready = first ? turn{wall_time::min(), job} : turn_of(e.job.created_at, e.job.priority, job);
  ready_.insert(*e.in_ready);
}

void job_index::hold_until(job_id job, wall_time at_time) {
  auto& e = at(job);
  set_apart(e);
  e.in_held = at_time;
  held_.emplace(at_time, job);
}

std::optional<job_id> job_index::take_ready() {
  if (ready_.empty())
    return std::nullopt;
  const auto job = ready_.begin()->number;
  set_apart(job);
  return job;
}

void job_index::wake(wall_time now) {
  while (!held_.empty() && held_.begin()->first <= now)
    make_ready(held_.begin()->second);
}

std::optional<wall_time> job_index::next_due() const {
  return held_.empty() ? std::nullopt : std::optional{held_.begin()->first};
}

} // namespace tributary
