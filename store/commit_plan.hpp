// Which batches of a commit hold: judged before anything is written, from each job's fence (is it final,
// which run), from the idempotency keys that are taken and from the newest revision of the settings. Both
// bodies of the journal go by it, so they cannot differ.
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
  using revision_lookup = std::function<std::uint64_t()>;

  /// These answer what the journal holds, nothing where it holds none; asked once per job or key, and once
  /// for the newest revision (0: none).
  commit_plan(fence_lookup stored, key_lookup claimed, revision_lookup revision)
      : stored_(std::move(stored)), claimed_(std::move(claimed)), revision_(std::move(revision)) {}

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
  std::uint64_t newest_revision();

  fence_lookup stored_;
  key_lookup claimed_;
  revision_lookup revision_;
  fences known_;
  keys known_keys_;
  std::optional<std::uint64_t> known_revision_;
};

} // namespace tributary
