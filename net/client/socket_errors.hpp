// What a failed socket call means for the provider, and how people are told. Internal to net/client.
#pragma once

#include "net/client/asio.hpp"
#include "policy/outcome.hpp"

#include <string>

namespace tributary::client {

struct failure {
  fault cause = fault::none;
  std::string message;
};

/// `endpoint`: "host:port".
[[nodiscard]] failure connect_failure(const error_code& why, const std::string& endpoint);

} // namespace tributary::client
