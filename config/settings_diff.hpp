// What differs between two settings documents: for dry runs, the journal and events.
#pragma once

#include "config/settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace tributary {

/// One value that was added, removed or changed.
struct settings_difference {
  std::string pointer;               ///< Into the document as it is written: only what is set stands there.
  std::optional<std::string> before; ///< JSON text; none: it was not set.
  std::optional<std::string> after;  ///< JSON text; none: it is not set any more.
  friend bool operator==(const settings_difference&, const settings_difference&) = default;
};
using settings_diff = std::vector<settings_difference>;

/// In the order of the document. A provider that is new or gone is one difference, an array, too.
[[nodiscard]] settings_diff diff_of(const settings& before, const settings& after);

/// [{"pointer","before","after"}] as JSON text, null for none.
[[nodiscard]] std::string to_text(const settings_diff& diff);

} // namespace tributary
