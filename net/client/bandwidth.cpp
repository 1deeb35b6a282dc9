// Bytes are paid for after they came: the debt delays the next read.
#include "net/client/bandwidth.hpp"

#include <algorithm>

namespace tributary::client {
namespace {

constexpr double bytes_per_megabit = 125'000;
constexpr double portions_per_second = 50;
constexpr double portion_bytes_min = 4 * 1024;
constexpr nanoseconds wait_max = milliseconds{100}; // A higher limit is noticed within it.

std::optional<double> bytes_per_second(std::optional<double> mbps) {
  return mbps ? std::optional(*mbps * bytes_per_megabit) : std::nullopt;
}

double portion_of(std::optional<double> mbps) {
  return mbps ? std::max(portion_bytes_min, *mbps * bytes_per_megabit / portions_per_second) : 1e9;
}

} // namespace

bandwidth::bandwidth(std::optional<double> mbps)
    : bucket_(bytes_per_second(mbps), portion_of(mbps)),
      limited_(mbps.has_value()),
      portion_(static_cast<std::size_t>(portion_of(mbps))) {}

void bandwidth::limit(std::optional<double> mbps, steady_time now) {
  std::lock_guard lock{mutex_};
  bucket_.configure(bytes_per_second(mbps), portion_of(mbps), now);
  limited_ = mbps.has_value();
  portion_ = static_cast<std::size_t>(portion_of(mbps));
}

void bandwidth::spend(std::size_t bytes, steady_time now) {
  if (!limited())
    return;
  std::lock_guard lock{mutex_};
  (void)bucket_.take(static_cast<double>(bytes), now);
}

nanoseconds bandwidth::wait(steady_time now) {
  if (!limited())
    return nanoseconds::zero();
  std::lock_guard lock{mutex_};
  return std::min(bucket_.take(0, now), wait_max);
}

} // namespace tributary::client
