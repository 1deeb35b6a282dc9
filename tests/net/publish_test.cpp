#include "net/client/move_file.hpp"
#include "net/client/publish.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace tributary;
using testing::read_file;
using testing::temp_dir;
using testing::write_file;
namespace fs = std::filesystem;

namespace {

struct fixture {
  temp_dir folder;
  std::shared_ptr<download_root> root =
      std::get<std::shared_ptr<download_root>>(download_root::open(folder.path()));

  /// A finished part file for `target`, checked.
  publish_request finished(const std::string& target, const std::string& text, on_conflict policy) {
    publish_request r;
    r.part = part_name_for(target, 7);
    r.target = target;
    r.on_conflict = policy;
    write_file(folder / r.part, text);
    part_file part{root, r.part, false};
    auto v = verify_part(part, true, true);
    REQUIRE_FALSE(v.error);
    r.inode = v.inode;
    r.size = v.size;
    r.sha256 = v.sha256;
    return r;
  }

  [[nodiscard]] bool is_there(const std::string& name) const {
    return fs::exists(fs::symlink_status(folder / name));
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "publish: verify_part measures, and hashes when asked") {
  write_file(folder / "x.part", "abc");
  part_file part{root, "x.part", false};
  auto v = verify_part(part, false, false);
  CHECK_FALSE(v.error);
  CHECK(v.size == 3);
  CHECK(v.inode == part.stat().inode);
  CHECK(v.sha256.empty());
  CHECK(
      verify_part(part, true, true).sha256 ==
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE_FIXTURE(fixture, "publish: the part file becomes the target, under every policy") {
  for (auto policy :
       {on_conflict::error, on_conflict::rename, on_conflict::replace, on_conflict::skip_if_same}) {
    auto target = "a/b/" + std::string(to_string(policy)) + ".iso";
    CAPTURE(target);
    auto r = finished(target, "abc", policy);
    auto out = publish_part(*root, r);
    CHECK_FALSE(out.error);
    CHECK(out.target == target);
    CHECK(read_file(folder / target) == "abc");
    CHECK_FALSE(is_there(r.part));
    CHECK(publish_part(*root, r).target == target); // Again, as after a crash before the commit.
  }
}

TEST_CASE_FIXTURE(fixture, "publish: with error, an existing target is left alone") {
  write_file(folder / "x.iso", "old");
  auto r = finished("x.iso", "new", on_conflict::error);
  auto out = publish_part(*root, r);
  CHECK(out.exists);
  CHECK(out.error.what == "x.iso exists already");
  CHECK(read_file(folder / "x.iso") == "old");
  CHECK(is_there(r.part));
}

TEST_CASE_FIXTURE(fixture, "publish: with rename, the next free number is taken") {
  write_file(folder / "d/x.tar.gz", "old");
  write_file(folder / "d/x.tar (1).gz", "old");
  auto r = finished("d/x.tar.gz", "new", on_conflict::rename);
  auto out = publish_part(*root, r);
  CHECK(out.target == "d/x.tar (2).gz");
  CHECK(read_file(folder / out.target) == "new");
  CHECK(publish_part(*root, r).target == "d/x.tar (2).gz"); // Found again by its inode.
}

TEST_CASE_FIXTURE(fixture, "publish: numbered names keep odd names whole and fit into 255 bytes") {
  for (auto [name, expected] :
       {std::pair<std::string, std::string>{"plain", "plain (1)"},
        {".hidden", ".hidden (1)"},
        {std::string(251, 'x') + ".iso", std::string(247, 'x') + " (1).iso"}}) {
    write_file(folder / name, "old");
    CHECK(publish_part(*root, finished(name, "new", on_conflict::rename)).target == expected);
  }
}

TEST_CASE_FIXTURE(fixture, "publish: with replace, the target is replaced whole") {
  write_file(folder / "x.iso", "old");
  CHECK_FALSE(publish_part(*root, finished("x.iso", "new", on_conflict::replace)).error);
  CHECK(read_file(folder / "x.iso") == "new");
}

TEST_CASE_FIXTURE(
    fixture, "publish: with skip_if_same, only an equal target is kept in place of the part file") {
  for (auto by_digest : {true, false}) {
    CAPTURE(by_digest);
    write_file(folder / "x.iso", "same");
    auto r = finished("x.iso", "same", on_conflict::skip_if_same);
    if (!by_digest)
      r.sha256.clear();
    CHECK(publish_part(*root, r).target == "x.iso");
    CHECK_FALSE(is_there(r.part));
    for (auto other : {"sane", "same!", ""}) {
      auto differs = finished("x.iso", other, on_conflict::skip_if_same);
      if (!by_digest)
        differs.sha256.clear();
      auto out = publish_part(*root, differs);
      CHECK(out.exists);
      CHECK(out.error.what == "x.iso exists already with other content");
      CHECK(is_there(differs.part));
    }
    CHECK(read_file(folder / "x.iso") == "same");
  }
}

TEST_CASE_FIXTURE(fixture, "publish: a comparison that is given up decides nothing") {
  std::stop_source stop;
  stop.request_stop();
  for (const bool by_digest : {true, false}) {
    CAPTURE(by_digest);
    write_file(folder / "x.iso", "same");
    auto r = finished("x.iso", "same", on_conflict::skip_if_same);
    if (!by_digest)
      r.sha256.clear();
    r.give_up = stop.get_token();
    const auto out = publish_part(*root, r);
    CHECK(out.error.code == ECANCELED);
    CHECK_FALSE(out.exists);
    CHECK_FALSE(out.lost);
    CHECK(is_there(r.part)); // The next start goes on from here.
    CHECK(read_file(folder / "x.iso") == "same");
  }
  auto gone =
      finished("x.iso", "same", on_conflict::skip_if_same); // As after a crash before the last commit.
  fs::remove(folder / gone.part);
  gone.give_up = stop.get_token();
  CHECK_FALSE(publish_part(*root, gone).lost);
}

TEST_CASE_FIXTURE(fixture, "publish: a part file that skip_if_same removed before the crash is no loss") {
  write_file(folder / "x.iso", "same");
  auto r = finished("x.iso", "same", on_conflict::skip_if_same);
  fs::remove(folder / r.part);
  CHECK(publish_part(*root, r).target == "x.iso");
}

TEST_CASE_FIXTURE(fixture, "publish: a part file that is gone, with no target of its inode, is lost") {
  for (auto policy :
       {on_conflict::error, on_conflict::rename, on_conflict::replace, on_conflict::skip_if_same}) {
    CAPTURE(to_string(policy));
    auto r = finished("x.iso", "abc", policy);
    write_file(folder / "x.iso", "other"); // While ours is still there: another inode for sure.
    fs::remove(folder / r.part);
    auto out = publish_part(*root, r);
    CHECK(out.lost);
    CHECK(out.error.what == "the part file x.iso.7.part is gone");
    CHECK(read_file(folder / "x.iso") == "other");
  }
}

TEST_CASE_FIXTURE(fixture, "publish: a part file that is not the checked one is lost") {
  auto r = finished("x.iso", "abc", on_conflict::error);
  write_file(folder / "new", "evil");
  fs::rename(folder / "new", folder / r.part);
  CHECK(publish_part(*root, r).lost);
  CHECK_FALSE(is_there("x.iso"));
}

TEST_CASE_FIXTURE(
    fixture, "publish: a crash between link and unlink leaves one file with two names, then one") {
  auto r = finished("x.iso", "abc", on_conflict::error);
  fs::create_hard_link(folder / r.part, folder / "x.iso");
  CHECK(publish_part(*root, r).target == "x.iso");
  CHECK_FALSE(is_there(r.part));
  CHECK(read_file(folder / "x.iso") == "abc");
}

TEST_CASE_FIXTURE(fixture, "publish: names that lead out publish nothing") {
  temp_dir outside;
  fs::create_directory_symlink(outside.path(), folder / "out");
  auto r = finished("x.iso", "abc", on_conflict::replace);
  for (auto target : {"out/x.iso", "../x.iso", "/tmp/x.iso"}) {
    r.target = target;
    auto out = publish_part(*root, r);
    CHECK(out.error);
    CHECK_FALSE(out.lost);
    CHECK_FALSE(out.error.what.empty());
  }
  CHECK(fs::is_empty(outside.path()));
}

TEST_CASE_FIXTURE(
    fixture, "publish: a link in the target's place counts as existing, and replace replaces the link") {
  temp_dir outside;
  write_file(outside / "precious", "old");
  fs::create_symlink(outside / "precious", folder / "x.iso");
  CHECK(target_exists(*root, "x.iso"));
  auto r = finished("x.iso", "new", on_conflict::error);
  CHECK(publish_part(*root, r).exists);
  r.on_conflict = on_conflict::skip_if_same;
  CHECK(publish_part(*root, r).exists);
  r.on_conflict = on_conflict::replace;
  CHECK_FALSE(publish_part(*root, r).error);
  CHECK(read_file(outside / "precious") == "old");
  CHECK(fs::is_regular_file(fs::symlink_status(folder / "x.iso")));
}

TEST_CASE_FIXTURE(fixture, "publish: a folder in the target's place is an error in words") {
  fs::create_directory(folder / "x.iso");
  auto out = publish_part(*root, finished("x.iso", "abc", on_conflict::replace));
  CHECK(out.error.what == "cannot publish x.iso: Is a directory");
}

TEST_CASE_FIXTURE(fixture, "publish: remove_part removes part files only") {
  write_file(folder / "d/x.iso.7.part", "");
  write_file(folder / "x.iso", "");
  CHECK_FALSE(remove_part(*root, "d/x.iso.7.part"));
  CHECK_FALSE(is_there("d/x.iso.7.part"));
  CHECK_FALSE(remove_part(*root, "d/x.iso.7.part"));
  CHECK_FALSE(remove_part(*root, "none/x.part"));
  CHECK(remove_part(*root, "x.iso").what == "cannot remove x.iso: not a part file");
  CHECK(remove_part(*root, "../x.part"));
  CHECK(is_there("x.iso"));
}

TEST_CASE_FIXTURE(fixture, "publish: target_exists looks beneath the root only") {
  write_file(folder / "d/x.iso", "");
  CHECK(target_exists(*root, "d/x.iso"));
  CHECK(target_exists(*root, "d"));
  CHECK_FALSE(target_exists(*root, "d/y.iso"));
  CHECK_FALSE(target_exists(*root, "none/y.iso"));
  CHECK_FALSE(target_exists(*root, "../" + folder.path().filename().string()));
}

TEST_CASE_FIXTURE(fixture, "move_file: both ways move, and neither overwrites") {
  for (auto how : {client::move_by::rename, client::move_by::link}) {
    CAPTURE(static_cast<int>(how));
    write_file(folder / "from", "new");
    write_file(folder / "there", "old");
    CHECK(
        client::move_without_overwriting(AT_FDCWD, folder / "from", AT_FDCWD, folder / "there", how) ==
        EEXIST);
    CHECK(read_file(folder / "there") == "old");
    CHECK(client::move_without_overwriting(AT_FDCWD, folder / "from", AT_FDCWD, folder / "to", how) == 0);
    CHECK(read_file(folder / "to") == "new");
    CHECK_FALSE(is_there("from"));
    fs::remove(folder / "to");
  }
}
