#include "policy/health_check_schedule.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace tributary {

milliseconds next_check_delay(milliseconds interval, bool in_transition, double unit) noexcept {
  assert(interval > milliseconds::zero());
  if (in_transition)
    return std::min<milliseconds>(seconds{5}, interval);
  const double share = 0.8 + 0.4 * std::clamp(unit, 0.0, 1.0);
  const auto delay = milliseconds{std::llround(static_cast<double>(interval.count()) * share)};
  return std::max(delay, milliseconds{1}); // Never a busy loop, however short the interval is.
}

} // namespace tributary
