#include "messages/resource_url.hpp"

#include <doctest/doctest.h>

using namespace tributary;

TEST_CASE("resource_url: absolute http and https URLs are fine") {
  for (const std::string url :
       {"http://example.org", "https://example.org/a/b.iso", "HTTP://EXAMPLE.ORG/x",
        "http://127.0.0.1:8080/x", "http://[::1]:80/x", "http://example.org:1/x",
        "http://example.org:65535/x", "http://example.org:/x", "https://example.org/a?b=c#d",
        "https://example.org/%2e%2e/x"})
    CHECK_MESSAGE(resource_url_error(url).empty(), url);
}

TEST_CASE("resource_url: another scheme is named with what works instead") {
  CHECK(resource_url_error("ftp://example.org/x") == "ftp is not supported; use http or https");
  CHECK(resource_url_error("FILE:///etc/passwd") == "file is not supported; use http or https");
  CHECK(resource_url_error("javascript:alert(1)") == "javascript is not supported; use http or https");
}

TEST_CASE("resource_url: what cannot be fetched or carries a secret is refused") {
  for (const std::string url :
       {"",
        "example.org/x",
        "//example.org/x",
        "/x",
        "http:",
        "http://",
        "http:///x",
        "http:/x",
        "http://user@example.org/",
        "http://user:secret@example.org/",
        "http://a@b@c/",
        "http://example.org:0/",
        "http://example.org:65536/",
        "http://example.org:99999/",
        "http://example.org:80x/",
        "http://example.org/a b",
        "http://example.org/\n",
        "http://example.org/ä",
        "http://example.org/%zz",
        "http://exa mple.org/"})
    CHECK_MESSAGE(!resource_url_error(url).empty(), url);
  CHECK_FALSE(resource_url_error(std::string("http://example.org/\0", 20)).empty());
}

TEST_CASE("resource_url: the longest URL has 8192 bytes") {
  const std::string begin = "http://example.org/";
  CHECK(resource_url_error(begin + std::string(8192 - begin.size(), 'x')).empty());
  CHECK_FALSE(resource_url_error(begin + std::string(8193 - begin.size(), 'x')).empty());
}

TEST_CASE("resource_url: dot segments are found however they are spelt, and nothing else is one") {
  for (const std::string url :
       {"http://h/a/../b", "http://h/a/./b", "http://h/..", "http://h/a/.", "http://h/a/%2e%2E/b",
        "http://h/a/.%2e/b", "http://h/a/..%2fb", "http://h/a%2F../b", "http://h/a/..%5Cb",
        "http://h/a/..;x=1/b", "http://h/a/..?q"})
    CHECK_MESSAGE(has_dot_segments(url), url);
  for (const std::string url :
       {"http://h", "http://h/", "http://h/a/..b/c..", "http://h/.../x", "http://h/.hidden",
        "http://h/a?x=/../", "http://h/a#/../", "http://h/a//b", "http://h/%2e%2ex"})
    CHECK_MESSAGE(!has_dot_segments(url), url);
}

TEST_CASE("resource_url: the last segment, decoded and mended, is the name") {
  CHECK(suggested_name_of_url("http://example.org/a/b.iso?x=1#y") == "b.iso");
  CHECK(suggested_name_of_url("http://example.org/a/my%20file.iso") == "my file.iso");
  CHECK(suggested_name_of_url("http://example.org/a%2Fb") == "a_b");
  CHECK(suggested_name_of_url("http://example.org/..%2F..%2Fetc%2Fpasswd") == ".._.._etc_passwd");
  CHECK(suggested_name_of_url("http://example.org/a%0ab%00c") == "a_b_c");
  CHECK(suggested_name_of_url("http://example.org/%ff") == "_");
  CHECK(suggested_name_of_url("http://example.org/100%25") == "100%");
  for (const std::string url :
       {"http://example.org", "http://example.org/", "http://example.org/a/", "http://example.org/%2e%2e",
        "http://example.org/x.part"})
    CHECK_MESSAGE(suggested_name_of_url(url).empty(), url);
}
