#include "net/client/header_values.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::client;
using namespace std::chrono_literals;

namespace {

constexpr wall_time noon = std::chrono::sys_days{std::chrono::year{2024} / 5 / 17} + 12h;

} // namespace

TEST_CASE("header_values: Content-Range in its three forms") {
  auto full = parse_content_range("bytes 5-9/10");
  REQUIRE(full);
  CHECK(full->first == 5);
  CHECK(full->last == 9);
  CHECK(full->size == 10);
  auto open = parse_content_range("bytes 0-0/*");
  REQUIRE(open);
  CHECK(open->first == 0);
  CHECK_FALSE(open->size);
  auto none = parse_content_range("bytes */7");
  REQUIRE(none);
  CHECK(none->size == 7);
  CHECK_FALSE(none->first);
}

TEST_CASE("header_values: a Content-Range that contradicts itself or is malformed is none") {
  for (auto text :
       {"", "bytes", "bytes 5-9", "bytes 5-10/10", "bytes 9-5/10", "items 0-1/2", "bytes -5/10",
        "bytes 5-/10", "bytes */*", "bytes 0-1/x", "bytes 0x0-1/2", "bytes 0-18446744073709551616/*",
        "bytes=0-1/2"})
    CHECK_MESSAGE(!parse_content_range(text), text);
}

TEST_CASE("header_values: an HTTP date in all three forms") {
  constexpr wall_time expected = std::chrono::sys_days{std::chrono::year{1994} / 11 / 6} + 8h + 49min + 37s;
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", noon) == expected);
  CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", noon) == expected);
  CHECK(parse_http_date("Sun Nov  6 08:49:37 1994", noon) == expected);
}

TEST_CASE("header_values: a two-digit year is at most 50 years ahead") {
  CHECK(parse_http_date("Sunday, 06-Nov-74 08:49:37 GMT", noon) > noon);
  CHECK(parse_http_date("Sunday, 06-Nov-75 08:49:37 GMT", noon) < noon);
}

TEST_CASE("header_values: what is no date is none") {
  for (auto text :
       {"", "tomorrow", "Sun, 31 Feb 2024 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 nov 1994 08:49:37 GMT"})
    CHECK_MESSAGE(!parse_http_date(text, noon), text);
}

TEST_CASE("header_values: Retry-After as seconds or as a date from now") {
  CHECK(parse_retry_after("0", noon) == 0s);
  CHECK(parse_retry_after("120", noon) == 120s);
  CHECK(parse_retry_after("Fri, 17 May 2024 12:00:30 GMT", noon) == 30s);
  CHECK(parse_retry_after("Fri, 17 May 2024 11:59:30 GMT", noon) == 0s);
}

TEST_CASE("header_values: Retry-After is a week at most, and nonsense is none") {
  CHECK(parse_retry_after("604800", noon) == 604'800s);
  CHECK(parse_retry_after("604801", noon) == 604'800s);
  CHECK(parse_retry_after("99999999999999999999999", noon) == 604'800s);
  CHECK(parse_retry_after("Fri, 17 May 2034 12:00:30 GMT", noon) == 604'800s);
  for (auto text : {"", "-1", "1.5", "soon"})
    CHECK_MESSAGE(!parse_retry_after(text, noon), text);
}

TEST_CASE("header_values: only strong ETags count") {
  CHECK(strong_etag("\"abc\"") == "\"abc\"");
  CHECK(strong_etag("\"\"") == "\"\"");
  for (auto text : {"", "W/\"abc\"", "abc", "\"", "\"a\"b\"", "\"a"})
    CHECK_MESSAGE(strong_etag(text).empty(), text);
}

TEST_CASE("header_values: SHA-256 from the three digest fields") {
  constexpr auto expected = "sha-256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  CHECK(sha256_from_digest_field("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:") == expected);
  CHECK(
      sha256_from_digest_field(
          "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:, sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:;x=1") ==
      expected);
  CHECK(sha256_from_digest_field("SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=") == expected);
  for (auto text :
       {"", "sha-256", "sha-256=:abc=:", "sha-512=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
        "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSu?U=:",
        "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU:"})
    CHECK_MESSAGE(sha256_from_digest_field(text).empty(), text);
}

TEST_CASE("header_values: a proposed file name is made harmless") {
  struct row {
    const char *value, *expected;
  };
  for (auto [value, expected] :
       {row{"attachment; filename=\"a.iso\"", "a.iso"}, row{"attachment;filename=a.iso;size=3", "a.iso"},
        row{"attachment; FileName = \"a \\\"b\\\".iso\"", "a \"b\".iso"},
        row{"attachment; filename=\"x\"; filename*=UTF-8''na%C3%AFve.txt", "na\xC3\xAFve.txt"},
        row{"attachment; filename*=ISO-8859-1''a; filename=b", "b"},
        row{"attachment; filename=\"../../etc/passwd\"", "passwd"},
        row{"attachment; filename=\"C:\\\\dir\\\\x.txt\"", "x.txt"}, row{"attachment; filename=\"/\"", ""},
        row{"attachment; filename=\"..\"", ""}, row{"attachment; filename=\".hidden \"", "hidden"},
        row{"attachment; filename*=UTF-8''a%00b%0Ac%7F.txt", "abc.txt"},
        row{"attachment; filename*=UTF-8''gpj.%E2%80%AEexe", "gpj.exe"},
        row{"attachment; filename=\"\xFF\xFE\"", ""}, row{"attachment; filename*=UTF-8''%", ""},
        row{"attachment", ""}, row{"", ""}, row{"attachment; filename", ""}, row{"attachment; filename=", ""},
        row{"attachment; filename=\"unclosed", "unclosed"}}) {
    CAPTURE(value);
    CHECK(file_name_from_disposition(value) == expected);
  }
  CHECK(file_name_from_disposition("x; filename=" + std::string(255, 'a')).size() == 255);
  CHECK(file_name_from_disposition("x; filename=" + std::string(256, 'a')).size() == 255);
}
