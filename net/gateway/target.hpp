// Takes a request target apart: authority, path segments, query. Strict: what cannot be decoded is refused.
#pragma once

#include "net/gateway/request.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tributary::gateway {

struct target_parts {
  std::string_view authority;        ///< Of an absolute form, http://HOST/..; else "".
  std::vector<std::string> segments; ///< Decoded; "/" is one empty segment.
  std::string_view query;            ///< Still encoded, without the "?".
};

/// Empty when it is neither "/..." nor "http://...", or holds a bad percent escape or an encoded NUL.
[[nodiscard]] std::optional<target_parts> split_target(std::string_view target);

/// "a=b&c" decoded ("+" is a space, as forms write it); empty when a percent escape is bad.
[[nodiscard]] std::optional<query_params> parse_query(std::string_view query);

} // namespace tributary::gateway
