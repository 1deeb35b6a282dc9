// A bandwidth limit that several transfers share, on any threads: a token bucket behind a lock, and no lock
// at all while there is no limit.
#pragma once

#include "policy/token_bucket.hpp"

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>

namespace tributary::client {

class bandwidth {
public:
  explicit bandwidth(std::optional<double> mbps);

  /// Holds at once, also for those who wait. @pre mbps > 0
  void limit(std::optional<double> mbps, steady_time now);

  [[nodiscard]] bool limited() const noexcept { return limited_.load(std::memory_order_relaxed); }
  /// How much to take at a time, so that the flow is even.
  [[nodiscard]] std::size_t portion() const noexcept { return portion_.load(std::memory_order_relaxed); }

  /// Notes bytes that have been received.
  void spend(std::size_t bytes, steady_time now);
  /// How long until more may be received: zero, or ask again then at the latest.
  [[nodiscard]] nanoseconds wait(steady_time now);

private:
  mutable std::mutex mutex_;
  token_bucket bucket_;
  std::atomic<bool> limited_;
  std::atomic<std::size_t> portion_;
};

} // namespace tributary::client
