#include "app/cli/terminal.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

using namespace tributary::cli;

TEST_CASE("terminal: a pipe is no terminal and has no colours") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto t = terminal_of(ends[1]);
  CHECK_FALSE(t.interactive);
  CHECK_FALSE(t.colours);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("terminal: what could steer a terminal or reorder a line is replaced") {
  CHECK(shown("plain äß日本") == "plain äß日本");
  CHECK(shown("a\x1b[2Jb") == "a\xef\xbf\xbd[2Jb");
  CHECK(
      shown("a\nb\tc\r\x7f") == "a\xef\xbf\xbd"
                                "b\xef\xbf\xbd"
                                "c\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(
      shown("\xc2\x9b"
            "1m") == "\xef\xbf\xbd"
                     "1m"); // C1: CSI in one character.
  CHECK(
      shown("gpj.\xe2\x80\xae"
            "exe") == "gpj.\xef\xbf\xbd"
                      "exe");
  CHECK(shown("\xff\xc3") == "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("terminal: cells counts columns, not bytes") {
  CHECK(cells("abc") == 3);
  CHECK(cells("äöü") == 3);
  CHECK(cells("日本") == 4);
  CHECK(cells("e\xcc\x81") == 1); // e and a combining accent.
  CHECK(cells("\xff") == 1);
  CHECK(cells("") == 0);
}

TEST_CASE("terminal: cut_to keeps what fits, and marks what it cut") {
  CHECK(cut_to("abcdef", 6) == "abcdef");
  CHECK(cut_to("abcdef", 5) == "abcd…");
  CHECK(cut_to("日本語", 6) == "日本語");
  CHECK(cut_to("日本語", 5) == "日本…");
  CHECK(cut_to("日本語", 4) == "日…"); // Half a character is none.
  CHECK(cut_to("abc", 1) == "…");
  CHECK(cut_to("abc", 0) == "");
}
