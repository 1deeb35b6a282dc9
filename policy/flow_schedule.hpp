// Who may take how much of a limited flow, and when: each taker asks for a turn, and turns come one after the
// other in the order of asking, so that takers share alike. Source: the generic cell rate algorithm (ITU-T
// I.371), with turns that are booked ahead.
#pragma once

#include "policy/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tributary {

class flow_schedule {
public:
  /// @pre bytes_per_second > 0; none: unlimited.
  explicit flow_schedule(std::optional<double> bytes_per_second) noexcept;

  struct turn {
    std::size_t bytes = 0; ///< At most so many may be taken.
    steady_time at{};      ///< When.
    std::uint64_t epoch = 0;
  };

  /// How much one turn is for: 5 ms of the flow, 1 to 256 KiB; without a limit, far more.
  [[nodiscard]] std::size_t turn_bytes() const noexcept;

  /// The next free turn. Settle it in any case.
  [[nodiscard]] turn book(steady_time now) noexcept;
  /// How long until it is the turn's time; zero: now. A turn from before a change of the rate is booked again
  /// here.
  [[nodiscard]] nanoseconds wait(turn& t, steady_time now) noexcept;
  /// So many of the turn's bytes were taken; those behind it come sooner by the rest.
  void settle(const turn& t, std::size_t taken) noexcept;
  /// Bytes that were taken without a turn.
  void charge(std::size_t bytes, steady_time now) noexcept;

  /// Holds from now on, also for turns that are booked.
  void configure(std::optional<double> bytes_per_second, steady_time now) noexcept;

private:
  [[nodiscard]] nanoseconds cost(std::size_t bytes) const noexcept;
  void keep_up(steady_time now) noexcept;

  std::optional<double> rate_;
  steady_time free_at_{}; ///< When the next turn may begin.
  std::uint64_t epoch_ = 0;
};

} // namespace tributary
