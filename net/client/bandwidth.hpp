// A bandwidth limit that several transfers share, on any threads: a flow schedule behind a lock, and no lock
// at all while there is no limit.
#pragma once

#include "policy/flow_schedule.hpp"

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>

namespace tributary::client {

class bandwidth {
public:
  using turn = flow_schedule::turn;

  explicit bandwidth(std::optional<double> mbps);

  /// Holds at once, also for those who wait. @pre mbps > 0
  void limit(std::optional<double> mbps, steady_time now);

  [[nodiscard]] bool limited() const noexcept { return limited_.load(std::memory_order_relaxed); }

  /// A turn to receive; settle it in any case.
  [[nodiscard]] turn book(steady_time now);
  /// How long until then: zero, or ask again after that time. Short enough to notice a change of the limit.
  [[nodiscard]] nanoseconds wait(turn& t, steady_time now);
  void settle(const turn& t, std::size_t received);
  /// Notes bytes that came without a turn.
  void charge(std::size_t bytes, steady_time now);

private:
  std::mutex mutex_;
  flow_schedule schedule_;
  std::atomic<bool> limited_;
};

} // namespace tributary::client
