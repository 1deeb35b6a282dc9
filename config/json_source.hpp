// Reads JSON text strictly, and knows where everything stood: repeated keys are found, numbers keep their
// exact value, and each complaint about a value can name its line.
#pragma once

#include "config/complaint.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace tributary {

inline constexpr std::size_t json_depth_max = 32; ///< Levels of arrays and objects.

struct json_source {
  boost::json::value root;
  /// JSON pointer -> byte offset of the member's key, or of the array's element. "" is the root.
  std::unordered_map<std::string, std::size_t> offsets;
  /// One per repeated key, with line and column; the last of them is in `root`.
  complaints repeated;
};

/// Not JSON at all: one complaint with pointer "" that names line and column.
[[nodiscard]] std::variant<json_source, complaint> read_json(std::string_view text);

/// " (line 7, column 3)", both from 1; columns count characters. An offset past the end means the end.
[[nodiscard]] std::string at_position(std::string_view text, std::size_t offset);

} // namespace tributary
