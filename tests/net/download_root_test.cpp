#include "net/client/part_file.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/without_override.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

using namespace tributary;
using testing::temp_dir;
namespace fs = std::filesystem;

namespace {

std::shared_ptr<download_root> open_root(const fs::path& path, beneath how) {
  auto opened = download_root::open(path, how);
  REQUIRE(std::holds_alternative<std::shared_ptr<download_root>>(opened));
  return std::get<std::shared_ptr<download_root>>(opened);
}

/// Both ways of keeping names beneath the root hold the same promises.
template <class Check>
void both_ways(Check check) {
  for (auto how : {beneath::kernel, beneath::walking}) {
    CAPTURE(static_cast<int>(how));
    temp_dir folder;
    fs::create_directories(folder / "root/sub");
    testing::write_file(folder / "outside", "secret");
    testing::write_file(folder / "root/sub/file", "inside");
    check(folder, *open_root(folder / "root", how));
  }
}

bool opens(const download_root& root, const std::string& name, int flags = O_RDONLY) {
  auto fd = root.open_beneath(name, flags);
  if (fd >= 0)
    ::close(fd);
  return fd >= 0;
}

bool opens_folder(const download_root& root, const std::string& name, bool create) {
  auto fd = root.open_folder_of(name, create);
  if (fd >= 0)
    ::close(fd);
  return fd >= 0;
}

} // namespace

TEST_CASE("download_root: opens what is beneath it") {
  both_ways([](temp_dir& folder, const download_root& root) {
    CHECK(opens(root, "sub/file"));
    CHECK(opens(root, "new", O_WRONLY | O_CREAT));
    CHECK(fs::exists(folder / "root/new"));
    CHECK_FALSE(opens(root, "sub/nothing"));
    CHECK(errno == ENOENT);
  });
}

TEST_CASE("download_root: names that leave it, or that are no plain names, open nothing") {
  both_ways([](temp_dir& folder, const download_root& root) {
    for (const auto& name :
         {std::string("../outside"), std::string("sub/../../outside"), (folder / "outside").string(),
          std::string(""), std::string("/"), std::string("."), std::string("sub/./file"),
          std::string("sub//file"), std::string("sub/"), std::string("sub/..")}) {
      CAPTURE(name);
      CHECK_FALSE(opens(root, name));
      CHECK_FALSE(opens(root, name, O_WRONLY | O_CREAT));
      CHECK_FALSE(opens_folder(root, name, true));
    }
    CHECK_FALSE(opens(root, std::string("a\0b", 3), O_WRONLY | O_CREAT));
    CHECK(testing::read_file(folder / "outside") == "secret");
  });
}

TEST_CASE("download_root: symbolic links are not followed, neither out of it nor within") {
  both_ways([](temp_dir& folder, const download_root& root) {
    fs::create_symlink(folder / "outside", folder / "root/link");
    fs::create_directory_symlink(folder.path(), folder / "root/up");
    fs::create_directory_symlink("sub", folder / "root/in");
    for (auto name : {"link", "up/outside", "in/file"}) {
      CAPTURE(name);
      CHECK_FALSE(opens(root, name));
      CHECK_FALSE(opens(root, name, O_WRONLY | O_TRUNC));
    }
    CHECK_FALSE(opens_folder(root, "up/x/file", true));
    CHECK_FALSE(opens_folder(root, "in/x/file", true));
    CHECK(testing::read_file(folder / "outside") == "secret");
    CHECK_FALSE(fs::exists(folder / "x"));
  });
}

TEST_CASE("download_root: folders are made when asked, with all their parents") {
  both_ways([](temp_dir& folder, const download_root& root) {
    CHECK_FALSE(opens_folder(root, "a/b/c/file", false));
    CHECK(errno == ENOENT);
    CHECK(opens_folder(root, "a/b/c/file", true));
    CHECK(fs::is_directory(folder / "root/a/b/c"));
    CHECK(opens_folder(root, "a/b/c/file", true));
    CHECK(opens_folder(root, "top", false));
    CHECK_FALSE(opens_folder(root, "sub/file/x/y", true)); // A file in the place of a folder.
    CHECK(errno == ENOTDIR);
  });
}

TEST_CASE("download_root: makes itself, and says readably why it cannot") {
  temp_dir folder;
  CHECK(opens(*open_root(folder / "x/y/z", beneath::kernel), "f", O_WRONLY | O_CREAT));
  testing::write_file(folder / "file", "");
  auto refused = download_root::open(folder / "file");
  REQUIRE(std::holds_alternative<file_error>(refused));
  CHECK(std::get<file_error>(refused).what.find("Not a directory") != std::string::npos);
  fs::create_directory(folder / "locked");
  fs::permissions(folder / "locked", fs::perms::owner_read | fs::perms::owner_exec);
  const testing::without_override like_everybody;
  auto locked =
      download_root::open(folder / "locked"); // Found now, not when the first job waits for its disk.
  REQUIRE(std::holds_alternative<file_error>(locked));
  CHECK(std::get<file_error>(locked).code == EACCES);
  CHECK(std::get<file_error>(locked).what.find("cannot write in folder") == 0);
}
