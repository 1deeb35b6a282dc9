// What a provider did over the last N minutes. Counters live in buckets of 10 s (wider in windows over 60
// minutes), histograms in buckets of a twelfth of the window (5 min of 60), so memory is fixed (<= 64 KiB)
// and a record costs O(1). Pure: monotonic time comes in as an argument and never goes back.
#pragma once

#include "policy/histogram.hpp"
#include "policy/outcome.hpp"
#include "policy/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace tributary {

/// One finished operation, as the window counts it.
struct window_sample {
  outcome result = outcome::ok;
  nanoseconds total{0};                  ///< From the start of the request to its end.
  std::optional<nanoseconds> first_byte; ///< Empty when no byte arrived.
  std::uint64_t bytes = 0;               ///< Body bytes received.
  nanoseconds body{0}; ///< From the first body byte to the last: what throughput divides by.
};

/// Figures over the window. Everything that needs a sample is empty without one: never 0, never 100.
struct window_figures {
  std::array<std::uint64_t, outcome_count> outcomes{}; ///< Per class, indexed by `outcome`.
  std::uint64_t bytes = 0;
  std::optional<double> success_rate;           ///< Share 0-1 of ok among the classes that count in it.
  std::optional<double> average_response_ms;    ///< Of the ok operations.
  std::optional<double> p50_ms, p95_ms, p99_ms; ///< Of the ok operations.
  std::optional<double> time_to_first_byte_ms;  ///< Mean.
  std::optional<double> throughput_mbps; ///< Mbit/s: body bytes over body time, of all streams' own time.

  [[nodiscard]] std::uint64_t total() const noexcept;
  [[nodiscard]] std::uint64_t of(outcome x) const noexcept { return outcomes[static_cast<std::size_t>(x)]; }
};

class rolling_window {
public:
  /// @pre length is 1 min to 24 h.
  explicit rolling_window(std::chrono::minutes length);

  /// Counts one finished operation at `now`. @pre now never decreases; an older `now` counts as the newest
  /// seen.
  void record(steady_time now, const window_sample& s);

  /// Figures over (now - length, now], exact to one bucket: a sample is seen for at least `length` less one
  /// bucket and never for longer than `length`.
  [[nodiscard]] window_figures figures(steady_time now) const;

  void clear();

  /// Bytes held, for the 64 KiB limit's test.
  [[nodiscard]] std::size_t memory() const noexcept;

private:
  struct count_bucket {
    std::int64_t tick = -1; ///< Which bucket of time this slot holds now; -1: none.
    std::uint64_t bytes = 0;
    std::uint64_t timed_bytes = 0; ///< Those that came with a body time.
    nanoseconds body{0}, ok_total{0}, first_byte{0};
    std::array<std::uint32_t, outcome_count> outcomes{};
    std::uint32_t first_bytes = 0; ///< Samples with a first byte.
  };
  struct time_bucket {
    std::int64_t tick = -1;
    histogram times;
  };
  [[nodiscard]] std::int64_t not_before_newest(steady_time now) const noexcept;

  nanoseconds count_width_, time_width_;
  std::int64_t newest_ = 0; ///< Nanoseconds since the clock's epoch of the newest record.
  std::vector<count_bucket> counts_;
  std::vector<time_bucket> times_;
};

} // namespace tributary
