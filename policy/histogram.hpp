// A mergeable log-linear histogram of durations: each power of two is cut into equal slots, so the relative
// error of a quantile is at most 1 / (2 * slots_per_octave) <= 5 %. Fixed memory, O(1) per record.
// Source: Gil Tene, HdrHistogram (the log-linear layout).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tributary {

/// Counts values in microseconds from 1 us to 38 hours (2^37 us); smaller and larger ones land in the end
/// slots.
class histogram {
public:
  void record(std::uint64_t microseconds) noexcept;
  void merge(const histogram& other) noexcept;
  void clear() noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  /// Calls each(slot, count) for the slots that hold something, in order: what a stored histogram keeps.
  template <class F>
  void for_slots(F each) const {
    for (std::size_t i = 0; i < slots_.size(); ++i)
      if (slots_[i] > 0)
        each(i, slots_[i]);
  }
  /// Puts a stored slot back. False: there is no such slot; nothing was changed.
  [[nodiscard]] bool add_slot(std::size_t slot, std::uint32_t count) noexcept;

  /// The value in microseconds below which a share `q` (0-1) of the records lies; nothing when empty.
  [[nodiscard]] std::optional<double> quantile(double q) const noexcept;

private:
  static constexpr unsigned octaves = 37;
  static constexpr unsigned slots_per_octave = 10;
  std::array<std::uint32_t, octaves * slots_per_octave> slots_{};
  std::uint64_t count_ = 0;
};

} // namespace tributary
