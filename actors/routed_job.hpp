// What the failover supervisor remembers of a job while it has a runner.
#pragma once

#include "actors/candidates.hpp"
#include "actors/failover_statistics.hpp"
#include "actors/network_hold.hpp"
#include "actors/ready_order.hpp"
#include "messages/actors.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tributary {

struct routed_job {
  routed_job(job_record record, job_queue_actor its_queue);

  job_row row; ///< As the run began; next_attempt_at: the wait that this run ends.
  job_queue_actor queue;
  job_runner_actor runner;
  std::vector<past_attempt> attempts;
  std::uint32_t last_number = 0; ///< Of an attempt.
  lease_request wish;            ///< The newest.
  std::optional<turn> parked;    ///< It waits: since when, and in which order.
  bool holds_no_slot = false;    ///< The queue was told that it waits for its first lease.
  bool cancelled = false;
  network_hold hold; ///< It waits for our own network.

  /// An attempt begins at this route; a failover when the last one failed elsewhere.
  void note_grant(const std::string& route, bool afresh, failover_statistics& stats);
  /// An attempt ended. Number 0: its lease was not used.
  void note_end(const attempt_row& a, failover_statistics& stats);
  /// What was taken for good was not, and is an attempt of its own.
  void note_blame(const attempt_row& a);
  /// All that came is thrown away.
  void count_wasted(failover_statistics& stats);

private:
  bool counted_ = false;                                    ///< As a job with attempts.
  std::string failed_at_;                                   ///< Route of the newest attempt, when it failed.
  std::vector<std::pair<std::string, std::uint64_t>> kept_; ///< Bytes that came and were not thrown away.
};

} // namespace tributary
