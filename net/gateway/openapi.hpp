// The API's description for programs: OpenAPI 3.1, made from the route table, so that it cannot miss a route.
#pragma once

#include <boost/json/fwd.hpp>

namespace tributary::gateway {

/// What GET /openapi.json answers. Made anew by each call.
[[nodiscard]] boost::json::object openapi_document();

} // namespace tributary::gateway
