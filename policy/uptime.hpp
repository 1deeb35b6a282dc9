// How much of its known time a provider was up, over the last N minutes. Pure; fixed memory.
#pragma once

#include "policy/time.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace tributary {

class uptime_record {
public:
  enum class phase : std::uint8_t { uncounted, up, down };

  /// What holds from `now` on; at one instant the last word holds. Before the first call everything is
  /// uncounted.
  void enter(steady_time now, phase p);

  struct spent {
    nanoseconds up{0}, down{0};
  };
  /// Time spent up and down in (from, to].
  [[nodiscard]] spent between(steady_time from, steady_time to) const noexcept;

  /// Share (0-1) of up in up and down over (now - length, now]; empty when neither took any time.
  [[nodiscard]] std::optional<double> share(steady_time now, nanoseconds length) const noexcept;

  void clear() noexcept { changes_.clear(); }

  /// A flapping provider forgets its oldest phases.
  static constexpr std::size_t changes_max = 256;

private:
  struct change {
    steady_time at;
    phase to;
  };
  std::deque<change> changes_;
};

} // namespace tributary
