#include "app/cli/input_list.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace tributary;
using namespace tributary::cli;

namespace {

input_list read(const std::string& text, const job_spec& like = {}) {
  std::istringstream in{text};
  return read_input_list(in, like);
}

/// "line 2: what is wrong", one a line.
std::string wrong(const std::string& text) {
  std::string all;
  for (const auto& c : read(text).wrong)
    all += c.pointer + ": " + c.message + '\n';
  return all;
}

bool has(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

} // namespace

TEST_CASE("input_list: one URL a line, named by its last part") {
  const auto list = read("http://h/a%20b.iso\n\n# a remark\nhttps://h/c.iso\r\n");
  REQUIRE(list.wrong.empty());
  REQUIRE(list.wishes.size() == 2);
  CHECK(list.wishes[0].resource.urls == std::vector<std::string>{"http://h/a%20b.iso"});
  CHECK(list.wishes[0].output == "a b.iso");
  CHECK(list.wishes[1].output == "c.iso");
}

TEST_CASE("input_list: several mirrors, and a name after a tab, which may hold spaces and folders") {
  const auto list = read("http://a/x http://b/y\tsub/my file.iso\nhttp://a/1\thttp://b/1\thttp://c/1\tone\n"
                         "http://a/2\thttp://b/2\n");
  REQUIRE(list.wrong.empty());
  REQUIRE(list.wishes.size() == 3);
  CHECK(list.wishes[0].resource.urls == std::vector<std::string>{"http://a/x", "http://b/y"});
  CHECK(list.wishes[0].output == "sub/my file.iso");
  CHECK(list.wishes[1].resource.urls.size() == 3);
  CHECK(list.wishes[1].output == "one");
  CHECK(list.wishes[2].resource.urls.size() == 2);
  CHECK(list.wishes[2].output == "2");
}

TEST_CASE("input_list: every wish is like the pattern") {
  job_spec like;
  like.priority = 7;
  like.max_attempts = 3;
  const auto list = read("http://h/a\n", like);
  CHECK(list.wishes.at(0).priority == 7);
  CHECK(list.wishes.at(0).max_attempts == 3);
}

TEST_CASE("input_list: all that is wrong is told with its line, and then nothing is wanted") {
  const auto text = "http://h/fine\nftp://h/x\nhttp://h/\tsub/\nhttp://h/y\t../z\nhttp://a/1 nonsense\tn\n";
  const auto told = wrong(text);
  CHECK(has(told, "line 2: URL 1 "));
  CHECK(has(told, "line 3: the name "));
  CHECK(has(told, "line 4: the name "));
  CHECK(has(told, "line 5: URL 2 "));
  CHECK_FALSE(has(told, "line 1:"));
  CHECK(read(text).wishes.empty());
}

TEST_CASE("input_list: two lines with one output are wrong, unless files may be renamed or replaced") {
  const auto text = "http://a/index.html\nhttp://b/index.html\n";
  CHECK(has(wrong(text), "line 2: has the same output as line 1: index.html"));
  job_spec like;
  like.on_conflict = on_conflict::rename;
  CHECK(read(text, like).wishes.size() == 2);
}

TEST_CASE("input_list: lines without any name are left to their sources") {
  const auto list = read("http://a/\nhttp://b/\n");
  REQUIRE(list.wrong.empty());
  REQUIRE(list.wishes.size() == 2);
  CHECK(list.wishes[0].output.empty());
  CHECK(list.wishes[1].output.empty());
}

TEST_CASE("input_list: a line of the longest length is read, a longer one is wrong") {
  const std::string url = "http://h/a\t";
  const auto padded = [&](std::size_t size) { return url + std::string(size - url.size() - 1, '#') + "n\n"; };
  CHECK(has(wrong(padded(input_line_bytes_max + 1)), "line 1: is longer"));
  CHECK_FALSE(has(wrong(padded(input_line_bytes_max)), "is longer")); // Its name is too long, though.
}

TEST_CASE("input_list: of many complaints some are shown and the rest is counted") {
  std::string text;
  for (std::size_t i = 0; i < input_complaints_max + 5; ++i)
    text += "ftp://h/x\n";
  const auto list = read(text);
  CHECK(list.wrong.size() == input_complaints_max + 1);
  CHECK(list.wrong.back().message == "and 5 more");
}

TEST_CASE("input_list: an empty list wants nothing and is fine") {
  CHECK(read("").wishes.empty());
  CHECK(read("\n# nothing\n").wrong.empty());
}
