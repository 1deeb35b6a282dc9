// What a provider did over the last N minutes. Counters live in buckets of 10 s (wider in windows over 60
// minutes), histograms in buckets of a twelfth of the window (5 min of 60), so memory is fixed (<= 64 KiB)
// and a record costs O(1). Pure: monotonic time comes in as an argument and never goes back.
#pragma once

#include "policy/histogram.hpp"
#include "policy/outcome.hpp"
#include "policy/rollup.hpp"
#include "policy/time.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

namespace tributary {

class rolling_window {
public:
  /// @pre length is 1 min to 24 h.
  explicit rolling_window(std::chrono::minutes length);

  /// Counts one finished operation at `now`. @pre now never decreases; an older `now` counts as the newest
  /// seen.
  void record(steady_time now, const window_sample& s);

  /// Counts what an earlier process saw in the span that began at `at`, as if all of it had come then. Call
  /// in the order of `at`, before the first record.
  void restore(steady_time at, const rollup& past);

  /// Figures over (now - length, now], exact to one bucket: a sample is seen for at least `length` less one
  /// bucket and never for longer than `length`.
  [[nodiscard]] window_figures figures(steady_time now) const;

  void clear();

  /// Bytes held, for the 64 KiB limit's test.
  [[nodiscard]] std::size_t memory() const noexcept;

private:
  static constexpr auto never = std::numeric_limits<std::int64_t>::min();
  struct count_bucket {
    std::int64_t tick = never; ///< Which bucket of time this slot holds now.
    std::uint64_t bytes = 0;
    std::uint64_t timed_bytes = 0; ///< As in rollup, and so are the rest.
    nanoseconds body{0}, ok_total{0}, first_byte{0};
    std::array<std::uint32_t, outcome_count> outcomes{};
    std::uint32_t first_bytes = 0;
  };
  struct time_bucket {
    std::int64_t tick = never;
    histogram times;
  };
  [[nodiscard]] std::int64_t not_before_newest(steady_time now) const noexcept;

  nanoseconds count_width_, time_width_;
  std::int64_t newest_ = never; ///< Nanoseconds since the clock's epoch of the newest record.
  std::vector<count_bucket> counts_;
  std::vector<time_bucket> times_;
};

} // namespace tributary
