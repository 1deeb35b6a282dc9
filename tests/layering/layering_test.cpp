// The repository checks itself: who includes whom, how long files are, who may read a clock.
// docs/architecture.md explains the rules.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct source_file {
  std::string path; ///< Relative to the source tree.
  std::string room;
  std::vector<std::string> lines;
};

/// The room of a path: its top folder, except that net/ is two.
std::string room_of(const std::string& path) {
  const auto first = path.find('/');
  if (first == std::string::npos)
    return "";
  const auto top = path.substr(0, first);
  if (top != "net")
    return top;
  const auto second = path.find('/', first + 1);
  return second == std::string::npos ? "net" : path.substr(0, second);
}

std::vector<source_file> read_tree() {
  std::vector<source_file> files;
  const fs::path root = TRIBUTARY_SOURCE_DIR;
  for (const char* top :
       {"policy", "config", "messages", "store", "net", "actors", "app", "tests", "bench", "examples"})
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const auto extension = entry.path().extension();
      if (!entry.is_regular_file() || (extension != ".cpp" && extension != ".hpp"))
        continue;
      source_file f;
      f.path = fs::relative(entry.path(), root).generic_string();
      f.room = room_of(f.path);
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);)
        f.lines.push_back(line);
      files.push_back(std::move(f));
    }
  std::ranges::sort(files, {}, &source_file::path);
  return files;
}

const std::vector<source_file>& tree() {
  static const auto files = read_tree();
  return files;
}

/// Which rooms a room may include, besides itself. What is not named is forbidden.
const std::map<std::string, std::set<std::string>> allowed{
    {"policy", {}},
    {"config", {"policy"}},
    {"messages", {"policy", "config"}},
    {"store", {"policy", "config", "messages"}},
    {"net", {}},
    {"net/client", {"policy", "config", "messages"}},
    {"net/gateway", {"policy", "config", "messages"}},
    {"actors", {"policy", "config", "messages", "store", "net/client"}},
    {"app", {"policy", "config", "messages", "store", "net/client", "net/gateway", "actors"}},
};

bool includes(const source_file& f, const std::string& what) {
  return std::ranges::any_of(f.lines, [&](const std::string& line) {
    return line.starts_with("#include") && line.find(what) != std::string::npos;
  });
}

/// Does the line just let time pass? ("sleep(" is in usleep( and nanosleep(, too.)
bool naps(const std::string& line) {
  return std::ranges::any_of(
      std::array{"sleep_for", "sleep_until", "sleep(", "poll(nullptr"},
      [&](const char* way) { return line.find(way) != std::string::npos; });
}

/// app/cli waits between two looks, as a person would; this file names what it forbids; and of another
/// process a test can only ask again: let_others_work().
std::ptrdiff_t naps_allowed(const source_file& f) {
  if (f.room == "app" || f.path == "tests/layering/layering_test.cpp")
    return std::ranges::count_if(f.lines, naps);
  return f.path == "tests/support/process.cpp" ? 1 : 0;
}

} // namespace

TEST_CASE("layering: includes point down") {
  const std::regex own_include{R"re(^#include "([^"]+)")re"};
  for (const auto& f : tree()) {
    const auto may = allowed.find(f.room);
    if (may == allowed.end())
      continue; // tests, bench and examples see everything; nobody may see them, which the rest checks.
    for (const auto& line : f.lines) {
      std::smatch m;
      if (!std::regex_search(line, m, own_include))
        continue;
      const auto target = room_of(m[1]);
      CAPTURE(f.path);
      CAPTURE(line);
      CHECK((target == f.room || may->second.contains(target)));
    }
  }
}

TEST_CASE("layering: the heavy headers stay apart") {
  for (const auto& f : tree()) {
    CAPTURE(f.path);
    if (f.room == "policy")
      CHECK_FALSE(
          (includes(f, "<caf/") || includes(f, "<boost/") || includes(f, "<sqlite") || includes(f, "<fmt/")));
    CHECK_FALSE((includes(f, "<caf/") && (includes(f, "<boost/asio") || includes(f, "<boost/beast"))));
    if (f.room != "store" && f.room != "tests")
      CHECK_FALSE((includes(f, "SQLiteCpp") || includes(f, "<sqlite3.h>")));
  }
}

TEST_CASE("layering: only app reads clocks and makes randomness; net may measure on its own threads") {
  for (const auto& f : tree()) {
    if (!allowed.contains(f.room) || f.room == "app")
      continue;
    for (const auto& line : f.lines) {
      CAPTURE(f.path);
      CAPTURE(line);
      CHECK(line.find("random_device") == std::string::npos);
      if (!f.room.starts_with("net"))
        CHECK(line.find("_clock::now()") == std::string::npos);
    }
  }
}

TEST_CASE("layering: nobody sleeps, the tests and benches neither") {
  CHECK(naps("  std::this_thread::sleep_for(1ms);"));
  CHECK(naps("  ::nanosleep(&moment, nullptr);"));
  CHECK(naps("  ::poll(nullptr, 0, 5);"));
  CHECK_FALSE(naps("  return r.sleeps(now);"));
  for (const auto& f : tree()) {
    CAPTURE(f.path);
    CHECK(std::ranges::count_if(f.lines, naps) == naps_allowed(f));
  }
}

TEST_CASE("layering: no file is longer than 400 lines") {
  for (const auto& f : tree()) {
    CAPTURE(f.path);
    CHECK(f.lines.size() <= 400);
  }
}
