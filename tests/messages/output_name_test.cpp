#include "messages/output_name.hpp"

#include <doctest/doctest.h>

using namespace tributary;

TEST_CASE("output_name: ordinary names are fine") {
  for (const std::string name :
       {"a", "b.iso", "dir/sub/b.iso", ".hidden", "...", "a..b", "with space", "größe.iso", "日本/語.bin",
        "x.part/y", "partial.parts"})
    CHECK_MESSAGE(output_name_error(name).empty(), name);
}

TEST_CASE("output_name: what could leave the folder or mislead is refused") {
  for (const std::string name :
       {"",
        "/",
        "/etc/passwd",
        "..",
        ".",
        "../x",
        "a/../b",
        "a/..",
        "./a",
        "a/./b",
        "a//b",
        "a/",
        "a\nb",
        "a\x7f",
        "a\xc2\x85",
        "a\xe2\x80\xae"
        "gpj.exe",
        "a\xe2\x81\xa6",
        "a\xe2\x80\x8e",
        "\xff",
        "caf\xc3",
        "b.iso.part",
        ".part"})
    CHECK_MESSAGE(!output_name_error(name).empty(), name);
  CHECK_FALSE(output_name_error(std::string("a\0b", 3)).empty());
}

TEST_CASE("output_name: a component has at most 255 bytes, the name 2048") {
  CHECK(output_name_error(std::string(255, 'x')).empty());
  CHECK_FALSE(output_name_error(std::string(256, 'x')).empty());
  CHECK(output_name_error("d/" + std::string(255, 'x')).empty());
  CHECK_FALSE(output_name_error(std::string(256, 'x') + "/y").empty());
  std::string deep;
  while (deep.size() < 2046)
    deep += "d/";
  CHECK(output_name_error(deep + "xy").empty());
  CHECK_FALSE(output_name_error(deep + "xyz").empty());
}

TEST_CASE("output_name: the last segment suggests a name") {
  CHECK(suggested_name("a/b.iso") == "b.iso");
  CHECK(suggested_name("b.iso") == "b.iso");
  CHECK(suggested_name("a/b\nc\xff.iso") == "b_c_.iso");
  CHECK(
      suggested_name("a/\xe2\x80\xae"
                     "exe") == "_exe");
  for (const std::string path : {"", "a/", "a/..", ".", "x/b.part"})
    CHECK_MESSAGE(suggested_name(path).empty(), path);
}

TEST_CASE("output_name: a long suggestion is cut between characters") {
  CHECK(suggested_name(std::string(300, 'x')) == std::string(255, 'x'));
  const auto cut = suggested_name(std::string(254, 'x') + "\xc3\xbc");
  CHECK(cut == std::string(254, 'x'));
}
