#include "policy/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tributary {

void histogram::record(std::uint64_t microseconds) noexcept {
  const auto value = std::clamp<std::uint64_t>(microseconds, 1, (std::uint64_t{1} << octaves) - 1);
  const auto octave = static_cast<unsigned>(std::bit_width(value)) - 1;
  const auto floor = std::uint64_t{1} << octave;
  const auto slot = static_cast<std::size_t>((value - floor) * slots_per_octave / floor);
  ++slots_[octave * slots_per_octave + slot];
  ++count_;
}

void histogram::merge(const histogram& other) noexcept {
  for (std::size_t i = 0; i < slots_.size(); ++i)
    slots_[i] += other.slots_[i];
  count_ += other.count_;
}

void histogram::clear() noexcept {
  slots_.fill(0);
  count_ = 0;
}

bool histogram::add_slot(std::size_t slot, std::uint32_t count) noexcept {
  if (slot >= slots_.size())
    return false;
  slots_[slot] += count;
  count_ += count;
  return true;
}

std::optional<double> histogram::quantile(double q) const noexcept {
  if (count_ == 0)
    return std::nullopt;
  // The nearest rank: the first value that has at least a share `q` of the records at or below it.
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, count_);
  std::uint64_t seen = 0;
  std::size_t i = 0;
  while ((seen += slots_[i]) < rank)
    ++i;
  const double floor = std::ldexp(1.0, static_cast<int>(i / slots_per_octave));
  const double middle = static_cast<double>(i % slots_per_octave) + 0.5;
  return floor * (1.0 + middle / slots_per_octave);
}

} // namespace tributary
