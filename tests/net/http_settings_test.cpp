#include "net/client/http_settings.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::client;

namespace {

effective_provider at(const std::string& base) {
  effective_provider out;
  out.own.base_url = base;
  return out;
}

url address(const http_settings& s, const std::string& path, const std::string& absolute = "") {
  auto out = address_of(s, path, absolute);
  REQUIRE(std::holds_alternative<url>(out));
  return std::get<url>(out);
}

} // namespace

TEST_CASE("http_settings: the request says what is wanted and who asks") {
  auto s = prepare(at("http://h:8080/base"));
  auto text = request_text(*s, address(*s, "a b"), "0-", true);
  CHECK(
      text == "GET /base/a%20b HTTP/1.1\r\nHost: h:8080\r\nUser-Agent: tributary/" TRIBUTARY_VERSION
              "\r\nAccept-Encoding: identity\r\nRange: bytes=0-\r\n\r\n");
}

TEST_CASE("http_settings: custom headers go to the provider's own origin only") {
  auto p = at("http://h");
  p.own.custom_headers = {{"X-Key", "secret"}, {"user-agent", "me"}, {"Host", "mirror"}};
  auto s = prepare(p);
  auto own = request_text(*s, s->base, "5-", true);
  CHECK(own.find("X-Key: secret\r\n") != std::string::npos);
  CHECK(own.find("user-agent: me\r\n") != std::string::npos);
  CHECK(own.find("User-Agent: tributary") == std::string::npos);
  CHECK(own.find("Host: mirror\r\n") != std::string::npos);
  CHECK(own.find("Host: h\r\n") == std::string::npos);
  auto other = request_text(*s, s->base, "5-", false);
  CHECK(other.find("secret") == std::string::npos);
  CHECK(other.find("Host: h\r\n") != std::string::npos);
  CHECK(other.find("User-Agent: tributary") != std::string::npos);
}

TEST_CASE("http_settings: custom headers cannot change what the client must decide") {
  auto p = at("http://h");
  p.own.custom_headers = {
      {"Range", "bytes=1-2"},
      {"accept-encoding", "gzip"},
      {"Connection", "upgrade"},
      {"Content-Length", "5"}};
  auto s = prepare(p);
  CHECK(s->defect.empty());
  CHECK(s->fields.empty());
}

TEST_CASE("http_settings: a proxy is asked for the whole URL, with its own credentials") {
  auto s = prepare(at("http://h:8080"));
  auto proxy = std::get<proxy_address>(parse_proxy("http://me:pw@p:3128"));
  CHECK(
      request_text(*s, address(*s, "a"), "", true, &proxy) ==
      "GET http://h:8080/a HTTP/1.1\r\nHost: h:8080\r\nUser-Agent: tributary/" TRIBUTARY_VERSION
      "\r\nAccept-Encoding: identity\r\nProxy-Authorization: Basic bWU6cHc=\r\n\r\n");
}

TEST_CASE("http_settings: a header that would break the request is a defect, without its value") {
  for (auto [name, value] :
       {std::pair{"X", "a\r\nEvil: 1"}, {"X y", "a"}, {"", "a"}, {"X:", "a"}, {"X", "\x7F"}}) {
    auto p = at("http://h");
    p.own.custom_headers = {{name, value}};
    CHECK_FALSE(prepare(p)->defect.empty());
    CHECK(prepare(p)->defect.find("Evil") == std::string::npos);
  }
}

TEST_CASE("http_settings: a base that is no URL, and a proxy that is none, are defects") {
  CHECK(prepare(at("ftp://h"))->defect == "base_url: the scheme ftp is not supported");
  auto p = at("http://h");
  p.own.proxy = "ftp://proxy";
  CHECK(prepare(p)->defect == "proxy: must begin with http:// or socks5://");
  p.own.proxy = "http://proxy";
  CHECK(prepare(p)->defect.empty());
  p.own.proxy = "secret://PROXY";
  CHECK(has_secrets(p));
  CHECK_FALSE(prepare(p)->defect.empty()); // Nothing here looks secrets up.
  auto s = prepare(p, [](const std::string&) { return secret_value{"socks5://me:hush@h:9", {}}; });
  REQUIRE(s->proxy);
  CHECK((*s->proxy)->endpoint() == "h:9");
  CHECK(s->secrets == std::vector<std::string>{"socks5://me:hush@h:9", "hush", "bWU6aHVzaA=="});
  CHECK(prepare(at("http://h"))->defect.empty());
}

TEST_CASE(
    "http_settings: an address is beneath the base, or a URL of its own; parameters are added to both") {
  auto p = at("http://h/base");
  p.own.custom_params = {{"key", "a&b"}};
  auto s = prepare(p);
  CHECK(address(*s, "x/y").target == "/base/x/y?key=a%26b");
  CHECK(address(*s, "ignored", "http://other:81/z?q").target == "/z?q&key=a%26b");
  CHECK(address(*s, "", "http://other:81/z").host == "other");
  CHECK(address(*s, "", "http://other/a b").target == "/a%20b?key=a%26b");
  CHECK(std::holds_alternative<std::string>(address_of(*s, "", "file:///etc/passwd")));
}

TEST_CASE("http_settings: a path never leaves the base") {
  auto s = prepare(at("http://h/base"));
  for (auto path : {"..", "../x", "a/../../x", "a/..", "./x"})
    CHECK_MESSAGE(std::holds_alternative<std::string>(address_of(*s, path, "")), path);
  CHECK(address(*s, "..x/y..").target == "/base/..x/y..");
}

TEST_CASE("http_settings: a check asks for its path, else for the base") {
  auto p = at("http://h/base");
  CHECK(check_address_of(*prepare(p)).target == "/base");
  p.own.health_check_path = "ping%20me";
  CHECK(check_address_of(*prepare(p)).target == "/base/ping%20me");
  p.own.health_check_path = "/health?x=1";
  CHECK(check_address_of(*prepare(p)).target == "/base/health?x=1");
  p.own.base_url = "http://h/?key=1";
  CHECK(check_address_of(*prepare(p)).target == "/health?x=1");
}
