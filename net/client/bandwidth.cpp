#include "net/client/bandwidth.hpp"

#include <algorithm>

namespace tributary::client {
namespace {

constexpr double bytes_per_megabit = 125'000;
constexpr nanoseconds wait_max = milliseconds{100}; // A higher limit is noticed within it.

std::optional<double> bytes_per_second(std::optional<double> mbps) {
  return mbps ? std::optional(*mbps * bytes_per_megabit) : std::nullopt;
}

} // namespace

bandwidth::bandwidth(std::optional<double> mbps)
    : schedule_(bytes_per_second(mbps)), limited_(mbps.has_value()) {}

void bandwidth::limit(std::optional<double> mbps, steady_time now) {
  std::lock_guard lock{mutex_};
  schedule_.configure(bytes_per_second(mbps), now);
  limited_ = mbps.has_value();
}

bandwidth::turn bandwidth::book(steady_time now) {
  std::lock_guard lock{mutex_};
  return schedule_.book(now);
}

nanoseconds bandwidth::wait(turn& t, steady_time now) {
  std::lock_guard lock{mutex_};
  return std::min(schedule_.wait(t, now), wait_max);
}

void bandwidth::settle(const turn& t, std::size_t received) {
  std::lock_guard lock{mutex_};
  schedule_.settle(t, received);
}

void bandwidth::charge(std::size_t bytes, steady_time now) {
  if (!limited())
    return;
  std::lock_guard lock{mutex_};
  schedule_.charge(bytes, now);
}

} // namespace tributary::client
