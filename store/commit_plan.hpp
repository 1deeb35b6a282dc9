// Which batches of a commit hold: judged before anything is written, from each job's fence (is it final,
// which run). Both bodies of the journal go by it, so they cannot differ.
#pragma once

#include "messages/store.hpp"

#include <functional>
#include <optional>
#include <unordered_map>

namespace tributary {

/// What guards a job's row against late writers.
struct job_fence {
  bool final = false;
  std::uint32_t run_no = 0;
};

class commit_plan {
public:
  /// `stored` answers the fence that the journal holds, nothing for an unknown job; asked once per job.
  explicit commit_plan(std::function<std::optional<job_fence>(job_id)> stored) : stored_(std::move(stored)) {}

  /// False: the batch is stale, leave it out whole. Later batches see what the admitted ones changed.
  /// @throws journal_error when an op cannot be (a repeated job, an addition to an unknown one).
  [[nodiscard]] bool admit(const store_batch& batch);

private:
  using fences = std::unordered_map<job_id, std::optional<job_fence>>;

  const std::optional<job_fence>& fence_of(job_id job, const fences& changed);

  std::function<std::optional<job_fence>(job_id)> stored_;
  fences known_;
};

} // namespace tributary
