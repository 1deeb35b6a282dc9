#include "net/client/proxy_choice.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace tributary;
using namespace tributary::client;

namespace {

using variables = std::map<std::string, std::string>;

proxy_environment with(const variables& set) {
  return proxy_environment{[&set](const char* name) -> const char* {
    auto at = set.find(name);
    return at == set.end() ? nullptr : at->second.c_str();
  }};
}

/// The endpoint of the proxy that the URL is asked through, "" for none, or what is wrong.
std::string chosen(const variables& set, const std::string& target) {
  auto choice = with(set).choose(std::get<url>(parse_url(target)));
  if (auto* why = std::get_if<std::string>(&choice))
    return *why;
  auto proxy = std::get<std::shared_ptr<const proxy_address>>(choice);
  return proxy ? proxy->endpoint() : "";
}

} // namespace

TEST_CASE("proxy_choice: each scheme has its variable, all_proxy is for the rest") {
  const variables all{
      {"http_proxy", "http://p:1"}, {"https_proxy", "http://s:2"}, {"all_proxy", "socks5://a:3"}};
  CHECK(chosen(all, "http://h/") == "p:1");
  CHECK(chosen(all, "https://h/") == "s:2");
  CHECK(chosen({{"all_proxy", "socks5://a:3"}}, "http://h/") == "a:3");
  CHECK(chosen({{"ALL_PROXY", "a:3"}}, "https://h/") == "a:3");
  CHECK(chosen({{"http_proxy", "p:1"}}, "https://h/") == "");
  CHECK(chosen({}, "http://h/") == "");
}

TEST_CASE("proxy_choice: lower case comes first, an empty value is none, CGI's HTTP_PROXY is not believed") {
  CHECK(chosen({{"http_proxy", "low:1"}, {"HTTP_PROXY", "up:2"}}, "http://h/") == "low:1");
  CHECK(chosen({{"http_proxy", ""}, {"HTTP_PROXY", "up:2"}}, "http://h/") == "up:2");
  CHECK(chosen({{"HTTP_PROXY", "up:2"}, {"REQUEST_METHOD", "GET"}}, "http://h/") == "");
  CHECK(chosen({{"HTTPS_PROXY", "up:2"}, {"REQUEST_METHOD", "GET"}}, "https://h/") == "up:2");
}

TEST_CASE("proxy_choice: loopback is always asked directly") {
  const variables set{{"http_proxy", "p:1"}};
  for (const auto* host : {"localhost", "127.0.0.1", "127.9.9.9", "[::1]", "a.localhost"})
    CHECK(chosen(set, "http://" + std::string(host) + "/") == "");
  CHECK(chosen(set, "http://localhost.example.org/") == "p:1");
}

TEST_CASE("proxy_choice: what no_proxy names is asked directly") {
  struct row {
    const char *no_proxy, *host;
    bool direct;
  };
  for (auto [no_proxy, host, direct] :
       {row{"*", "h", true},
        row{"example.org", "example.org", true},
        row{"example.org", "a.example.org", true},
        row{"example.org", "badexample.org", false},
        row{"Example.ORG", "A.example.org", true},
        row{".example.org", "example.org", true},
        row{".example.org", "a.b.example.org", true},
        row{"a.example.org", "example.org", false},
        row{"x, example.org ,y", "example.org", true},
        row{"example.org:80", "example.org", true},
        row{"example.org:81", "example.org", false},
        row{"10.0.0.1", "10.0.0.1", true},
        row{"10.0.0.1", "10.0.0.2", false},
        row{"10.0.0.0/8", "10.255.1.2", true},
        row{"10.0.0.0/8", "11.0.0.1", false},
        row{"10.0.0.0/33", "10.0.0.0", false},
        row{"10.0.0.0/8", "10.example.org", false},
        row{"fd00::/8", "[fd12::1]", true},
        row{"fd00::/8", "[fe12::1]", false},
        row{"[fd00::1]", "[fd00::1]", true},
        row{"fd00::1", "[fd00:0::1]", true},
        row{"[fd00::1]:81", "[fd00::1]", false},
        row{"0.1", "10.0.0.1", false},
        row{"", "h", false},
        row{".", "h", false},
        row{"[", "h", false},
        row{":", "h", false},
        row{", ,", "h", false}}) {
    CAPTURE(no_proxy);
    CAPTURE(host);
    const variables set{{"all_proxy", "p:1"}, {"no_proxy", no_proxy}};
    CHECK(chosen(set, "http://" + std::string(host) + "/") == (direct ? "" : "p:1"));
  }
  CHECK(chosen({{"all_proxy", "p:1"}, {"NO_PROXY", "h"}}, "http://h/") == "");
}

TEST_CASE("proxy_choice: a variable that is no proxy is told, not passed over") {
  CHECK(
      chosen({{"https_proxy", "socks4://u:hush@h"}}, "https://h/") ==
      "the environment variable https_proxy must begin with http:// or socks5://");
  CHECK(chosen({{"https_proxy", "socks4://h"}}, "http://h/") == "");
}

TEST_CASE("proxy_choice: credentials as Basic, as RFC 7617 has them") {
  proxy_address proxy;
  CHECK(proxy_authorization(proxy) == "");
  proxy.has_credentials = true;
  proxy.user = "Aladdin";
  proxy.password = "open sesame";
  CHECK(proxy_authorization(proxy) == "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n");
  proxy.user = std::string(255, 'u');
  proxy.password = std::string(255, 'p');
  CHECK(proxy_authorization(proxy).size() == 28 - 1 + 684 + 2);
}
