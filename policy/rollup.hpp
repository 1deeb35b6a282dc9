// Finished operations summed up over some span of time: what a window shows, and what the stored history is
// made of. The sum of two spans is the merge of their rollups, so minutes add up to hours without loss. Pure.
#pragma once

#include "policy/histogram.hpp"
#include "policy/outcome.hpp"
#include "policy/time.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace tributary {

/// One finished operation, as windows and rollups count it.
struct window_sample {
  outcome result = outcome::ok;
  nanoseconds total{0};                  ///< From the start of the request to its end.
  std::optional<nanoseconds> first_byte; ///< Empty when no byte arrived.
  std::uint64_t bytes = 0;               ///< Body bytes received.
  nanoseconds body{0}; ///< From the first body byte to the last: what throughput divides by.
};

/// Figures of a span. Everything that needs a sample is empty without one: never 0, never 100.
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
  /// Operations that count in success_rate.
  [[nodiscard]] std::uint64_t samples() const noexcept;
};

struct rollup {
  std::array<std::uint64_t, outcome_count> outcomes{};
  std::uint64_t bytes = 0;
  std::uint64_t timed_bytes = 0; ///< Those that came with a body time.
  nanoseconds body{0};
  nanoseconds ok_total{0}; ///< Response times of the ok operations.
  nanoseconds first_byte{0};
  std::uint64_t first_bytes = 0;               ///< Operations with a first byte.
  nanoseconds up{0}, down{0};                  ///< Known and enabled time, spent available and unavailable.
  std::uint64_t checks = 0, checks_passed = 0; ///< Active checks: never part of the figures.
  histogram times;                             ///< Response times of the ok operations.

  void add(const window_sample& s) noexcept;
  void merge(const rollup& other) noexcept;

  /// Nothing was counted, and no time was known.
  [[nodiscard]] bool empty() const noexcept;
  [[nodiscard]] window_figures figures() const noexcept;
  /// Share (0-1) of up in up and down; empty when neither took any time.
  [[nodiscard]] std::optional<double> uptime() const noexcept;
};

/// What the histogram counts of a duration.
[[nodiscard]] constexpr std::uint64_t histogram_value(nanoseconds total) noexcept {
  return total.count() > 0 ? static_cast<std::uint64_t>(total.count()) / 1000 : 0;
}

} // namespace tributary
