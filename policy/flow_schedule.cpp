#include "policy/flow_schedule.hpp"

#include <algorithm>
#include <cassert>

namespace tributary {
namespace {

constexpr double turns_per_second = 200;
constexpr double turn_bytes_min = 1024;
/// What a socket has at hand mostly: who finds less than its turn is for falls behind the others.
constexpr double turn_bytes_max = 256 * 1024;
constexpr std::size_t unlimited_bytes = 1'000'000'000;
/// Time that was not used is lost beyond this: a taker that wakes a little late still gets its share.
constexpr nanoseconds slack = milliseconds{50};
constexpr double cost_max_ns = 86'400e9; // A day: no sum of times can overflow.

} // namespace

flow_schedule::flow_schedule(std::optional<double> bytes_per_second) noexcept : rate_(bytes_per_second) {
  assert(!rate_ || *rate_ > 0);
}

std::size_t flow_schedule::turn_bytes() const noexcept {
  if (!rate_)
    return unlimited_bytes;
  return static_cast<std::size_t>(std::clamp(*rate_ / turns_per_second, turn_bytes_min, turn_bytes_max));
}

nanoseconds flow_schedule::cost(std::size_t bytes) const noexcept {
  if (!rate_)
    return nanoseconds::zero();
  return nanoseconds{
      static_cast<std::int64_t>(std::min(static_cast<double>(bytes) / *rate_ * 1e9, cost_max_ns))};
}

void flow_schedule::keep_up(steady_time now) noexcept {
  free_at_ = std::max(free_at_, now - slack);
}

flow_schedule::turn flow_schedule::book(steady_time now) noexcept {
  keep_up(now);
  turn out{turn_bytes(), free_at_, epoch_};
  free_at_ += cost(out.bytes);
  return out;
}

nanoseconds flow_schedule::wait(turn& t, steady_time now) noexcept {
  if (t.epoch != epoch_)
    t = book(now);
  return rate_ && t.at > now ? t.at - now : nanoseconds::zero();
}

void flow_schedule::settle(const turn& t, std::size_t taken) noexcept {
  if (t.epoch == epoch_)
    free_at_ -= cost(t.bytes - std::min(taken, t.bytes));
}

void flow_schedule::charge(std::size_t bytes, steady_time now) noexcept {
  keep_up(now);
  free_at_ += cost(bytes);
}

void flow_schedule::configure(std::optional<double> bytes_per_second, steady_time now) noexcept {
  assert(!bytes_per_second || *bytes_per_second > 0);
  rate_ = bytes_per_second;
  free_at_ = now;
  ++epoch_;
}

} // namespace tributary
