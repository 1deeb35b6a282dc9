// One thing that is wrong with an input, said so that its author can mend it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tributary {

struct complaint {
  std::string pointer; ///< JSON pointer (RFC 6901) of the offending value, "" for the whole document.
  std::string message; ///< What is wrong and how to mend it, one sentence without a final full stop.
  friend bool operator==(const complaint&, const complaint&) = default;
};
using complaints = std::vector<complaint>;

/// One line per complaint, for people: "SOURCE:/providers/alpha/priority: expected a whole number, found a
/// string (line 7, column 3)". Lines are joined by a newline; there is none at the end. What no terminal or
/// log should see in a pointer, which has keys as somebody wrote them, becomes "?".
[[nodiscard]] std::string format_complaints(const complaints& all, std::string_view source);

} // namespace tributary
