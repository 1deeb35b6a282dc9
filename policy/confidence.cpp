#include "policy/confidence.hpp"

#include <algorithm>
#include <cmath>

namespace tributary {

std::optional<interval> wilson95(std::uint64_t ok, std::uint64_t n) noexcept {
  if (n == 0)
    return std::nullopt;
  constexpr double z = 1.959964, z2 = z * z;
  const double count = static_cast<double>(n), share = static_cast<double>(std::min(ok, n)) / count;
  const double scale = 1 + z2 / count;
  const double centre = (share + z2 / (2 * count)) / scale;
  const double reach = z * std::sqrt(share * (1 - share) / count + z2 / (4 * count * count)) / scale;
  return interval{std::max(0.0, centre - reach), std::min(1.0, centre + reach)};
}

double success_posterior(std::uint64_t ok, std::uint64_t n) noexcept {
  return (9.0 + static_cast<double>(ok)) / (10.0 + static_cast<double>(n));
}

} // namespace tributary
