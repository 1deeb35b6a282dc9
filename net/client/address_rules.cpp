// The list of DESIGN.md section 8: link-local and metadata addresses.
#include "net/client/address_rules.hpp"

#include <algorithm>
#include <array>

namespace tributary::client {
namespace {

using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

bool is_refused(const address_v4& a) {
  auto bytes = a.to_bytes();
  return bytes[0] == 0 || (bytes[0] == 169 && bytes[1] == 254) || a.is_multicast() ||
         a == address_v4::broadcast();
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
  constexpr address_v6::bytes_type metadata{0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54};
  auto bytes = a.to_bytes(); // Without the scope, which compares as unequal.
  return a.is_unspecified() || a.is_link_local() || a.is_multicast() || bytes == metadata ||
         wraps_refused(bytes);
}

} // namespace

bool is_refused_address(const boost::asio::ip::address& address) {
  return address.is_v4() ? is_refused(address.to_v4()) : is_refused(address.to_v6());
}

} // namespace tributary::client
