// Reads JSON text strictly, and knows where everything stood: repeated keys are found, numbers keep their
// exact value, and each complaint about a value can name its line.
#pragma once

#include "config/complaint.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tributary {

inline constexpr std::size_t json_depth_max = 32; ///< Levels of arrays and objects.

struct json_member;

/// Where a value stood, and all that is within it.
struct json_place {
  std::size_t offset = 0;          ///< In bytes: of the member's key, of the array's element, or of the root.
  std::vector<json_member> within; ///< Of repeated keys the last one holds.

  /// Of the value at the pointer; of what would hold it when it is not there.
  [[nodiscard]] std::size_t offset_of(std::string_view pointer) const;
};

struct json_member {
  std::string name; ///< Its key or index.
  json_place place;
};

struct json_source {
  boost::json::value root;
  json_place places;
  /// One per repeated key, with line and column; the last of them is in `root`.
  complaints repeated;
};

/// Not JSON at all: one complaint with pointer "" that names line and column.
[[nodiscard]] std::variant<json_source, complaint> read_json(std::string_view text);

/// " (line 7, column 3)", both from 1; columns count characters. An offset past the end means the end.
[[nodiscard]] std::string at_position(std::string_view text, std::size_t offset);

} // namespace tributary
