// Which batches of a commit hold: judged before anything is written, from each job's fence (is it final,
// which run) and from the idempotency keys that are taken. Both bodies of the journal go by it, so they
// cannot differ.
#pragma once

#include "messages/store.hpp"

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

namespace tributary {

/// What guards a job's row against late writers.
struct job_fence {
  bool final = false;
  std::uint32_t run_no = 0;
};

class commit_plan {
public:
  using fence_lookup = std::function<std::optional<job_fence>(job_id)>;
  using key_lookup = std::function<std::optional<claimed_key>(const std::string&)>;

  /// These answer what the journal holds, nothing where it holds none; asked once per job or key.
  commit_plan(fence_lookup stored, key_lookup claimed)
      : stored_(std::move(stored)), claimed_(std::move(claimed)) {}

  /// Nothing: the batch holds. Else it is left out whole, and this is its result. Later batches see what the
  /// admitted ones changed.
  [[nodiscard]] std::optional<commit_result> refusal(const store_batch& batch);

private:
  using fences = std::unordered_map<job_id, std::optional<job_fence>>;
  using keys = std::unordered_map<std::string, claimed_key>;
  class judge;

  const std::optional<job_fence>& fence_of(job_id job, const fences& changed);
  /// Who has the key at that time.
  std::optional<claimed_key> owner_of(const std::string& key, wall_time now);

  fence_lookup stored_;
  key_lookup claimed_;
  fences known_;
  keys known_keys_;
};

} // namespace tributary
