// From a host name to a connection that is ready for a request: look-up, address rules, a race over the
// addresses, TLS. Internal to net/client.
#pragma once

#include "net/client/connection.hpp"
#include "net/client/name_lookup.hpp"
#include "net/client/socket_errors.hpp"

namespace tributary::client {

class tls_context;

/// How long one address may try alone before the next one joins the race (RFC 8305).
inline constexpr milliseconds attempt_delay{250};

struct connect_result {
  std::unique_ptr<connection> link; ///< Null: see `failed`, or `who` is over.
  failure failed;
};

/// `tls` null: plain.
task<connect_result>
connect_to(activity& who, name_lookup& names, std::string host, std::string port, const tls_context* tls);

} // namespace tributary::client
