// Reads request bodies: one JSON value of bounded depth, without repeated keys.
#pragma once

#include "net/gateway/problem.hpp"

#include <boost/json/value.hpp>

#include <string_view>
#include <variant>

namespace tributary::gateway {

/// The value, or a 400 that names line and column.
[[nodiscard]] std::variant<boost::json::value, problem> read_body(std::string_view text);

} // namespace tributary::gateway
