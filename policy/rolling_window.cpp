#include "policy/rolling_window.hpp"

#include <algorithm>
#include <cassert>

namespace tributary {

namespace {

constexpr std::int64_t counts_max = 360, times_max = 12;
constexpr nanoseconds count_width_min = seconds{10};

/// The number of the bucket that an instant falls into. Before the clock's epoch (a machine that was started
/// a moment ago remembers what was before) it is negative.
std::int64_t tick_of(std::int64_t instant, nanoseconds width) noexcept {
  const auto w = width.count();
  return instant / w - (instant % w < 0 ? 1 : 0);
}

/// The slot that holds bucket number `tick`, emptied first when it still holds an older round's.
template <class Bucket>
Bucket& slot_for(std::vector<Bucket>& ring, std::int64_t tick) {
  const auto size = static_cast<std::int64_t>(ring.size());
  auto& slot = ring[static_cast<std::size_t>((tick % size + size) % size)];
  if (slot.tick != tick) {
    slot = Bucket{};
    slot.tick = tick;
  }
  return slot;
}

/// Calls `each` with the buckets that the window holds when `newest` is the number of the present one.
template <class Bucket, class F>
void for_window(const std::vector<Bucket>& ring, std::int64_t newest, F each) {
  const auto oldest = newest - static_cast<std::int64_t>(ring.size());
  for (const auto& slot : ring)
    if (slot.tick > oldest && slot.tick <= newest)
      each(slot);
}

} // namespace

rolling_window::rolling_window(std::chrono::minutes length)
    : count_width_(std::max(count_width_min, nanoseconds{length} / counts_max)),
      time_width_(nanoseconds{length} / times_max),
      counts_(static_cast<std::size_t>(nanoseconds{length} / count_width_)),
      times_(static_cast<std::size_t>(times_max)) {
  assert(length >= std::chrono::minutes{1} && length <= std::chrono::hours{24});
}

std::int64_t rolling_window::not_before_newest(steady_time now) const noexcept {
  return std::max<std::int64_t>(newest_, nanoseconds{now.time_since_epoch()}.count());
}

void rolling_window::record(steady_time now, const window_sample& s) {
  newest_ = not_before_newest(now);
  auto& c = slot_for(counts_, tick_of(newest_, count_width_));
  ++c.outcomes[static_cast<std::size_t>(s.result)];
  c.bytes += s.bytes;
  if (s.body > nanoseconds::zero()) {
    c.body += s.body;
    c.timed_bytes += s.bytes;
  }
  if (s.first_byte) {
    c.first_byte += *s.first_byte;
    ++c.first_bytes;
  }
  if (s.result != outcome::ok)
    return;
  c.ok_total += s.total;
  slot_for(times_, tick_of(newest_, time_width_)).times.record(histogram_value(s.total));
}

void rolling_window::restore(steady_time at, const rollup& past) {
  newest_ = not_before_newest(at);
  auto& c = slot_for(counts_, tick_of(newest_, count_width_));
  for (std::size_t i = 0; i < outcome_count; ++i)
    c.outcomes[i] += static_cast<std::uint32_t>(past.outcomes[i]);
  c.bytes += past.bytes;
  c.timed_bytes += past.timed_bytes;
  c.body += past.body;
  c.ok_total += past.ok_total;
  c.first_byte += past.first_byte;
  c.first_bytes += static_cast<std::uint32_t>(past.first_bytes);
  slot_for(times_, tick_of(newest_, time_width_)).times.merge(past.times);
}

window_figures rolling_window::figures(steady_time now) const {
  const auto at = not_before_newest(now);
  rollup sum;
  for_window(counts_, tick_of(at, count_width_), [&](const count_bucket& c) {
    for (std::size_t i = 0; i < outcome_count; ++i)
      sum.outcomes[i] += c.outcomes[i];
    sum.bytes += c.bytes;
    sum.timed_bytes += c.timed_bytes;
    sum.body += c.body;
    sum.ok_total += c.ok_total;
    sum.first_byte += c.first_byte;
    sum.first_bytes += c.first_bytes;
  });
  for_window(times_, tick_of(at, time_width_), [&](const time_bucket& t) { sum.times.merge(t.times); });
  return sum.figures();
}

void rolling_window::clear() {
  std::ranges::fill(counts_, count_bucket{});
  std::ranges::fill(times_, time_bucket{});
}

std::size_t rolling_window::memory() const noexcept {
  return sizeof *this + counts_.capacity() * sizeof(count_bucket) + times_.capacity() * sizeof(time_bucket);
}

} // namespace tributary
