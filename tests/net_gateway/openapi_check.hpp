// Does what goes over the wire fit the OpenAPI document? Every call of the gateway's fixture is held against
// it.
#pragma once

#include "tests/support/http_client.hpp"

#include <string>
#include <string_view>

namespace tributary::testing {

/// "" when the document describes such an answer to that request, else what does not fit. A member of an
/// answer that the document does not name does not fit, either. Requests that no route takes, and targets
/// that are no path, are not its business.
[[nodiscard]] std::string undocumented(
    std::string_view method, std::string_view target, std::string_view body, const http_reply& reply);

} // namespace tributary::testing
