// In which order those who wait are served: by priority, and whoever waits longer rises. All age at the same
// rate, so the order of two never changes and one sorted container keeps it.
#pragma once

#include "policy/time.hpp"

#include <compare>
#include <cstdint>

namespace tributary {

/// Waiting so long is worth one level of priority.
inline constexpr milliseconds aging_per_level{60'000};

/// A place in the order; the smallest is served first.
struct turn {
  wall_time rank{};
  std::uint64_t number = 0; ///< Breaks ties: the older id first.
  friend auto operator<=>(const turn&, const turn&) = default;
};

/// @param priority 0-9, high first.
[[nodiscard]] constexpr turn turn_of(wall_time since, std::int32_t priority, std::uint64_t number) {
  return {since - priority * aging_per_level, number};
}

} // namespace tributary
