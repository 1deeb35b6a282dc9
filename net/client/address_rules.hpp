// Which addresses must never be asked, whatever name leads there. Internal to net/client.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>

namespace tributary::client {

/// Unspecified, link-local, multicast and broadcast addresses, and those where clouds keep their metadata,
/// also when they are wrapped in IPv6. Loopback and private addresses are fine.
[[nodiscard]] bool is_refused_address(const boost::asio::ip::address& address);

/// The address that a host is when it is written as one, in any notation that resolvers read without asking
/// anybody: also 2852039166, 0xA9FEA9FE, 0251.254.43518. None for a name.
[[nodiscard]] std::optional<boost::asio::ip::address> literal_address(std::string host);

} // namespace tributary::client
