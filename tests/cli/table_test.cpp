#include "app/cli/table.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace tributary::cli;

namespace {

const terminal plain{}, narrow{true, false, 20}, coloured{true, true, 80};

table example() {
  table t{{"NAME", ">SIZE", "WHERE"}};
  t.add({"a", "12", "http://one.example/files"});
  t.add({"日本", "3", ""});
  return t;
}

} // namespace

TEST_CASE("table: columns are aligned by what is shown, and an empty cell is a dash") {
  CHECK(
      example().text(plain) == "NAME  SIZE  WHERE\n"
                               "a       12  http://one.example/files\n"
                               "日本     3  -\n");
}

TEST_CASE("table: on a terminal the last column is cut, in a pipe never") {
  CHECK(
      example().text(narrow) == "NAME  SIZE  WHERE\n"
                                "a       12  http://…\n"
                                "日本     3  -\n");
}

TEST_CASE("table: colours surround the text and do not count as width") {
  table t{{"STATE", "NAME"}};
  t.add({cell{"up", tone::good}, "x"});
  CHECK(t.text(coloured).find("\x1b[32mup\x1b[0m     x\n") != std::string::npos);
  CHECK(t.text(plain) == "STATE  NAME\nup     x\n");
}

TEST_CASE("table: a remote name cannot break the table") {
  table t{{"NAME", "X"}};
  t.add({"evil\n\x1b[31mname", "y"});
  const auto text = t.text(plain);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(std::ranges::count(text, '\n') == 2);
}
