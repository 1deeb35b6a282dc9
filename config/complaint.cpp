#include "config/complaint.hpp"

#include "config/wording.hpp"

namespace tributary {

std::string format_complaints(const complaints& all, std::string_view source) {
  std::string out;
  for (const auto& [pointer, message] : all) {
    if (!out.empty())
      out += '\n';
    const auto where = printable(pointer); // Keys are whatever somebody wrote.
    out.append(source).append(":").append(where).append(where.empty() ? " " : ": ").append(message);
  }
  return out;
}

} // namespace tributary
