// What the handlers of settings, providers and the chain have in common: If-Match and ETag, asking the config
// manager for a change, and differences as JSON.
#pragma once

#include "net/gateway/handlers.hpp"

#include <boost/json/value.hpp>

#include <functional>
#include <string_view>

namespace tributary::gateway {

[[nodiscard]] header_list etag_of(std::uint64_t revision);

/// The body as an object, or a problem: malformed JSON, or not an object.
[[nodiscard]] std::variant<boost::json::object, problem> object_in(const std::string& body);

/// "true" or "false" of a query parameter; `otherwise` when it was not given. A 400 for anything else.
[[nodiscard]] std::variant<bool, problem>
flag_in(const query_params& query, std::string_view name, bool otherwise);

using then_changed = std::function<void(const settings_outcome&)>;

/// Asks for the change under the request's If-Match and as its caller, and goes on with `then`; errors are
/// answered here.
void change(gateway_self self, const call_ptr& c, settings_edit edit, then_changed then);
/// The same, where errors are the caller's.
void change(
    gateway_self self, const call_ptr& c, settings_edit edit, then_changed then,
    std::function<void(const caf::error&)> otherwise);
/// The same as a dry run: errors are answered here.
void preview(gateway_self self, const call_ptr& c, settings_edit edit, then_changed then);

/// [{"pointer","before","after"}]
[[nodiscard]] boost::json::array to_json(const settings_diff& diff);

} // namespace tributary::gateway
