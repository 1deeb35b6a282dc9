// Who does the work of `get`: an engine in this process, or one that runs elsewhere.
#pragma once

#include "messages/job.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tributary::cli {

/// One of our jobs as it is now.
struct job_status {
  std::string id; ///< "": it was refused.
  job_state state = job_state::queued;
  std::string output, provider, error;
  std::uint64_t bytes_done = 0;
  std::optional<std::uint64_t> size;
  std::optional<double> rate_mbps, eta_seconds;
  std::size_t providers_tried = 0;
  bool repeated = false; ///< The same end was told before, for an equal wish.
};

/// Submissions that wait for their answer at a time.
inline constexpr std::size_t submits_in_flight_max = 512;
/// Jobs handed in and unfinished at a time; the next ones follow as these end.
inline constexpr std::size_t unfinished_jobs_max = 10'000;

/// One thread. Everything throws failure when the engine cannot be spoken to any more.
class job_service {
public:
  virtual ~job_service() = default;
  job_service() = default;
  job_service(const job_service&) = delete;
  job_service& operator=(const job_service&) = delete;

  /// Hands in all of them, in order, as wait() is called. Once.
  virtual void submit(std::vector<job_spec> wishes) = 0;
  /// Jobs that were there before and are followed, too.
  [[nodiscard]] virtual std::size_t resumed() const { return 0; }
  /// Waits for news at most so long; each wish is told of once, when its job has ended or was refused. Equal
  /// wishes become one job, which then is told of for each of them.
  [[nodiscard]] virtual std::vector<job_status> wait(std::chrono::milliseconds at_most) = 0;
  /// At most so many of those that are under way.
  [[nodiscard]] virtual std::vector<job_status> under_way(std::size_t most) = 0;
  /// Ends the work here, in order. What becomes of unfinished jobs, for people; "" when there are none.
  virtual std::string stop() = 0;
};

} // namespace tributary::cli
