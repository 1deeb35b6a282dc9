// When the next active check of a provider is due. Pure.
#pragma once

#include "policy/time.hpp"

namespace tributary {

/// The wait before the next check: `interval` with +-20 % jitter; in transition (unavailable past its
/// cool-down, or probation) min(5 s, interval). `unit` is a random number in [0, 1). @pre interval > 0.
[[nodiscard]] milliseconds next_check_delay(milliseconds interval, bool in_transition, double unit) noexcept;

} // namespace tributary
