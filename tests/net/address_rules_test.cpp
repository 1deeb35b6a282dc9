#include "net/client/address_rules.hpp"

#include <doctest/doctest.h>

using namespace tributary::client;

TEST_CASE("address_rules: link-local, unspecified, multicast and their wrapped forms are refused") {
  for (auto text :
       {"169.254.169.254", "169.254.0.0", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255",
        "255.255.255.255", "::", "fe80::1", "fe80::1%1", "febf::1", "ff02::1", "::ffff:169.254.169.254",
        "::ffff:0.0.0.0", "::169.254.1.1", "64:ff9b::169.254.169.254", "fd00:ec2::254"})
    CHECK_MESSAGE(is_refused_address(boost::asio::ip::make_address(text)), text);
  for (auto text :
       {"127.0.0.1", "10.0.0.1", "192.168.1.1", "169.253.255.255", "169.255.0.0", "223.255.255.255", "::1",
        "::ffff:127.0.0.1", "fd00::1", "fec0::1", "2001:db8::1", "64:ff9b::10.0.0.1"})
    CHECK_MESSAGE(!is_refused_address(boost::asio::ip::make_address(text)), text);
}
