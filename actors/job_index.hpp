// What the queue keeps in memory of all unfinished jobs: who is ready and in which order, who waits until
// when, and which of them want the same. Pure: no clock, no messages.
#pragma once

#include "actors/ready_order.hpp"
#include "messages/store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tributary {

class job_index {
public:
  /// Takes a job in; it stands apart: neither ready nor waiting.
  /// @pre the id is not known.
  void insert(pending_job job);
  /// Forgets a job; unknown ids are ignored.
  void erase(job_id job);

  /// Valid until the job is erased; null when it is not known. Its key fields must not be changed.
  [[nodiscard]] const pending_job* find(job_id job) const;
  [[nodiscard]] std::size_t size() const noexcept { return jobs_.size(); }

  /// Unfinished jobs with this fingerprint, oldest first.
  [[nodiscard]] std::vector<job_id> with_fingerprint(std::uint64_t fingerprint) const;
  /// Does an unfinished job write this output?
  [[nodiscard]] bool has_output(std::string_view output) const { return by_output_.contains(output); }

  /// Records what was committed of a job.
  void note(job_id job, job_state state, std::uint32_t run_no);

  /// These three move a job between its places.
  void set_apart(job_id job);
  void make_ready(job_id job);
  void hold_until(job_id job, wall_time at);

  /// The next to run, set apart by that; none: nobody is ready. Jobs being published go first, then by
  /// priority with aging since they were accepted.
  [[nodiscard]] std::optional<job_id> take_ready();
  /// Makes all ready whose time has come.
  void wake(wall_time now);
  /// When the next held job is due.
  [[nodiscard]] std::optional<wall_time> next_due() const;

  [[nodiscard]] std::size_t ready() const noexcept { return ready_.size(); }
  [[nodiscard]] std::size_t held() const noexcept { return held_.size(); }
  [[nodiscard]] std::size_t paused() const noexcept { return paused_; }

private:
  struct entry {
    pending_job job;
    std::optional<turn> in_ready;
    std::optional<wall_time> in_held;
  };
  entry& at(job_id job);
  void set_apart(entry& e);

  std::unordered_map<job_id, entry> jobs_; // Its nodes are stable: by_output_ looks into them.
  std::unordered_multimap<std::uint64_t, job_id> by_fingerprint_;
  std::unordered_multimap<std::string_view, job_id> by_output_;
  std::set<turn> ready_; // turn::number is the job.
  std::set<std::pair<wall_time, job_id>> held_;
  std::size_t paused_ = 0;
};

} // namespace tributary
