// Exponential backoff with full jitter.
// Source: Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("full jitter").
#pragma once

#include "policy/time.hpp"

#include <cstdint>

namespace tributary {

struct backoff_options {
  milliseconds base{1000};     ///< `retry_delay_seconds`: the ceiling of the first delay.
  milliseconds ceiling{60000}; ///< `retry_delay_max_seconds`: the ceiling of every delay.
};

/// Upper bound of the delay before retry number `retry` (0 = the first): min(ceiling, base * 2^retry).
/// Never overflows, whatever `retry` is.
[[nodiscard]] milliseconds backoff_ceiling(const backoff_options& o, std::uint32_t retry) noexcept;

/// The delay itself: uniform in [0, backoff_ceiling]. `unit` is a random number in [0, 1).
[[nodiscard]] milliseconds backoff_delay(const backoff_options& o, std::uint32_t retry, double unit) noexcept;

} // namespace tributary
