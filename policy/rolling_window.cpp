#include "policy/rolling_window.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace tributary {

namespace {

constexpr std::int64_t counts_max = 360, times_max = 12;
constexpr nanoseconds count_width_min = seconds{10};

/// The slot that holds bucket number `tick`, emptied first when it still holds an older round's.
template <class Bucket>
Bucket& slot_for(std::vector<Bucket>& ring, std::int64_t tick) {
  auto& slot = ring[static_cast<std::size_t>(tick) % ring.size()];
  if (slot.tick != tick) {
    slot = Bucket{};
    slot.tick = tick;
  }
  return slot;
}

/// Calls `each` with the buckets that the window holds when `newest` is the number of the present one.
template <class Bucket, class F>
void for_window(const std::vector<Bucket>& ring, std::int64_t newest, F each) {
  for (const auto& slot : ring)
    if (slot.tick >= 0 && slot.tick <= newest && newest - slot.tick < static_cast<std::int64_t>(ring.size()))
      each(slot);
}

double as_ms(nanoseconds x) {
  return std::chrono::duration<double, std::milli>(x).count();
}

std::optional<double> mean_ms(nanoseconds sum, std::uint64_t n) {
  return n == 0 ? std::nullopt : std::optional{as_ms(sum) / static_cast<double>(n)};
}

std::optional<double> success_rate(const window_figures& f) {
  std::uint64_t counted = 0;
  for (std::size_t i = 0; i < outcome_count; ++i)
    if (counts_in_success_rate(static_cast<outcome>(i)))
      counted += f.outcomes[i];
  if (counted == 0)
    return std::nullopt;
  return static_cast<double>(f.of(outcome::ok)) / static_cast<double>(counted);
}

std::optional<double> quantile_ms(const histogram& h, double q) {
  const auto microseconds = h.quantile(q);
  return microseconds ? std::optional{*microseconds / 1000} : std::nullopt;
}

} // namespace

std::uint64_t window_figures::total() const noexcept {
  return std::accumulate(outcomes.begin(), outcomes.end(), std::uint64_t{0});
}

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
  auto& c = slot_for(counts_, newest_ / count_width_.count());
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
  const auto total = std::max(s.total, nanoseconds::zero());
  slot_for(times_, newest_ / time_width_.count())
      .times.record(static_cast<std::uint64_t>(total.count()) / 1000);
}

window_figures rolling_window::figures(steady_time now) const {
  const auto at = not_before_newest(now);
  window_figures f;
  count_bucket sum;
  for_window(counts_, at / count_width_.count(), [&](const count_bucket& c) {
    for (std::size_t i = 0; i < outcome_count; ++i)
      f.outcomes[i] += c.outcomes[i];
    f.bytes += c.bytes;
    sum.timed_bytes += c.timed_bytes;
    sum.body += c.body;
    sum.ok_total += c.ok_total;
    sum.first_byte += c.first_byte;
    sum.first_bytes += c.first_bytes;
  });
  histogram times;
  for_window(times_, at / time_width_.count(), [&](const time_bucket& t) { times.merge(t.times); });

  f.success_rate = success_rate(f);
  f.average_response_ms = mean_ms(sum.ok_total, f.of(outcome::ok));
  f.p50_ms = quantile_ms(times, 0.50);
  f.p95_ms = quantile_ms(times, 0.95);
  f.p99_ms = quantile_ms(times, 0.99);
  f.time_to_first_byte_ms = mean_ms(sum.first_byte, sum.first_bytes);
  if (sum.body > nanoseconds::zero()) // Bits per nanosecond are Gbit/s.
    f.throughput_mbps = static_cast<double>(sum.timed_bytes) * 8000 / static_cast<double>(sum.body.count());
  return f;
}

void rolling_window::clear() {
  std::ranges::fill(counts_, count_bucket{});
  std::ranges::fill(times_, time_bucket{});
}

std::size_t rolling_window::memory() const noexcept {
  return sizeof *this + counts_.capacity() * sizeof(count_bucket) + times_.capacity() * sizeof(time_bucket);
}

} // namespace tributary
