// Reads JSON text strictly, and knows where everything stood: repeated keys are found, numbers keep their
// exact value, and each complaint about a value can name its line.
#pragma once

#include "config/complaint.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace tributary {

inline constexpr std::size_t json_depth_max = 32; ///< Levels of arrays and objects.

struct json_source {
  boost::json::value root;
  /// One per repeated key, with line and column; the last of them is in `root`.
  complaints repeated;
};

/// Not JSON at all: one complaint with pointer "" that names line and column.
[[nodiscard]] std::variant<json_source, complaint> read_json(std::string_view text);

/// Where the value at the pointer stands, in bytes: its key, the array's element, or the root; of what would
/// hold it when it is not there. Of repeated keys the last one holds. Walks the text, which read_json() has
/// accepted: places are asked for only where something is wrong, and to keep them all would take many times
/// the text's size.
[[nodiscard]] std::size_t offset_of(std::string_view text, std::string_view pointer);

/// " (line 7, column 3)", both from 1; columns count characters. An offset past the end means the end.
[[nodiscard]] std::string at_position(std::string_view text, std::size_t offset);

} // namespace tributary
