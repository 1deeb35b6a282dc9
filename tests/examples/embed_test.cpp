// The example does what it says, with a mirror that is dead and one that works.
#include "tests/e2e/engine_process.hpp"
#include "tests/support/nginx.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace tributary::testing;
using namespace std::chrono_literals;

TEST_CASE("embed: downloads a file, and shows progress and health by messages") {
  temp_dir folder;
  const auto bytes = random_bytes(2'000'000, 1);
  write_file(folder / "www" / "a.bin", bytes);
  nginx broken(folder / "www", {"return 500;"}), good(folder / "www");
  process p({EXAMPLE_EMBED, (folder / "work").string(), broken.url() + "/a.bin", good.url() + "/a.bin"});
  CHECK(p.wait(60s) == 0);
  const auto said = p.output() + p.errors();
  CHECK_MESSAGE(p.output().find("succeeded, 2000000 bytes") != std::string::npos, said);
  CHECK(p.output().find(" is available") != std::string::npos);
  CHECK(read_file(folder / "work" / "downloads" / "a.bin") == bytes);
}

TEST_CASE("embed: says why it cannot start") {
  temp_dir folder;
  write_file(folder / "file", "x");
  process p({EXAMPLE_EMBED, (folder / "file").string(), "http://127.0.0.1:9/x"});
  CHECK(p.wait(60s) == 6);
  CHECK(p.errors().find("state folder") != std::string::npos);
}

TEST_CASE("embed: stays short enough to read at once") {
  const auto text = read_file(std::filesystem::path{EXAMPLES_DIR} / "embed.cpp");
  CHECK(std::ranges::count(text, '\n') <= 60);
}
