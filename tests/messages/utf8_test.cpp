#include "messages/utf8.hpp"

#include <doctest/doctest.h>

using namespace tributary;

TEST_CASE("utf8: both sides of each length are read") {
  for (const auto& [text, value] : std::initializer_list<std::pair<std::string, char32_t>>{
           {std::string(1, '\0'), 0x0},
           {"\x7f", 0x7f},
           {"\xc2\x80", 0x80},
           {"\xdf\xbf", 0x7ff},
           {"\xe0\xa0\x80", 0x800},
           {"\xed\x9f\xbf", 0xd7ff},
           {"\xee\x80\x80", 0xe000},
           {"\xef\xbf\xbf", 0xffff},
           {"\xf0\x90\x80\x80", 0x10000},
           {"\xf4\x8f\xbf\xbf", 0x10ffff}}) {
    CAPTURE(static_cast<std::uint32_t>(value));
    const auto read = first_code_point(text);
    REQUIRE(read);
    CHECK(static_cast<std::uint32_t>(read->value) == static_cast<std::uint32_t>(value));
    CHECK(read->bytes == text.size());
  }
}

TEST_CASE("utf8: what is no code point is refused") {
  for (const std::string text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82",
        "\xf0\x9f\x98", "\xc3(", "\xe2(\x82"}) {
    CAPTURE(text.size());
    CHECK_FALSE(first_code_point(text));
    CHECK_FALSE(is_utf8("ab" + text));
  }
  CHECK_FALSE(first_code_point(""));
  CHECK(is_utf8(""));
}

TEST_CASE("utf8: each invalid byte is replaced, valid text stays") {
  CHECK(repaired_utf8("naïve \xf0\x9f\x98\x80") == "naïve \xf0\x9f\x98\x80");
  CHECK(repaired_utf8("a\xff\x62\xc3") == "a\xef\xbf\xbd\x62\xef\xbf\xbd");
}

TEST_CASE("utf8: controls and direction marks are known") {
  for (const char32_t c : {U'\x0', U'\x1f', U'\x7f', U'\x80', U'\x9f'})
    CHECK(is_control(c));
  for (const char32_t c : {U'\x20', U'\x7e', U'\xa0'})
    CHECK_FALSE(is_control(c));
  for (const char32_t c : {U'\x200e', U'\x200f', U'\x202a', U'\x202e', U'\x2066', U'\x2069'})
    CHECK(is_bidirectional_control(c));
  for (const char32_t c : {U'\x200d', U'\x2010', U'\x2029', U'\x202f', U'\x2065', U'\x206a'})
    CHECK_FALSE(is_bidirectional_control(c));
}
