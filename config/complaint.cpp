#include "config/complaint.hpp"

namespace tributary {

std::string format_complaints(const complaints& all, std::string_view source) {
  std::string out;
  for (const auto& [pointer, message] : all) {
    if (!out.empty())
      out += '\n';
    out.append(source).append(":").append(pointer).append(pointer.empty() ? " " : ": ").append(message);
  }
  return out;
}

} // namespace tributary
