#include "policy/rollup.hpp"

#include <algorithm>
#include <numeric>

namespace tributary {

namespace {

std::optional<double> mean_ms(nanoseconds sum, std::uint64_t n) {
  if (n == 0)
    return std::nullopt;
  return std::chrono::duration<double, std::milli>(sum).count() / static_cast<double>(n);
}

std::optional<double> quantile_ms(const histogram& h, double q) {
  const auto microseconds = h.quantile(q);
  return microseconds ? std::optional{*microseconds / 1000} : std::nullopt;
}

} // namespace

std::uint64_t window_figures::total() const noexcept {
  return std::accumulate(outcomes.begin(), outcomes.end(), std::uint64_t{0});
}

std::uint64_t window_figures::samples() const noexcept {
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < outcome_count; ++i)
    if (counts_in_success_rate(static_cast<outcome>(i)))
      n += outcomes[i];
  return n;
}

void rollup::add(const window_sample& s) noexcept {
  ++outcomes[static_cast<std::size_t>(s.result)];
  bytes += s.bytes;
  if (s.body > nanoseconds::zero()) {
    body += s.body;
    timed_bytes += s.bytes;
  }
  if (s.first_byte) {
    first_byte += *s.first_byte;
    ++first_bytes;
  }
  if (s.result != outcome::ok)
    return;
  ok_total += s.total;
  times.record(histogram_value(s.total));
}

void rollup::merge(const rollup& other) noexcept {
  for (std::size_t i = 0; i < outcome_count; ++i)
    outcomes[i] += other.outcomes[i];
  bytes += other.bytes;
  timed_bytes += other.timed_bytes;
  body += other.body;
  ok_total += other.ok_total;
  first_byte += other.first_byte;
  first_bytes += other.first_bytes;
  up += other.up;
  down += other.down;
  checks += other.checks;
  checks_passed += other.checks_passed;
  times.merge(other.times);
}

bool rollup::empty() const noexcept {
  return checks == 0 && up == nanoseconds::zero() && down == nanoseconds::zero() &&
         std::ranges::all_of(outcomes, [](std::uint64_t n) { return n == 0; });
}

window_figures rollup::figures() const noexcept {
  window_figures f;
  f.outcomes = outcomes;
  f.bytes = bytes;
  if (const auto counted = f.samples(); counted > 0)
    f.success_rate = static_cast<double>(f.of(outcome::ok)) / static_cast<double>(counted);
  f.average_response_ms = mean_ms(ok_total, f.of(outcome::ok));
  f.p50_ms = quantile_ms(times, 0.50);
  f.p95_ms = quantile_ms(times, 0.95);
  f.p99_ms = quantile_ms(times, 0.99);
  f.time_to_first_byte_ms = mean_ms(first_byte, first_bytes);
  if (body > nanoseconds::zero()) // Bits per nanosecond are Gbit/s.
    f.throughput_mbps = static_cast<double>(timed_bytes) * 8000 / static_cast<double>(body.count());
  return f;
}

std::optional<double> rollup::uptime() const noexcept {
  const auto known = up + down;
  if (known <= nanoseconds::zero())
    return std::nullopt;
  return static_cast<double>(up.count()) / static_cast<double>(known.count());
}

} // namespace tributary
