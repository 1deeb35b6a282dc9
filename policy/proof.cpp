#include "policy/proof.hpp"

#include <algorithm>

namespace tributary {

std::vector<byte_range> samples_of(const byte_ranges& here) {
  auto runs = here.runs();
  std::erase_if(runs, [](const byte_range& r) { return r.size() < sample_bytes; });
  std::uint64_t room = 0; // Offsets that a sample may begin at, one run after the other.
  for (const auto& r : runs)
    room += r.size() - sample_bytes + 1;
  if (here.total() < samples_needed * sample_bytes || room < samples_needed)
    return {};
  std::vector<byte_range> out;
  for (std::size_t i = 0; i < samples_needed; ++i) {
    auto at = (room - 1) / (samples_needed - 1) * i;
    if (i + 1 == samples_needed)
      at = room - 1;
    for (const auto& r : runs) {
      const auto here_too = r.size() - sample_bytes + 1;
      if (at < here_too) {
        out.push_back({r.begin + at, r.begin + at + sample_bytes});
        break;
      }
      at -= here_too;
    }
  }
  return out;
}

} // namespace tributary
