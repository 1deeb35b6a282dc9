// Bytes per time, smoothed over a few seconds. Pure.
#pragma once

#include "policy/time.hpp"

#include <cstdint>

namespace tributary {

class rate_meter {
public:
  /// A transfer begins at this position: the time before does not count.
  void start(steady_time now, std::uint64_t position);
  void update(steady_time now, std::uint64_t position);
  /// Mbit/s; 0 until there is something to tell.
  [[nodiscard]] double mbps() const noexcept { return mbps_; }
  [[nodiscard]] double bytes_per_second() const noexcept { return mbps_ * 125'000; }

private:
  steady_time last_{};
  std::uint64_t position_ = 0;
  double mbps_ = 0;
};

} // namespace tributary
