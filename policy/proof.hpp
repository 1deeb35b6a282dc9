// Which bytes are compared where nothing else proves that another source has the same file. Pure.
#pragma once

#include "policy/byte_ranges.hpp"

#include <vector>

namespace tributary {

inline constexpr std::uint64_t sample_bytes = 64u << 10;
inline constexpr std::size_t samples_needed = 3;

/// Three samples from the beginning, the middle and the end of what is here; empty when that is too little.
[[nodiscard]] std::vector<byte_range> samples_of(const byte_ranges& here);

} // namespace tributary
