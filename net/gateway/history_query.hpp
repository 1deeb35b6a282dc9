// The query of GET /api/providers/health/{name}/history. Pure.
#pragma once

#include "messages/health.hpp"
#include "net/gateway/problem.hpp"
#include "net/gateway/request.hpp"

#include <optional>
#include <string_view>
#include <variant>

namespace tributary::gateway {

/// "2026-11-24", "2026-11-24T13:00:00Z", the same with three decimals, or whole seconds since 1970.
[[nodiscard]] std::optional<wall_time> time_from(std::string_view text);

/// from (default: a day before `to`), to (default: now) and step in seconds (default: chosen by the span); or
/// all that is wrong with them.
[[nodiscard]] std::variant<history_query, problem>
history_query_from(const query_params& query, wall_time now);

} // namespace tributary::gateway
