// Makes a connection to a proxy into one to an origin: CONNECT (RFC 9110 section 9.3.6) or SOCKS5. Internal
// to net/client.
#pragma once

#include "config/proxy_address.hpp"
#include "net/client/head_reader.hpp"
#include "net/client/url.hpp"

namespace tributary::client {

/// How people are told of it.
[[nodiscard]] std::string name_of(const proxy_address& proxy);

/// After it what goes through `link` goes to and comes from the target. `out.failed` says what went wrong (a
/// whole sentence); `out.head` has the status then, where the proxy gave one. Ends early when `who` is over.
task<void> open_tunnel(
    activity& who, connection& link, const proxy_address& proxy, const url& target, arrived_head& out);

} // namespace tributary::client
