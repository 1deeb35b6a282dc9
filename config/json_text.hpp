// JSON as people like to read it: indented, numbers as they would write them (Boost.JSON 1.81 prints 0.1 as
// 1E-1).
#pragma once

#include <boost/json/fwd.hpp>

#include <string>

namespace tributary {

/// Two spaces a level, members in their order, empty arrays and objects on one line; no newline at the end.
[[nodiscard]] std::string pretty_json(const boost::json::value& v);

/// The same on one line, without spaces.
[[nodiscard]] std::string compact_json(const boost::json::value& v);

} // namespace tributary
