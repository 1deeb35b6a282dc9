// Which addresses must never be asked, whatever name leads there. Internal to net/client.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace tributary::client {

/// Unspecified, link-local (where clouds keep their metadata), multicast and broadcast addresses, also when
/// they are wrapped in IPv6. Loopback and private addresses are fine.
[[nodiscard]] bool is_refused_address(const boost::asio::ip::address& address);

} // namespace tributary::client
