// A request as the handlers see it: routed, authorised, its body read. Plain data between the two sides of
// the gateway.
#pragma once

#include "net/gateway/routes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tributary::gateway {

/// Decoded names and values of a query string, in order.
using query_params = std::vector<std::pair<std::string, std::string>>;

struct request {
  action what = action::livez;
  std::vector<std::string> params; ///< What the pattern's {} segments bound, decoded.
  query_params query;              ///< Only names that the route knows, each at most once.
  std::optional<std::string> if_match, last_event_id, idempotency_key;
  std::string body;
  std::string id;                      ///< For the log and for problem bodies.
  std::string caller;                  ///< Name of the token; "" on an open route.
  std::optional<std::uint64_t> resume; ///< The connection asks for the next part of an open body: from there.
};

} // namespace tributary::gateway
