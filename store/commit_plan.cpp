// Walks a batch with its own changes on top of what is known, and keeps them only when all of it holds.
#include "store/commit_plan.hpp"

namespace tributary {

namespace {

job_fence fence_from(const job_row& row) {
  return {is_final(row.state), row.run_no};
}

std::string named(job_id job) {
  return "job " + std::to_string(job);
}

} // namespace

/// One batch: each op either holds or leaves the reason why not in `result`.
class commit_plan::judge {
public:
  explicit judge(commit_plan& plan) : plan_(plan) {}

  fences changed;
  keys claimed;
  std::optional<std::uint64_t> revision;
  commit_result result;

  bool operator()(const insert_job& op) {
    if (fence(op.row.id))
      return impossible(named(op.row.id) + " is in the journal already");
    changed[op.row.id] = fence_from(op.row);
    return true;
  }
  bool operator()(const save_job& op) {
    const auto& before = fence(op.row.id);
    return replace(op.row, before && !before->final && before->run_no <= op.row.run_no);
  }
  bool operator()(const reopen_job& op) {
    const auto& before = fence(op.row.id);
    return replace(op.row, before && before->final && before->run_no < op.row.run_no);
  }
  bool operator()(const find_claim& op) { return is_free(op.key, op.at); }
  bool operator()(const claim_key& op) {
    if (!is_free(op.key.key, op.at))
      return false;
    claimed[op.key.key] = {op.key.digest, op.at, op.jobs};
    return true;
  }
  bool operator()(const add_revision& op) {
    const auto newest = revision ? *revision : plan_.newest_revision();
    if (op.row.revision <= newest)
      return impossible(
          "revision " + std::to_string(op.row.revision) + " of the settings is not above " +
          std::to_string(newest) + ", the newest in the journal");
    revision = op.row.revision;
    return true;
  }
  bool operator()(const save_extents& op) { return exists(op.job); }
  bool operator()(const add_attempt& op) { return exists(op.job); }
  bool operator()(const add_decision& op) { return exists(op.job); }
  bool operator()(const add_event&) { return true; }
  bool operator()(const clear_part&) { return true; }
  bool operator()(const add_rollup&) { return true; }
  bool operator()(const mark_reset&) { return true; }
  bool operator()(const prune_history&) { return true; }

private:
  const std::optional<job_fence>& fence(job_id job) { return plan_.fence_of(job, changed); }

  bool is_free(const std::string& key, wall_time now) {
    result.taken = plan_.owner_of(key, now);
    return !result.taken;
  }
  bool replace(const job_row& row, bool may) {
    result.stale = !may;
    if (may)
      changed[row.id] = fence_from(row);
    return may;
  }
  bool exists(job_id job) { return fence(job) ? true : impossible(named(job) + " is not in the journal"); }
  bool impossible(std::string why) {
    result.impossible = std::move(why);
    return false;
  }

  commit_plan& plan_;
};

const std::optional<job_fence>& commit_plan::fence_of(job_id job, const fences& changed) {
  if (const auto own = changed.find(job); own != changed.end())
    return own->second;
  auto found = known_.find(job);
  if (found == known_.end())
    found = known_.emplace(job, stored_(job)).first;
  return found->second;
}

std::optional<claimed_key> commit_plan::owner_of(const std::string& key, wall_time now) {
  const auto found = known_keys_.find(key);
  auto owner = found == known_keys_.end() ? claimed_(key) : std::optional{found->second};
  if (owner && owner->at + idempotency_kept <= now)
    owner.reset();
  return owner;
}

std::uint64_t commit_plan::newest_revision() {
  if (!known_revision_)
    known_revision_ = revision_();
  return *known_revision_;
}

std::optional<commit_result> commit_plan::refusal(const store_batch& batch) {
  judge j{*this};
  for (const auto& op : batch)
    if (!std::visit(j, op))
      return std::move(j.result);
  for (auto& [job, fence] : j.changed)
    known_[job] = fence;
  for (auto& [key, owner] : j.claimed)
    known_keys_[key] = std::move(owner);
  if (j.revision)
    known_revision_ = j.revision;
  return std::nullopt;
}

} // namespace tributary
