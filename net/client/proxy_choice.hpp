// Which proxy a URL is asked through: the provider's own, else what the environment says. Pure: the
// environment comes in as a function. Internal to net/client.
#pragma once

#include "config/proxy_address.hpp"
#include "net/client/url.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tributary::client {

/// The proxy (null: none), or why it cannot be told.
using proxy_choice = std::variant<std::shared_ptr<const proxy_address>, std::string>;

/// http_proxy, https_proxy, all_proxy and no_proxy, in lower or upper case, lower first, as they were when it
/// was made. HTTP_PROXY is not looked at where REQUEST_METHOD is set: under CGI it is whatever a client
/// sends.
class proxy_environment {
public:
  /// Tells a variable's value; null or "": not set.
  using variables = std::function<const char*(const char* name)>;

  proxy_environment() = default; ///< Nothing set.
  explicit proxy_environment(const variables& read);

  /// Loopback hosts are always asked directly, and those that no_proxy names: "*", a host (with all hosts
  /// below it; a leading dot is optional), an address, a network (10.0.0.0/8), each perhaps with ":PORT".
  [[nodiscard]] proxy_choice choose(const url& target) const;

private:
  [[nodiscard]] bool is_excepted(const url& target) const;
  proxy_choice for_http_, for_https_;
  std::vector<std::string> excepted_;
};

/// The header line that a proxy with credentials wants (RFC 7617), else "".
[[nodiscard]] std::string proxy_authorization(const proxy_address& proxy);

} // namespace tributary::client
