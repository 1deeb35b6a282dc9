// One thing that is wrong with an input, said so that its author can mend it.
#pragma once

#include <string>
#include <vector>

namespace tributary {

struct complaint {
  std::string pointer; ///< JSON pointer (RFC 6901) of the offending value, "" for the whole document.
  std::string message; ///< What is wrong and how to mend it, one sentence without a final full stop.
  friend bool operator==(const complaint&, const complaint&) = default;
};
using complaints = std::vector<complaint>;

} // namespace tributary
