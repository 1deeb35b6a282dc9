// The list of DESIGN.md section 8: link-local and metadata addresses.
#include "net/client/address_rules.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace tributary::client {
namespace {

using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

/// Where clouds keep their metadata outside of link-local.
constexpr std::array<address_v4::bytes_type, 3> metadata_v4{{
    {100, 100, 100, 200}, // Alibaba
    {168, 63, 129, 16},   // Azure
    {192, 0, 0, 192},     // Oracle
}};
constexpr std::array<address_v6::bytes_type, 2> metadata_v6{{
    {0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, // AWS
    {0xFD, 0x20, 0, 0xCE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, // Google
}};

bool is_refused(const address_v4& a) {
  auto bytes = a.to_bytes();
  return bytes[0] == 0 || (bytes[0] == 169 && bytes[1] == 254) || a.is_multicast() ||
         a == address_v4::broadcast() || std::ranges::find(metadata_v4, bytes) != metadata_v4.end();
}

/// The IPv4 address within: IPv4-mapped (::ffff:0:0/96), IPv4-compatible (::/96), NAT64 (64:ff9b::/96).
bool wraps_refused(const address_v6::bytes_type& b) {
  auto zeros = [&](std::size_t from, std::size_t to) {
    return std::all_of(b.begin() + static_cast<long>(from), b.begin() + static_cast<long>(to), [](auto x) {
      return x == 0;
    });
  };
  auto mapped = zeros(0, 10) && b[10] == 0xFF && b[11] == 0xFF;
  auto compatible = zeros(0, 12) && !(zeros(12, 15) && b[15] == 1); // ::1 is loopback.
  auto nat64 = b[0] == 0 && b[1] == 0x64 && b[2] == 0xFF && b[3] == 0x9B && zeros(4, 12);
  return (mapped || compatible || nat64) && is_refused(address_v4({b[12], b[13], b[14], b[15]}));
}

bool is_refused(const address_v6& a) {
  auto bytes = a.to_bytes(); // Without the scope, which compares as unequal.
  return a.is_unspecified() || a.is_link_local() || a.is_multicast() ||
         std::ranges::find(metadata_v6, bytes) != metadata_v6.end() || wraps_refused(bytes);
}

} // namespace

bool is_refused_address(const boost::asio::ip::address& address) {
  return address.is_v4() ? is_refused(address.to_v4()) : is_refused(address.to_v6());
}

std::optional<boost::asio::ip::address> literal_address(std::string host) {
  if (host.ends_with('.'))
    host.pop_back(); // The root's: who drops it has an address left.
  if (in_addr four{}; ::inet_aton(host.c_str(), &four) != 0)
    return address_v4(ntohl(four.s_addr));
  boost::system::error_code is_a_name;
  auto six = boost::asio::ip::make_address_v6(host, is_a_name);
  if (is_a_name)
    return std::nullopt;
  return six;
}

} // namespace tributary::client
