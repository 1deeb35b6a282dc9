#include "policy/backoff.hpp"

#include <algorithm>

namespace tributary {

milliseconds backoff_ceiling(const backoff_options& o, std::uint32_t retry) noexcept {
  const auto base = std::max<std::int64_t>(o.base.count(), 0),
             ceiling = std::max<std::int64_t>(o.ceiling.count(), 0);
  // base * 2^retry > ceiling, asked without computing the product. A shift by 63 leaves nothing of any
  // ceiling.
  if (base > (ceiling >> std::min(retry, 63U)))
    return milliseconds{ceiling};
  return milliseconds{base == 0 ? 0 : base << retry};
}

milliseconds backoff_delay(const backoff_options& o, std::uint32_t retry, double unit) noexcept {
  const auto ceiling = backoff_ceiling(o, retry);
  // One more value than the ceiling, so that the ceiling itself can be drawn.
  const auto drawn =
      static_cast<std::int64_t>(std::clamp(unit, 0.0, 1.0) * (static_cast<double>(ceiling.count()) + 1.0));
  return std::min(milliseconds{drawn}, ceiling);
}

} // namespace tributary
