// Walks a batch with its own changes on top of what is known, and keeps them only when all of it holds.
#include "store/commit_plan.hpp"

#include "store/journal.hpp"

namespace tributary {

namespace {

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};

job_fence fence_from(const job_row& row) {
  return {is_final(row.state), row.run_no};
}

} // namespace

const std::optional<job_fence>& commit_plan::fence_of(job_id job, const fences& changed) {
  if (const auto own = changed.find(job); own != changed.end())
    return own->second;
  auto found = known_.find(job);
  if (found == known_.end())
    found = known_.emplace(job, stored_(job)).first;
  return found->second;
}

bool commit_plan::admit(const store_batch& batch) {
  fences changed;
  const auto insert = [&](const insert_job& op) {
    if (fence_of(op.row.id, changed))
      throw journal_error("job " + std::to_string(op.row.id) + " is in the journal already");
    changed[op.row.id] = fence_from(op.row);
    return true;
  };
  const auto save = [&](const save_job& op) {
    const auto& fence = fence_of(op.row.id, changed);
    if (!fence || fence->final || fence->run_no > op.row.run_no)
      return false;
    changed[op.row.id] = fence_from(op.row);
    return true;
  };
  const auto exists = [&](const auto& op) {
    if (!fence_of(op.job, changed))
      throw journal_error("job " + std::to_string(op.job) + " is not in the journal");
    return true;
  };
  const overloaded judge{
      insert,
      save,
      [&](const save_extents& op) { return exists(op); },
      [&](const add_attempt& op) { return exists(op); },
      [&](const add_decision& op) { return exists(op); },
      [](const add_event&) { return true; },
      [](const clear_part&) { return true; },
      [](const add_rollup&) { return true; },
      [](const mark_reset&) { return true; },
      [](const prune_history&) { return true; },
      [](const add_revision&) { return true; }};
  for (const auto& op : batch)
    if (!std::visit(judge, op))
      return false;
  for (auto& [job, fence] : changed)
    known_[job] = fence;
  return true;
}

} // namespace tributary
