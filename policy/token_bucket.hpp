// May this much pass now, and if not, when? Rates are per second; a bucket holds at most `burst` tokens.
// Source: the token bucket of RFC 2697 (single rate), with debt: one large taker may overdraw and waits
// longer.
#pragma once

#include "policy/time.hpp"

#include <optional>

namespace tributary {

class token_bucket {
public:
  /// rate: tokens per second, empty = unlimited. A new bucket is full. @pre burst > 0, rate > 0.
  token_bucket(std::optional<double> rate, double burst) noexcept;

  /// New rate from now on; what is in the bucket stays, also a debt, capped by the new burst. Without a rate
  /// the bucket is full.
  void configure(std::optional<double> rate, double burst, steady_time now) noexcept;

  /// Takes `n` and returns how long to wait before going on (zero: at once; a day at most). The debt is
  /// remembered, so the average rate holds whatever the sizes are.
  [[nodiscard]] nanoseconds take(double n, steady_time now) noexcept;

  /// Takes `n` if they are there and returns nothing; else takes nothing and returns how long to wait before
  /// asking again. Where `n` is more than the bucket holds, a full bucket suffices.
  [[nodiscard]] std::optional<nanoseconds> try_take(double n, steady_time now) noexcept;

private:
  void refill(steady_time now) noexcept;
  std::optional<double> rate_;
  double burst_, tokens_;
  std::optional<steady_time> last_;
};

} // namespace tributary
