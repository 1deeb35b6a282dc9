// Bytes per time, smoothed over a few seconds: a mean in which each moment weighs less the longer it is ago.
// What comes in one burst counts for the time it was waited for. Pure.
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
  [[nodiscard]] double mbps() const noexcept { return weight_ > 0 ? faded_ / weight_ : 0; }
  [[nodiscard]] double bytes_per_second() const noexcept { return mbps() * 125'000; }

private:
  steady_time last_{};
  std::uint64_t position_ = 0;
  double faded_ = 0, weight_ = 0;
};

} // namespace tributary
