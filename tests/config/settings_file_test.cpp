#include "config/settings_file.hpp"

#include "tests/config/settings_samples.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/without_override.hpp"

#include <atomic>
#include <exception>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

using namespace tributary;
using namespace tributary::testing;

namespace {

namespace fs = std::filesystem;

settings with_priority(std::int32_t priority) {
  auto s = accepted(parse_settings(two_providers));
  s.providers.at("alpha").priority = priority;
  return s;
}

struct stat facts_of(const fs::path& file) {
  struct stat facts {};
  REQUIRE(::stat(file.c_str(), &facts) == 0);
  return facts;
}

mode_t mode_of(const fs::path& file) {
  return facts_of(file).st_mode & 07777u;
}

settings_beside written_beside(const fs::path& file, const settings& s) {
  auto made = write_beside(file, s);
  if (const auto* why = std::get_if<std::string>(&made))
    FAIL(*why);
  return std::get<settings_beside>(std::move(made));
}

/// While it lives, files are made as somebody who is in no group but 65534. Root only.
struct as_nobody {
  as_nobody() {
    REQUIRE(::setegid(65534) == 0);
    REQUIRE(::seteuid(65534) == 0);
  }
  ~as_nobody() {
    if (::seteuid(0) != 0 || ::setegid(group) != 0)
      std::terminate(); // All later tests would run with other rights.
  }
  gid_t group = ::getegid();
};

/// Everything in the folder, by name.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder))
    out.push_back(entry.path().filename());
  std::ranges::sort(out);
  return out;
}

} // namespace

TEST_CASE("load_settings: what cannot be read is told with the file's name and the reason") {
  const temp_dir dir;
  const auto missing = only(load_settings(dir / "none.json"));
  CHECK(missing.pointer == "");
  CHECK(missing.message == "cannot read " + (dir / "none.json").string() + ": No such file or directory");
  CHECK(mentions(only(load_settings(dir.path())).message, "it is a folder, not a file"));
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  CHECK(mentions(only(load_settings(dir / "pipe")).message, "it is not a regular file"));
  write_file(dir / "locked.json", two_providers);
  fs::permissions(dir / "locked.json", fs::perms::none);
  const without_override like_everybody;
  CHECK(mentions(only(load_settings(dir / "locked.json")).message, "Permission denied"));
}

TEST_CASE("load_settings: empty and broken files are told apart") {
  const temp_dir dir;
  write_file(dir / "a.json", "");
  CHECK(mentions(only(load_settings(dir / "a.json")).message, "is empty"));
  write_file(dir / "a.json", "\xEF\xBB\xBF{}");
  CHECK(mentions(only(load_settings(dir / "a.json")).message, "byte order mark"));
  write_file(dir / "a.json", "{\n\"global\": }");
  CHECK(mentions(only(load_settings(dir / "a.json")).message, "(line 2, column 11)"));
  write_file(dir / "a.json", std::string("{\0}", 3));
  CHECK(mentions(only(load_settings(dir / "a.json")).message, "not valid JSON"));
}

TEST_CASE("load_settings: 4 MiB are read, one byte more is not") {
  const temp_dir dir;
  const std::string text = "{}";
  write_file(dir / "a.json", text + std::string((4u << 20) - text.size(), ' '));
  CHECK(accepted(load_settings(dir / "a.json")) == settings{});
  write_file(dir / "a.json", text + std::string((4u << 20) - text.size() + 1, ' '));
  CHECK(mentions(only(load_settings(dir / "a.json")).message, "larger than 4 MiB"));
}

TEST_CASE("save_settings: a new file is readable by its owner alone, and nothing else is left") {
  const temp_dir dir;
  CHECK(save_settings(dir / "s.json", with_priority(1)) == "");
  CHECK(accepted(load_settings(dir / "s.json")) == with_priority(1));
  CHECK(mode_of(dir / "s.json") == 0600);
  CHECK(names_in(dir.path()) == std::vector<std::string>{"s.json"});
}

TEST_CASE("save_settings: the previous version is kept, and the file's mode") {
  const temp_dir dir;
  const auto file = dir / "s.json";
  write_file(file, two_providers);
  fs::permissions(file, fs::perms{0640});
  CHECK(save_settings(file, with_priority(1)) == "");
  CHECK(read_file(file.string() + ".previous") == two_providers);
  CHECK(mode_of(file) == 0640);
  CHECK(save_settings(file, with_priority(2)) == "");
  CHECK(accepted(load_settings(file.string() + ".previous")) == with_priority(1));
  CHECK(accepted(load_settings(file)) == with_priority(2));
  CHECK(names_in(dir.path()) == std::vector<std::string>{"s.json", "s.json.previous"});
}

TEST_CASE("save_settings: the file keeps its owner and group") {
  if (::geteuid() != 0)
    return; // Only root can give files to somebody else.
  const temp_dir dir;
  const auto file = dir / "s.json";
  write_file(file, two_providers);
  fs::permissions(file, fs::perms{0640});
  uid_t owner = 0;
  SUBCASE("its group alone is another one") {}
  SUBCASE("its owner, too") {
    owner = 4711;
  }
  REQUIRE(::chown(file.c_str(), owner, 4712) == 0);
  CHECK(save_settings(file, with_priority(1)) == "");
  CHECK(facts_of(file).st_uid == owner);
  CHECK(facts_of(file).st_gid == 4712);
  CHECK(mode_of(file) == 0640);
}

TEST_CASE("save_settings: where the group cannot be kept, no other group gets its rights") {
  if (::geteuid() != 0)
    return; // Only root can make a file that is then saved by somebody else.
  const temp_dir dir;
  const auto file = dir / "s.json";
  write_file(file, two_providers);
  fs::permissions(file, fs::perms{0664});
  REQUIRE(::chown(dir.path().c_str(), 65534, 65534) == 0);
  REQUIRE(::chown(file.c_str(), 65534, 4712) == 0);
  {
    const as_nobody not_in_that_group;
    CHECK(save_settings(file, with_priority(1)) == "");
  }
  CHECK(facts_of(file).st_gid == 65534);
  CHECK(mode_of(file) == 0604);
}

TEST_CASE("save_settings: a link stays a link, and the file behind it is replaced") {
  const temp_dir dir;
  write_file(dir / "real" / "s.json", two_providers);
  fs::create_symlink(dir / "real" / "s.json", dir / "s.json");
  CHECK(save_settings(dir / "s.json", with_priority(3)) == "");
  CHECK(fs::is_symlink(dir / "s.json"));
  CHECK(accepted(load_settings(dir / "real" / "s.json")) == with_priority(3));
}

TEST_CASE("save_settings: what a killed process left is swept away") {
  const temp_dir dir;
  const auto file = dir / "s.json";
  write_file(file, two_providers);
  write_file(file.string() + ".new", "{\"half\": ");
  write_file(file.string() + ".previous.new", "{\"hal");
  CHECK(save_settings(file, with_priority(4)) == "");
  CHECK(accepted(load_settings(file)) == with_priority(4));
  CHECK(read_file(file.string() + ".previous") == two_providers);
  CHECK(names_in(dir.path()) == std::vector<std::string>{"s.json", "s.json.previous"});
}

TEST_CASE("save_settings: where it cannot write, the old file stays as it was") {
  const temp_dir dir;
  const auto file = dir / "s.json";
  write_file(file, two_providers);
  SUBCASE("the name of the new file is taken by a folder") {
    fs::create_directories(file.string() + ".new/x");
    CHECK(mentions(save_settings(file, with_priority(5)), "cannot remove " + file.string() + ".new"));
  }
  SUBCASE("the name of the previous version is taken by a folder") {
    fs::create_directories(file.string() + ".previous/x");
    CHECK(mentions(save_settings(file, with_priority(5)), "cannot write " + file.string() + ".previous"));
  }
  SUBCASE("the folder is read-only") {
    const without_override like_everybody;
    fs::permissions(dir.path(), fs::perms{0500});
    CHECK(mentions(save_settings(file, with_priority(5)), "Permission denied"));
    fs::permissions(dir.path(), fs::perms{0700});
  }
  CHECK(read_file(file) == two_providers);
}

TEST_CASE("save_settings: an edit made before, or while the new text is written, is not overwritten") {
  const temp_dir dir;
  const auto file = dir / "s.json";
  write_file(file, two_providers);
  const auto seen = stamp_of(file);
  REQUIRE(seen);
  saved_file result;
  SUBCASE("before") {
    write_file(file, "an edit");
    result = save_settings(file, with_priority(1), seen);
  }
  SUBCASE("in place, meanwhile") {
    const auto made = written_beside(file, with_priority(1));
    write_file(file, "an edit");
    result = put_in_place(made, seen);
  }
  SUBCASE("by a new file of its name, meanwhile") {
    const auto made = written_beside(file, with_priority(1));
    write_file(dir / "draft", "an edit");
    fs::rename(dir / "draft", file);
    result = put_in_place(made, seen);
  }
  CHECK(result.moved);
  CHECK(result.why == "");
  CHECK_FALSE(result.stamp);
  CHECK(read_file(file) == "an edit");
  CHECK(names_in(dir.path()) == std::vector<std::string>{"s.json"});
}

TEST_CASE("save_settings: what is as expected is replaced, and so is what nobody has looked at") {
  const temp_dir dir;
  const auto file = dir / "s.json";
  write_file(file, two_providers);
  std::optional<file_stamp> expected;
  SUBCASE("as expected") {
    expected = stamp_of(file);
  }
  SUBCASE("not looked at") {}
  SUBCASE("gone: nothing is there to be lost") {
    expected = stamp_of(file);
    fs::remove(file);
  }
  for (int i = 1; i <= 2; ++i) { // The second time over what the first one has left.
    const auto result = save_settings(file, with_priority(i), expected);
    CHECK_FALSE(result.moved);
    CHECK(result.why == "");
    CHECK(result.stamp == stamp_of(file));
    CHECK(accepted(load_settings(file)) == with_priority(i));
    expected = result.stamp;
  }
}

TEST_CASE("save_settings: a missing folder and a folder in the file's place are told") {
  const temp_dir dir;
  CHECK(mentions(save_settings(dir / "none" / "s.json", {}), "No such file or directory"));
  fs::create_directory(dir / "folder");
  CHECK(mentions(save_settings(dir / "folder", {}), "is not a regular file"));
  write_file(dir / "file", "x");
  CHECK(mentions(save_settings(dir / "file" / "s.json", {}), "Not a directory"));
}

TEST_CASE("save_settings: what could not be loaded again is not saved") {
  const temp_dir dir;
  settings s;
  for (int i = 0; i < 2000; ++i)
    s.providers["p" + std::to_string(i)].base_url = "http://a/" + std::string(2030, 'x');
  CHECK(mentions(save_settings(dir / "s.json", s), "larger than 4 MiB"));
  CHECK(names_in(dir.path()).empty());
}

// Goal: a reader never sees a missing or half written file, so neither does a start after kill -9.
// Method: one thread saves versions in a row while another loads without pause.
TEST_CASE("save_settings: at every moment the file is one whole version") {
  const temp_dir dir;
  const auto file = dir / "s.json";
  REQUIRE(save_settings(file, with_priority(0)) == "");
  std::atomic<bool> done = false;
  std::thread writer{[&] {
    for (std::int32_t i = 1; i <= 200; ++i)
      if (!save_settings(file, with_priority(i)).empty())
        break;
    done = true;
  }};
  std::int32_t newest = 0;
  bool whole = true;
  while (!done) {
    const auto seen = load_settings(file);
    const auto* s = std::get_if<settings>(&seen);
    whole = whole && s && s->providers.at("alpha").priority >= newest;
    newest = s ? s->providers.at("alpha").priority : newest;
  }
  writer.join();
  CHECK(whole);
  CHECK(accepted(load_settings(file)) == with_priority(200));
}
