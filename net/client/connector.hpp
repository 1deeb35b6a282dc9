// From a URL to a connection that is ready for a request: look-up, address rules, a race over the addresses,
// the way through a proxy, TLS. Internal to net/client.
#pragma once

#include "config/proxy_address.hpp"
#include "net/client/connection.hpp"
#include "net/client/head_reader.hpp"
#include "net/client/name_lookup.hpp"
#include "net/client/url.hpp"

#include <optional>
#include <vector>

namespace tributary::client {

class tls_context;

/// How long one address may try alone before the next one joins the race (RFC 8305).
inline constexpr milliseconds attempt_delay{250};

struct connect_result {
  std::unique_ptr<connection> link; ///< Null: see `failed`, or `who` is over.
  failure failed;
  response_head refusal; ///< When a proxy refused: its answer.
};

/// `proxy` null: directly. `tls` null: plain. Only without a proxy is it known, and judged, where a name
/// leads.
task<connect_result> connect_to(
    activity& who, name_lookup& names, url target, std::shared_ptr<const proxy_address> proxy,
    const tls_context* tls);

struct race_result {
  std::optional<tcp_socket> socket; ///< The one that connected first. None: all failed, or `who` is over.
  error_code last;                  ///< Why the last one failed.
};

/// Tries the addresses in turn, the next one when one fails or has not answered within attempt_delay.
task<race_result> race_to(activity& who, std::vector<asio::ip::tcp::endpoint> endpoints);

/// Why the target must not be asked, where that can be told without looking its name up. A proxy does that
/// itself: for it this is judged before each question, since a connection to it serves many targets.
[[nodiscard]] std::optional<failure> refused_literal(const url& target);

/// Does the way through the proxy lead to the target itself? (Else the proxy is asked for the target's URL.)
[[nodiscard]] bool is_tunnelled(const proxy_address* proxy, const url& target);

} // namespace tributary::client
