#include "net/client/address_rules.hpp"

#include <doctest/doctest.h>

using namespace tributary::client;

TEST_CASE("address_rules: the metadata services of clouds are refused, their neighbours are not") {
  for (auto text :
       {"169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254",
        "::ffff:100.100.100.200", "64:ff9b::168.63.129.16"})
    CHECK_MESSAGE(is_refused_address(boost::asio::ip::make_address(text)), text);
  for (auto text :
       {"100.100.100.199", "100.100.100.100", "168.63.129.17", "192.0.0.191", "fd00:ec2::253",
        "fd20:ce::253"})
    CHECK_MESSAGE(!is_refused_address(boost::asio::ip::make_address(text)), text);
}

TEST_CASE("address_rules: an address is read in every notation that resolvers know, a name in none") {
  for (auto text :
       {"169.254.169.254", "169.254.169.254.", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376",
        "169.254.43518", "169.0xfea9fe"}) {
    CAPTURE(text);
    const auto address = literal_address(text);
    REQUIRE(address);
    CHECK(address->to_string() == "169.254.169.254");
  }
  CHECK(literal_address("::1") == boost::asio::ip::make_address("::1"));
  CHECK(literal_address("fe80::1%1"));
  for (auto text :
       {"", ".", "example.org", "169.254.169.254.example.org", "a9fea9fe", "1.2.3.4.5", "256.1.1.1",
        "4294967296"})
    CHECK_MESSAGE(!literal_address(text), text);
}

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
