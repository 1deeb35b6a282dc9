#include "config/proxy_address.hpp"

#include <doctest/doctest.h>

using namespace tributary;

namespace {

proxy_address parsed(std::string_view text) {
  auto out = parse_proxy(text);
  REQUIRE_MESSAGE(std::holds_alternative<proxy_address>(out), text);
  return std::get<proxy_address>(out);
}

} // namespace

TEST_CASE("proxy_address: scheme, host, port and credentials") {
  auto p = parsed("http://me:p%40ss%3A@Proxy.Example:3128/");
  CHECK(p.speaks == proxy_address::kind::http);
  CHECK(p.host == "proxy.example");
  CHECK(p.port == 3128);
  CHECK(p.has_credentials);
  CHECK(p.user == "me");
  CHECK(p.password == "p@ss:");
  CHECK(p.endpoint() == "proxy.example:3128");
  CHECK(parsed("SOCKS5://h").speaks == proxy_address::kind::socks5);
  CHECK(parsed("socks5h://h:9") == parsed("socks5://h:9"));
  CHECK(parsed("http://me:@h").password == "");
  CHECK(parsed("http://[::1]:8").endpoint() == "[::1]:8");
}

TEST_CASE("proxy_address: without a scheme it is http, without a port the usual one") {
  CHECK(parsed("h:3128") == parsed("http://h:3128"));
  CHECK(parsed("me:pw@h:3128").user == "me");
  CHECK(parsed("h").port == 80);
  CHECK(parsed("socks5://h").port == 1080);
}

TEST_CASE("proxy_address: what cannot be used is told, without the text that may hold a password") {
  struct row {
    std::string text;
    const char* words;
  };
  const row rows[] = {
      {"", "has no host"},
      {"http://", "has no host"},
      {"ftp://u:hush@h", "must begin with http:// or socks5://"},
      {"socks4://h", "must begin with http:// or socks5://"},
      {"https://u:hush@h", "TLS to the proxy itself"},
      {"http://h:0", "port"},
      {"http://h:65536", "port"},
      {"http://h/hush", "path"},
      {"http://h?hush", "query"},
      {"http://h#hush", "query"},
      {"http://a b", "is not a proxy's address"},
      {"http://:hush@h", "without a user name"},
      {"http://u%0A:hush@h", "control characters"},
      {"http://a%3Ab:hush@h", "colon"},
      {"socks5://u@h", "without a password"},
      {"http://u:" + std::string(256, 'x') + "@h", "255 bytes"},
      {"http://h" + std::string(2048, 'x'), "2048 bytes"}};
  for (const auto& r : rows) {
    CAPTURE(r.text);
    CHECK(proxy_error(r.text).find(r.words) != std::string::npos);
    CHECK(proxy_error(r.text).find("hush") == std::string::npos);
  }
  CHECK(proxy_error("http://u:" + std::string(255, 'x') + "@h") == "");
  CHECK(proxy_error("direct") == "");
  CHECK(proxy_error("secret://CORPORATE_PROXY") == "");
  CHECK_FALSE(proxy_error("secret://two words").empty());
  CHECK_FALSE(proxy_error("secret://").empty());
  CHECK_FALSE(proxy_error("http://me:secret://WORD@h").empty());
}
