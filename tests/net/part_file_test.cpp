#include "net/client/part_file.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <random>
#include <sys/resource.h>
#include <sys/stat.h>
#include <xxhash.h>

using namespace tributary;
using testing::read_file;
using testing::temp_dir;
using testing::write_file;

namespace {

constexpr auto sha_of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr auto sha_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr auto sha_of_abcdef = "bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721";

struct fixture {
  temp_dir folder;
  std::shared_ptr<download_root> root =
      std::get<std::shared_ptr<download_root>>(download_root::open(folder.path()));

  static bool write(part_file& part, std::uint64_t offset, std::string_view text) {
    return !part.write(offset, std::as_bytes(std::span(text)));
  }
  static std::string digest(part_file& part, std::uint64_t size) {
    auto out = part.sha256(size);
    return std::holds_alternative<std::string>(out) ? std::get<std::string>(out)
                                                    : std::get<file_error>(out).what;
  }
};

} // namespace

TEST_CASE("part_file: its name is unique per job and beside the target") {
  CHECK(part_name_for("a/b.iso", 7) == "a/b.iso.7.part");
  CHECK(part_name_for("b.iso", 18'446'744'073'709'551'615u) == "b.iso.18446744073709551615.part");
}

TEST_CASE("part_file: its name has at most 255 bytes per component, and no half characters") {
  auto room = 255 - std::string(".7.part").size();
  CHECK(part_name_for("d/" + std::string(room, 'x'), 7) == "d/" + std::string(room, 'x') + ".7.part");
  CHECK(part_name_for("d/" + std::string(room + 1, 'x'), 7) == "d/" + std::string(room, 'x') + ".7.part");
  auto accents = std::string(room - 1, 'x') + "\xC3\xA9"; // The last character lies across the border.
  CHECK(part_name_for(accents, 7) == std::string(room - 1, 'x') + ".7.part");
}

TEST_CASE_FIXTURE(
    fixture, "part_file: makes its folders, takes bytes at any offset, and goes on with what is there") {
  {
    part_file part{root, "a/b/x.part", false};
    REQUIRE_FALSE(part.open());
    CHECK(part.end() == 0);
    CHECK(write(part, 3, "def"));
    CHECK(write(part, 0, "abc"));
    CHECK(part.end() == 6);
    CHECK_FALSE(part.flush());
  }
  part_file again{root, "a/b/x.part", false};
  REQUIRE_FALSE(again.open());
  REQUIRE_FALSE(again.open());
  CHECK(again.end() == 6);
  CHECK(again.stat().size == 6);
  CHECK(again.stat().inode != 0);
  CHECK(read_file(folder / "a/b/x.part") == "abcdef");
}

TEST_CASE_FIXTURE(fixture, "part_file: cutting drops what is beyond, and never makes it longer") {
  part_file part{root, "x.part", true};
  REQUIRE_FALSE(part.open());
  CHECK(write(part, 0, "abcdef"));
  CHECK_FALSE(part.truncate(3));
  CHECK(part.end() == 3);
  CHECK(digest(part, 3) == sha_of_abc);
  CHECK_FALSE(part.truncate(10));
  CHECK(read_file(folder / "x.part") == "abc");
}

TEST_CASE_FIXTURE(fixture, "part_file: setting room aside changes nothing that can be read") {
  part_file part{root, "x.part", false};
  REQUIRE_FALSE(part.open());
  CHECK_FALSE(part.reserve(1u << 20));
  CHECK_FALSE(part.reserve(0));
  CHECK(part.stat().size == 0);
}

TEST_CASE_FIXTURE(fixture, "part_file: for a size that no file can have here, no room is set aside") {
  part_file part{root, "x.part", false};
  REQUIRE_FALSE(part.open());
  const auto huge = part.reserve(UINT64_C(1) << 62); // EFBIG, where the file system has a limit below it.
  CHECK((!huge || huge.code == ENOSPC));
  CHECK((!huge || huge.what.starts_with("cannot set room aside for x.part: ")));
  CHECK_FALSE(part.reserve(UINT64_C(1) << 63)); // EINVAL: more than an offset can say.
  CHECK(write(part, 0, "abc"));
}

TEST_CASE_FIXTURE(fixture, "part_file: the digest is right whatever order the bytes came in") {
  for (auto hash : {true, false}) {
    CAPTURE(hash);
    part_file part{root, hash ? "x.part" : "y.part", hash};
    REQUIRE_FALSE(part.open());
    CHECK(digest(part, 0) == sha_of_nothing);
    CHECK(write(part, 3, "def"));
    CHECK(write(part, 0, "abc"));
    CHECK(digest(part, 6) == sha_of_abcdef);
    CHECK(digest(part, 3) == sha_of_abc);
    CHECK(write(part, 1, "b"));
    CHECK(digest(part, 6) == sha_of_abcdef);
    CHECK(digest(part, 7) == "cannot read " + part.name() + ": it is shorter than expected");
  }
}

TEST_CASE_FIXTURE(fixture, "part_file: the digest covers what an earlier process wrote") {
  write_file(folder / "x.part", "abcXXX");
  part_file part{root, "x.part", true};
  REQUIRE_FALSE(part.truncate(3));
  CHECK(write(part, 3, "def"));
  CHECK(digest(part, 6) == sha_of_abcdef);
}

TEST_CASE_FIXTURE(fixture, "part_file: what it is when settled is known until bytes change") {
  part_file part{root, "a.1.part", true};
  part.settle();
  CHECK_FALSE(part.settled()); // Not opened yet.
  REQUIRE_FALSE(part.open());
  REQUIRE(write(part, 0, "abc"));
  CHECK_FALSE(part.settled());
  part.settle();
  REQUIRE(part.settled());
  CHECK(part.settled()->size == 3);
  CHECK(part.settled()->inode == part.stat().inode);
  CHECK(part.settled()->sha256 == sha_of_abc);
  REQUIRE(write(part, 5, "f"));
  CHECK_FALSE(part.settled());
  part.settle();
  REQUIRE(part.settled());
  CHECK(part.settled()->size == 6);
  CHECK(part.settled()->sha256 == ""); // There is a gap: the running digest ends before it.
  REQUIRE_FALSE(part.truncate(3));
  CHECK_FALSE(part.settled());
}

TEST_CASE_FIXTURE(fixture, "part_file: runs are cut at piece borders, each with the XXH3 of its bytes") {
  part_file part{root, "x.part", false};
  part.set_piece_bytes(4);
  REQUIRE_FALSE(part.open());
  CHECK(write(part, 2, "cdef")); // Closes [2, 4), goes on in [4, 6).
  CHECK(write(part, 10, "klm")); // Another stream: closes [10, 12).
  CHECK(write(part, 6, "ghi"));  // Goes on: closes [4, 8).
  part.close_run(9);
  part.close_run(9);
  part.close_run(99);
  const auto runs = part.take_runs();
  REQUIRE(runs.size() == 4);
  const std::vector<std::pair<std::uint64_t, std::string>> expected{
      {2, "cd"}, {10, "kl"}, {4, "efgh"}, {8, "i"}};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    CAPTURE(i);
    const auto& [offset, text] = expected[i];
    CHECK(runs[i].offset == offset);
    CHECK(runs[i].length == text.size());
    CHECK(runs[i].xxh3 == XXH3_64bits(text.data(), text.size()));
    CHECK(part.xxh3(offset, text.size()) == runs[i].xxh3);
  }
  CHECK(part.take_runs().empty());
  CHECK_FALSE(part.xxh3(10, 4));
  CHECK_FALSE(part.truncate(0));
  part.close_run(13); // Forgotten with the bytes.
  CHECK(part.take_runs().empty());
}

TEST_CASE_FIXTURE(
    fixture, "part_file: bytes are compared with those of one in memory, which leaves no file") {
  part_file part{root, "x.part", false};
  REQUIRE_FALSE(part.open());
  CHECK(write(part, 0, "abcdef"));
  const auto sample = part_file::in_memory();
  REQUIRE_FALSE(sample->open());
  CHECK(write(*sample, 2, "cdXf"));
  CHECK(part.has_bytes_of(*sample, 2, 2));
  CHECK_FALSE(part.has_bytes_of(*sample, 2, 3));
  CHECK(part.has_bytes_of(*sample, 5, 1));
  CHECK_FALSE(part.has_bytes_of(*sample, 5, 2));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

// Goal: the running digest always equals that of the file's bytes.
// Method: random writes, cuts and questions; a second part file without history reads the same file.
TEST_CASE_FIXTURE(fixture, "part_file: the running digest equals a fresh one after any history") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    part_file part{root, "x" + std::to_string(seed) + ".part", true};
    REQUIRE_FALSE(part.open());
    for (int step = 0; step < 20; ++step) {
      std::string text(random() % 50, static_cast<char>('a' + random() % 26));
      auto at = random() % 3 == 0 ? random() % (part.end() + 1) : part.end();
      REQUIRE(write(part, at, text));
      if (random() % 8 == 0)
        REQUIRE_FALSE(part.truncate(random() % (part.end() + 1)));
      if (random() % 4 != 0)
        continue;
      part_file fresh{root, part.name(), true};
      auto size = random() % (part.end() + 1);
      REQUIRE(digest(part, size) == digest(fresh, size));
    }
  }
}

TEST_CASE_FIXTURE(
    fixture, "part_file: what reads all of it gives up once nobody wants it, so that a stop is quick") {
  write_file(folder / "x.7.part", "abc");
  part_file part{root, "x.7.part", false}, other{root, "x.7.part", false};
  REQUIRE_FALSE(part.open());
  CHECK(part.xxh3(0, 3));
  CHECK(part.has_bytes_of(other, 0, 3));
  part.abandon();
  const auto out = part.sha256(3);
  REQUIRE(std::holds_alternative<file_error>(out));
  CHECK(std::get<file_error>(out).code == ECANCELED);
  CHECK_FALSE(part.xxh3(0, 3));
  CHECK_FALSE(part.has_bytes_of(other, 0, 3));
}

TEST_CASE_FIXTURE(fixture, "part_file: what is no regular file of ours is refused in words") {
  std::filesystem::create_symlink("/etc/hostname", folder / "link.part");
  REQUIRE(::mkfifo((folder / "pipe.part").c_str(), 0600) == 0);
  std::filesystem::create_directory(folder / "dir.part");
  for (auto name : {"link.part", "pipe.part", "dir.part", "../x.part"}) {
    CAPTURE(name);
    part_file part{root, name, false};
    auto refused = part.open();
    CHECK(refused);
    CHECK(refused.what.find(name) != std::string::npos);
    CHECK(refused.what.starts_with("cannot "));
  }
}

TEST_CASE_FIXTURE(
    fixture, "part_file: a write that does not fit fails in words, and the digest stays right") {
  rlimit before{}, small{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  small = {4'096, before.rlim_max};
  part_file part{root, "x.part", true};
  REQUIRE_FALSE(part.open());
  CHECK(write(part, 0, "abc"));
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string large(8'192, 'x');
  auto failed = part.write(3, std::as_bytes(std::span(large)));
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, ignored);
  CHECK(failed.code == EFBIG);
  CHECK(failed.what == "cannot write x.part: File too large");
  CHECK(digest(part, 3) == sha_of_abc);
}
