#include "net/client/url.hpp"

#include <doctest/doctest.h>

using namespace tributary::client;

namespace {

url parsed(std::string_view text) {
  auto out = parse_url(text);
  REQUIRE_MESSAGE(std::holds_alternative<url>(out), text);
  return std::get<url>(out);
}

std::string refusal(std::string_view text) {
  auto out = parse_url(text);
  REQUIRE_MESSAGE(std::holds_alternative<std::string>(out), text);
  return std::get<std::string>(out);
}

} // namespace

TEST_CASE("url: references resolve as in RFC 3986 section 5.4") {
  struct row {
    const char *reference, *expected;
  };
  constexpr auto base = "http://a/b/c/d;p?q";
  for (auto [reference, expected] :
       {// 5.4.1, normal
        row{"g:h", "g:h"}, row{"g", "http://a/b/c/g"}, row{"./g", "http://a/b/c/g"},
        row{"g/", "http://a/b/c/g/"}, row{"/g", "http://a/g"}, row{"//g", "http://g"},
        row{"?y", "http://a/b/c/d;p?y"}, row{"g?y", "http://a/b/c/g?y"}, row{"#s", "http://a/b/c/d;p?q#s"},
        row{"g#s", "http://a/b/c/g#s"}, row{"g?y#s", "http://a/b/c/g?y#s"}, row{";x", "http://a/b/c/;x"},
        row{"g;x", "http://a/b/c/g;x"}, row{"g;x?y#s", "http://a/b/c/g;x?y#s"}, row{"", "http://a/b/c/d;p?q"},
        row{".", "http://a/b/c/"}, row{"./", "http://a/b/c/"}, row{"..", "http://a/b/"},
        row{"../", "http://a/b/"}, row{"../g", "http://a/b/g"}, row{"../..", "http://a/"},
        row{"../../", "http://a/"}, row{"../../g", "http://a/g"},
        // 5.4.2, abnormal
        row{"../../../g", "http://a/g"}, row{"../../../../g", "http://a/g"}, row{"/./g", "http://a/g"},
        row{"/../g", "http://a/g"}, row{"g.", "http://a/b/c/g."}, row{".g", "http://a/b/c/.g"},
        row{"g..", "http://a/b/c/g.."}, row{"..g", "http://a/b/c/..g"}, row{"./../g", "http://a/b/g"},
        row{"./g/.", "http://a/b/c/g/"}, row{"g/./h", "http://a/b/c/g/h"}, row{"g/../h", "http://a/b/c/h"},
        row{"g;x=1/./y", "http://a/b/c/g;x=1/y"}, row{"g;x=1/../y", "http://a/b/c/y"},
        row{"g?y/./x", "http://a/b/c/g?y/./x"}, row{"g?y/../x", "http://a/b/c/g?y/../x"},
        row{"g#s/./x", "http://a/b/c/g#s/./x"}, row{"g#s/../x", "http://a/b/c/g#s/../x"},
        row{"http:g", "http:g"},
        // Encoded separators are other resources: they stay.
        row{"/b%2fc", "http://a/b%2fc"}, row{"%2e%2e/g", "http://a/b/c/%2e%2e/g"}}) {
    CAPTURE(reference);
    CHECK(resolve_reference(base, reference) == expected);
  }
}

TEST_CASE("url: empty segments are segments, and count when dots are removed") {
  CHECK(resolve_reference("http://a;p?q", "../../..//.") == "http://a;p//");
  CHECK(resolve_reference("http://a", "b") == "http://a/b");
  CHECK(resolve_reference("http://a/b//c", "../d") == "http://a/b/d");
  CHECK(resolve_reference("http://a/b", "/c//../d") == "http://a/c/d");
}

TEST_CASE("url: a URL is taken apart without changing its path and query") {
  auto u = parsed("HTTP://Example.ORG/a%2Fb/../c;x?q=1&r=%20#frag");
  CHECK(u.scheme == "http");
  CHECK(u.host == "example.org");
  CHECK(u.port == "80");
  CHECK(u.target == "/a%2Fb/../c;x?q=1&r=%20");
  CHECK(u.authority() == "example.org");
  CHECK(u.origin() == "http://example.org:80");
  CHECK(u.shown() == "http://example.org/a%2Fb/../c;x");
  CHECK_FALSE(u.tls());
}

TEST_CASE("url: IPv6 addresses have brackets outside and none inside") {
  auto u = parsed("https://[::1]:8443");
  CHECK(u.host == "::1");
  CHECK(u.endpoint() == "[::1]:8443");
  CHECK(u.authority() == "[::1]:8443");
  CHECK(u.target == "/");
  CHECK(u.tls());
  CHECK(parsed("https://h").port == "443");
  CHECK(parsed("http://h?x").target == "/?x");
}

TEST_CASE("url: what cannot be asked for is refused without being repeated") {
  CHECK(refusal("ftp://h/x") == "the scheme ftp is not supported");
  CHECK(refusal("/just/a/path") == "not an absolute URL");
  CHECK(refusal("http://user:secret@h/x").find("secret") == std::string::npos);
  CHECK(refusal("http:///x") == "the URL has no host");
  CHECK(refusal("http://169%2e254.169.254/") == "percent-encoded host names are not supported");
  for (auto text : {"http://a@b@c/", "http://h/a b", "http://h/%zz", "http://[::1/", "http://h/\r\nX: y"})
    CHECK(refusal(text) != "");
}

TEST_CASE("url: a port is a number from 1 to 65535") {
  CHECK(parsed("http://h:1/").port == "1");
  CHECK(parsed("http://h:65535/").port == "65535");
  CHECK(parsed("http://h:080/").port == "80");
  CHECK(parsed("http://h:/").port == "80");
  for (auto text : {"http://h:0/", "http://h:65536/", "http://h:99999/", "http://h:4294967376/"})
    CHECK(refusal(text) == "the URL's port is not in 1-65535");
}

TEST_CASE("url: a path goes beneath the base after exactly one slash, encoded") {
  CHECK(beneath_base(parsed("http://h"), "a/b.iso").target == "/a/b.iso");
  CHECK(beneath_base(parsed("http://h/m"), "a").target == "/m/a");
  CHECK(beneath_base(parsed("http://h/m//"), "//a").target == "/m/a");
  CHECK(
      beneath_base(parsed("http://h/m%20x?key=1"), "a b/\xC3\xA9+?#%.x~").target ==
      "/m%20x/a%20b/%C3%A9%2B%3F%23%25.x~?key=1");
}

TEST_CASE("url: parameters join the query encoded") {
  CHECK(with_params(parsed("http://h/x"), {}).target == "/x");
  CHECK(with_params(parsed("http://h/x"), {{"a", "1 2"}, {"b&", "/="}}).target == "/x?a=1%202&b%26=%2F%3D");
  CHECK(with_params(parsed("http://h/x?y"), {{"a", "1"}}).target == "/x?y&a=1");
  CHECK(with_params(parsed("http://h/x?"), {{"a", "1"}}).target == "/x?a=1");
}

TEST_CASE("url: a sloppy Location is mended, a proper one stays as it is") {
  CHECK(mend_reference("/a b/\xC3\xA9|x?y={1}") == "/a%20b/%C3%A9%7Cx?y=%7B1%7D");
  CHECK(mend_reference("/100%/50%2") == "/100%25/50%252");
  CHECK(mend_reference("http://h:8/a%2Fb?x=1&y#z") == "http://h:8/a%2Fb?x=1&y#z");
}

TEST_CASE("url: brackets stay around an IPv6 address only, and only the first # begins a fragment") {
  for (auto [sent, mended] :
       {std::pair{"/a[1]?b[]=2#c[3]", "/a%5B1%5D?b%5B%5D=2#c%5B3%5D"},
        {"http://[::1]:8/a[1]", "http://[::1]:8/a%5B1%5D"},
        {"//[::1]?a[]=1", "//[::1]?a%5B%5D=1"},
        {"[x]", "%5Bx%5D"},
        {"/a#b#c?#", "/a#b%23c?%23"},
        {"?a=1#", "?a=1#"}}) {
    CAPTURE(sent);
    CHECK(mend_reference(sent) == mended);
    CHECK(mend_reference(mended) == mended);
    CHECK(resolve_reference("http://h/", mended));
  }
}
