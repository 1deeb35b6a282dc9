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

  /// What holds from `now` on. Before the first call everything is uncounted.
  void enter(steady_time now, phase p);

  /// Share (0-1) of up in up and down over (now - length, now]; empty when neither took any time.
  [[nodiscard]] std::optional<double> share(steady_time now, nanoseconds length) const noexcept;

  void clear() noexcept { changes_.clear(); }

private:
  struct change {
    steady_time at;
    phase to;
  };
  static constexpr std::size_t changes_max = 512; ///< A flapping provider forgets its oldest phases.
  std::deque<change> changes_;
};

} // namespace tributary
