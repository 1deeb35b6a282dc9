#include "config/complaint.hpp"
#include "config/wording.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace tributary;

namespace {
constexpr std::array<std::string_view, 6> names{
    "max_retries", "priority", "fall", "retry_delay_seconds", "retry_delay_max_seconds", "rise"};
}

TEST_CASE("wording: a name with up to two typing errors finds its neighbour") {
  CHECK(nearest("max_retrys", names) == "max_retries");  // one wrong, one missing
  CHECK(nearest("max_retires", names) == "max_retries"); // two swapped: one error
  CHECK(nearest("pirority", names) == "priority");
  CHECK(nearest("priorityxx", names) == "priority");
  CHECK(nearest("priorityxxx", names) == "");
}

TEST_CASE("wording: a short name may be one error away, not two") {
  CHECK(nearest("fal", names) == "fall");
  CHECK(nearest("fa", names) == "");
}

TEST_CASE("wording: a name without its unit finds the shortest that goes on with one") {
  CHECK(nearest("retry_delay", names) == "retry_delay_seconds");
  CHECK(nearest("retry", names) == "retry_delay_seconds");
  CHECK(nearest("retr", names) == "");
}

TEST_CASE("wording: a suggestion is a question, and nothing when nothing is near") {
  CHECK(did_you_mean("max_retrys", names) == ", did you mean `max_retries`?");
  CHECK(did_you_mean("colour", names) == "");
}

TEST_CASE("wording: quoted text is safe for a terminal") {
  CHECK(quoted("plain") == "`plain`");
  CHECK(quoted("a\x1b[31m\n\x7f") == "`a?[31m??`");
  CHECK(quoted("gr\xc3\xbc\xc3\x9f") == "`gr\xc3\xbc\xc3\x9f`");
  CHECK(quoted("\xff\xc3") == "`??`");
  CHECK(
      quoted("\xc2\x9b"
             "31m\xc2\xa0") == "`?31m\xc2\xa0`"); // CSI in two bytes; U+00A0 is a space.
}

TEST_CASE("wording: quoted text is cut after 64 bytes, never within a character") {
  CHECK(quoted(std::string(64, 'x')) == "`" + std::string(64, 'x') + "`");
  CHECK(quoted(std::string(65, 'x')) == "`" + std::string(64, 'x') + "...`");
  CHECK(quoted(std::string(63, 'x') + "\xc3\xbc") == "`" + std::string(63, 'x') + "...`");
}

TEST_CASE("wording: numbers are written as people would") {
  CHECK(number_text(0.1) == "0.1");
  CHECK(number_text(30) == "30");
  CHECK(number_text(1'000'000) == "1000000");
  CHECK(number_text(1e300) == "1e+300");
  CHECK(number_text(0) == "0");
}

TEST_CASE("wording: pointer tokens are escaped and come back") {
  CHECK(pointer_to("/a", "b/c~d") == "/a/b~1c~0d");
  CHECK(pointer_token("b~1c~0d") == "b/c~d");
  CHECK(pointer_token("~01") == "~1");
}

TEST_CASE("complaint: each becomes a line that begins with its source") {
  CHECK(
      format_complaints({{"/global/fall", "is odd"}, {"", "is empty"}}, "s.json") ==
      "s.json:/global/fall: is odd\ns.json: is empty");
  CHECK(format_complaints({}, "s.json") == "");
}

TEST_CASE("complaint: a key in a pointer neither steers a terminal nor begins a line of the log") {
  CHECK(
      format_complaints({{"/global/a\x1b]0;x\x07\nforged: line\r\xff", "is odd"}}, "s.json") ==
      "s.json:/global/a?]0;x??forged: line??: is odd");
  const std::string long_key(200, 'x');
  CHECK(
      format_complaints({{"/" + long_key + "/gr\xc3\xbc\xc3\x9f", "is odd"}}, "s") ==
      "s:/" + long_key + "/gr\xc3\xbc\xc3\x9f: is odd"); // Nothing is cut, unlike in quoted text.
}
