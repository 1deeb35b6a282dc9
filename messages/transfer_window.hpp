// The stretch of a file that one transfer writes. Its end may be drawn in while the transfer runs, so that
// another one takes over what is beyond, and no byte is ever written by both.
#pragma once

#include "policy/byte_ranges.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace tributary {

class transfer_window {
public:
  explicit transfer_window(std::uint64_t begin, std::uint64_t end = open_end) noexcept
      : position_(begin), end_(end) {}
  transfer_window(const transfer_window&) = delete;
  transfer_window& operator=(const transfer_window&) = delete;

  /// The transfer's side. Takes the next `bytes` bytes, or as many as are left before the end: so many, from
  /// where position() was, are its own to write.
  [[nodiscard]] std::size_t claim(std::size_t bytes) noexcept {
    std::lock_guard lock{mutex_};
    const auto taken = std::min<std::uint64_t>(bytes, end_ - position_);
    position_ += taken;
    return static_cast<std::size_t>(taken);
  }

  /// Any thread. Draws the end in, as far as nothing was claimed there yet; never pushes it out. Returns the
  /// end that holds from now on.
  std::uint64_t trim(std::uint64_t end) noexcept {
    std::lock_guard lock{mutex_};
    end_ = std::min(end_, std::max(end, position_));
    return end_;
  }

  [[nodiscard]] std::uint64_t position() const noexcept {
    std::lock_guard lock{mutex_};
    return position_;
  }
  /// open_end: to the end of the file, wherever that is.
  [[nodiscard]] std::uint64_t end() const noexcept {
    std::lock_guard lock{mutex_};
    return end_;
  }
  /// Nothing is left to claim.
  [[nodiscard]] bool is_full() const noexcept {
    std::lock_guard lock{mutex_};
    return position_ == end_;
  }

private:
  mutable std::mutex mutex_; // Held for a few instructions.
  std::uint64_t position_, end_;
};

} // namespace tributary
