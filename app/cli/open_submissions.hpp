// Submissions whose answers are still to come, and the ends of jobs that may overtake them. Where equal
// wishes become one job, the last answer may name a job that ended long before. Plain data; no actor.
#pragma once

#include "app/cli/job_service.hpp"

#include <cstdint>
#include <deque>
#include <set>
#include <unordered_map>

namespace tributary::cli {

class open_submissions {
public:
  /// One more is on its way; its number is given back to answered().
  [[nodiscard]] std::uint64_t begin();
  /// Its answer has come, and was dealt with: ends that only this one could have asked about are forgotten.
  void answered(std::uint64_t number);
  [[nodiscard]] std::size_t size() const noexcept { return open_.size(); }

  /// A job has ended, anybody's. Kept until all submissions that are open now are answered: a later one
  /// cannot be joined to it any more.
  void ended(job_id job, job_status how);
  /// How it ended; null when that is not known. Holds until the next call.
  [[nodiscard]] job_status* end_of(job_id job);
  [[nodiscard]] std::size_t ends_kept() const noexcept { return ends_.size(); }

private:
  struct end {
    job_status how;
    std::uint64_t before = 0; ///< The newest submission when it ended.
  };
  std::uint64_t last_ = 0;
  std::set<std::uint64_t> open_;
  std::unordered_map<job_id, end> ends_;
  std::deque<std::pair<std::uint64_t, job_id>> order_; ///< Of the ends, oldest first, by `before`.
};

} // namespace tributary::cli
