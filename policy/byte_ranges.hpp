// A set of bytes of one file, kept as its runs. Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <vector>

namespace tributary {

/// Stands for the end of a file whose size nobody knows.
inline constexpr std::uint64_t open_end = std::numeric_limits<std::uint64_t>::max();

/// The bytes [begin, end).
struct byte_range {
  std::uint64_t begin = 0, end = 0;
  [[nodiscard]] std::uint64_t size() const noexcept { return end - begin; }
  [[nodiscard]] bool empty() const noexcept { return end <= begin; }
  friend bool operator==(const byte_range&, const byte_range&) = default;
};

/// Runs neither touch nor overlap. Each operation costs O(log n), plus one step per run that it swallows.
class byte_ranges {
public:
  void add(byte_range r);
  void remove(byte_range r);
  void clear() noexcept;

  /// Bytes in all.
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  [[nodiscard]] bool covers(byte_range r) const;
  /// Where the run that `at` lies in ends; `at` itself when it lies in none.
  [[nodiscard]] std::uint64_t run_end(std::uint64_t at) const;
  /// In ascending order.
  [[nodiscard]] std::vector<byte_range> runs() const;
  /// What is missing within.
  [[nodiscard]] std::vector<byte_range> gaps(byte_range within) const;

private:
  std::map<std::uint64_t, std::uint64_t> end_of_; ///< By begin.
  std::uint64_t total_ = 0;
};

} // namespace tributary
