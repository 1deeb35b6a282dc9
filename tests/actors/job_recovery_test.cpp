// Runs that were killed with the whole engine, and what the next start makes of them.
#include "flow_fixture.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace tributary;
using namespace tributary::testing;

namespace {

std::uint64_t inode_of(const std::filesystem::path& file) {
  struct stat s {};
  REQUIRE(::stat(file.c_str(), &s) == 0);
  return s.st_ino;
}

struct recovery_fixture : flow_fixture {
  /// A job as the journal shows it after its engine was killed while it was being published.
  job_id put_publishing(
      const std::string& part, const std::string& target, std::uint64_t inode, std::uint64_t size) {
    job_row row;
    row.id = 1;
    row.spec = spec_of("a/" + target);
    row.spec.output = target;
    row.created_at = wall_now();
    store_batch batch{insert_job{row}};
    row.state = job_state::publishing;
    row.run_no = 1;
    row.part = part;
    row.target = target;
    row.inode = inode;
    row.bytes_done = size;
    row.identity.size = size;
    batch.emplace_back(save_job{row});
    batch.emplace_back(save_extents{row.id, {{0, size, "alpha", 1, "", {}}}});
    REQUIRE(ask<commit_result>(store, write_atom_v, std::move(batch)));
    return row.id;
  }
};

} // namespace

TEST_CASE_FIXTURE(
    recovery_fixture, "kill: what is beyond the journaled bytes is cut off, and the file is right") {
  const auto body = bytes_of(3 * mib);
  provider("alpha", body)->acts = {hangs_at(2 * mib + 9)};
  start();
  const auto job = submit("x.bin");
  const auto part = stored(job).row.part;
  CHECK(stored(job).row.bytes_done == 2 * mib); // What is beyond a piece border is told with the end.
  stop_engine();
  std::ofstream(folder / part, std::ios::app) << "not durable";
  start();
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.bin", body));
}

TEST_CASE_FIXTURE(recovery_fixture, "kill: a part file that went missing is fetched anew") {
  const auto body = bytes_of(3 * mib);
  provider("alpha", body)->acts = {hangs_at(2 * mib)};
  start();
  const auto job = submit("x.bin");
  stop_engine();
  std::filesystem::remove(folder / stored(job).row.part);
  start();
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.bin", body));
  CHECK(scripts["alpha"]->asked.at(1).offset == 0);
}

TEST_CASE_FIXTURE(
    recovery_fixture, "kill: a complete part file is verified and published without asking anybody") {
  const auto body = bytes_of(3 * mib);
  provider("alpha", body)->acts = {hangs_at(3 * mib)};
  start();
  const auto job = submit("x.bin");
  restart();
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.bin", body));
  CHECK(scripts["alpha"]->asked.size() == 1);
}

TEST_CASE_FIXTURE(recovery_fixture, "publishing: goes on after a kill before the rename, and after it") {
  provider("alpha", "hello");
  const auto part = part_name_for("x.txt", 1);
  bool renamed = false;
  SUBCASE("before") {}
  SUBCASE("after") {
    renamed = true;
  }
  write_file(folder / (renamed ? std::string{"x.txt"} : part), "hello");
  const auto job =
      put_publishing(part, "x.txt", inode_of(folder / (renamed ? std::string{"x.txt"} : part)), 5);
  start();
  const auto row = view(job).row;
  CHECK(row.state == job_state::succeeded);
  CHECK(row.target == "x.txt");
  CHECK(row.part.empty());
  CHECK(published("x.txt", "hello"));
  CHECK(part_files().empty());
  CHECK(scripts["alpha"]->asked.empty());
}

TEST_CASE_FIXTURE(recovery_fixture, "publishing: with neither part file nor target the job begins anew") {
  provider("alpha", "hello");
  const auto job = put_publishing(part_name_for("x.txt", 1), "x.txt", 12345, 5);
  start();
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.txt", "hello"));
  CHECK(scripts["alpha"]->asked.size() == 1);
}

TEST_CASE_FIXTURE(recovery_fixture, "publishing: somebody else's file in the target's place is not touched") {
  const auto part = part_name_for("x.txt", 1);
  write_file(folder / part, "hello");
  write_file(folder / "x.txt", "theirs");
  const auto job = put_publishing(part, "x.txt", inode_of(folder / part), 5);
  start();
  CHECK(state(job) == job_state::failed);
  CHECK(view(job).row.error->result == outcome::invalid);
  CHECK(published("x.txt", "theirs"));
  CHECK(part_files() == std::vector{part}); // The finished download stays for a retry under another name.
}

TEST_CASE_FIXTURE(
    recovery_fixture, "publishing: a fault of the disk is tried again after thirty seconds, as publishing") {
  provider("alpha", "hello");
  write_file(folder / "x.txt/in the way", "a folder in the target's place");
  start();
  auto spec = spec_of("x.txt");
  spec.on_conflict = on_conflict::replace;
  const auto job = submit(spec);
  advance(1s);
  CHECK(state(job) == job_state::publishing);
  CHECK(view(job).row.error->result == outcome::local_fault);
  CHECK(counts().running == 0);
  CHECK(counts().waiting == 1);
  std::filesystem::remove_all(folder / "x.txt");
  advance(28s);
  CHECK(state(job) == job_state::publishing);
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK_FALSE(view(job).row.error);
  CHECK(view(job).row.crashes == 0);
  CHECK(published("x.txt", "hello"));
  CHECK(scripts["alpha"]->asked.size() == 1);
}
