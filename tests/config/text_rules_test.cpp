#include "config/settings_json.hpp"
#include "config/text_rules.hpp"

#include <doctest/doctest.h>

using namespace tributary;

TEST_CASE("provider_name: letters, digits, dot, underscore and hyphen are fine, up to 63 characters") {
  for (const char* name : {"a", "9", "Alpha", "eu-west.1_b", "healthy", "Health"})
    CHECK(provider_name_error(name) == "");
  CHECK(provider_name_error(std::string(63, 'a')) == "");
  CHECK(provider_name_error(std::string(64, 'a')) != "");
}

TEST_CASE("provider_name: other characters and beginnings are refused") {
  for (const char* name : {"", ".", "..", "-a", "_a", "a b", "a/b", "a%62", "\xc3\xa9", "a\n"}) {
    CAPTURE(name);
    CHECK(provider_name_error(name) != "");
  }
}

TEST_CASE("provider_name: words of the API are refused") {
  for (const char* name :
       {"health", "available", "best", "config", "failover", "export", "import", "history", "global",
        "rollback"}) {
    CAPTURE(name);
    CHECK(provider_name_error(name).find("reserved") != std::string::npos);
  }
}

TEST_CASE("base_url: http and https URLs with a host are fine") {
  for (const char* url :
       {"http://a", "https://a.example/", "HTTP://A.example:8080/pub/x%20y", "http://127.0.0.1:1",
        "http://[::1]:65535/x"}) {
    CAPTURE(url);
    CHECK(base_url_error(url) == "");
  }
}

TEST_CASE("base_url: everything else is refused and says why") {
  struct row {
    const char *url, *why;
  };
  const row rows[]{
      {"", "must begin with http"},
      {"alpha.example/pub", "must begin with http"},
      {"ftp://a/", "must begin with http"},
      {"file:///etc/passwd", "must begin with http"},
      {"http://", "has no host"},
      {"http:///x", "has no host"},
      {"http:x", "has no host"},
      {"http://user:pw@a/", "user name or password"},
      {"http://@a/", "user name or password"},
      {"http://a/?x=1", "query"},
      {"http://a/#x", "fragment"},
      {"http://a:0/", "port"},
      {"http://a:65536/", "port"},
      {"http://a:/", "port"},
      {"http://a:x/", "not a URL"},
      {"http://a b/", "not a URL"},
      {"http://a%00b/", "percent"},
      {"http://a/\n", "not a URL"},
      {"http://[::1/", "not a URL"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.url);
    CAPTURE(base_url_error(r.url));
    CHECK(base_url_error(r.url).find(r.why) != std::string::npos);
  }
}

TEST_CASE("base_url: 2048 bytes are fine, 2049 are not") {
  const std::string stem = "http://a/";
  CHECK(base_url_error(stem + std::string(2048 - stem.size(), 'x')) == "");
  CHECK(base_url_error(stem + std::string(2049 - stem.size(), 'x')) == "is longer than 2048 bytes");
}

TEST_CASE("header: token names with plain values are fine") {
  for (const char* name : {"User-Agent", "X-Api-Key", "authorization", "x!#$%&'*+-.^_`|~1"})
    CHECK(header_error(name, "Bearer abc, \"d\"") == "");
  CHECK(header_error("X-Empty", "") == "");
}

TEST_CASE("header: names that are no tokens are refused") {
  for (const char* name : {"", "X Y", "X:Y", "X\r\nY", "X(Y)", "\xc3\xa9"}) {
    CAPTURE(name);
    CHECK(header_error(name, "v").find("is not a header name") == 0);
  }
}

TEST_CASE("header: what the engine sets itself is refused, in any case") {
  for (const char* name :
       {"Host", "content-length", "TRANSFER-ENCODING", "Connection", "Range", "If-Range", "Accept-Encoding",
        "TE", "Trailer", "Upgrade", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Expect"}) {
    CAPTURE(name);
    CHECK(header_error(name, "v").find("set by the engine") != std::string::npos);
  }
}

TEST_CASE("header: values cannot smuggle lines") {
  for (const char* value : {"a\r\nX: y", "a\nb", "a\tb", "\x01", "\x7f", " a", "a "}) {
    CAPTURE(value);
    CHECK(header_error("X-A", value) != "");
  }
}

TEST_CASE("header: names have at most 128 bytes, values 4096") {
  CHECK(header_error(std::string(128, 'a'), std::string(4096, 'v')) == "");
  CHECK(header_error(std::string(129, 'a'), "v") != "");
  CHECK(header_error("a", std::string(4097, 'v')) == "is longer than 4096 bytes");
}

TEST_CASE("parameter: any printable name and value") {
  CHECK(param_error("q[]", "a b&c=d/\xc3\xa9") == "");
  CHECK(param_error("", "v") != "");
  CHECK(param_error("a\nb", "v") != "");
  CHECK(param_error("a", "b\nc") != "");
}

TEST_CASE("paths and labels: the plain rules") {
  CHECK(absolute_path_error("/etc/ca.pem") == "");
  CHECK(absolute_path_error("ca.pem") == "must be an absolute path");
  CHECK(absolute_path_error("/a\nb") != "");
  CHECK(label_error("eu-west") == "");
  CHECK(label_error("") != "");
  CHECK(label_error(std::string(255, 'x')) == "");
  CHECK(label_error(std::string(256, 'x')) != "");
  CHECK(check_path_error("/status?full=1") == "");
  for (const char* path : {"", "http://other/", "//other/x", "/a b", "/a#b", "/a\r\nb"}) {
    CAPTURE(path);
    CHECK(check_path_error(path) != "");
  }
}
