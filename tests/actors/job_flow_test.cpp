// Whole runs: what a job lives through from submission to its end.
#include "flow_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;

namespace {

std::string bytes_of(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    out[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return out;
}
constexpr std::size_t mib = 1 << 20;

} // namespace

TEST_CASE_FIXTURE(flow_fixture, "job_flow: a file is fetched, checked and published") {
  provider("alpha", "hello");
  start();
  const auto job = submit("a/hello.txt");
  advance(1s);
  const auto v = view(job);
  CHECK(v.row.state == job_state::succeeded);
  CHECK(v.row.target == "hello.txt");
  CHECK(v.row.part.empty());
  CHECK(v.row.provider == "alpha");
  CHECK(v.row.attempts == 1);
  CHECK(v.row.bytes_done == 5);
  CHECK(v.row.identity.size == 5);
  CHECK(v.row.finished_at);
  CHECK(v.providers_tried == std::vector<std::string>{"alpha"});
  CHECK(published("hello.txt", "hello"));
  CHECK(part_files().empty());
  CHECK(scripts["alpha"]->asked.at(0).path == "a/hello.txt");
  CHECK(counts().succeeded == 1);
  CHECK(counts().running == 0);
  CHECK(stats("alpha").successes == 1);
  CHECK(stats().leases == 0);
  const auto t = trace(job);
  REQUIRE(t.decisions.size() == 1);
  CHECK(t.decisions[0].chosen == "alpha");
  CHECK(t.decisions[0].config_revision == 1);
  REQUIRE(t.attempts.size() == 1);
  CHECK(t.attempts[0].result == outcome::ok);
}

TEST_CASE_FIXTURE(flow_fixture, "job_flow: each change of state is an event, in commit order") {
  provider("alpha", bytes_of(2 * mib));
  start();
  submit("big.bin");
  advance(1s);
  const auto rows = ask<std::vector<event_row>>(store, events_atom_v, std::uint64_t{0}, std::uint32_t{100});
  REQUIRE(rows);
  std::vector<std::string> kinds;
  for (const auto& e : *rows)
    kinds.push_back(e.kind);
  CHECK(
      kinds == std::vector<std::string>{
                   "job.queued", "job.running", "job.verifying", "job.publishing", "job.succeeded"});
}

TEST_CASE_FIXTURE(
    flow_fixture, "job_flow: goes on at the next provider from the bytes at hand when one dies mid-file") {
  const auto body = bytes_of(5 * mib);
  provider("alpha", body, 1)->otherwise = dies_at(3 * mib + 17);
  provider("beta", body, 2);
  document.providers["alpha"].max_retries = 0;
  start();
  const auto job = submit("big.bin");
  advance(1s);
  const auto v = view(job);
  CHECK(v.row.state == job_state::succeeded);
  CHECK(published("big.bin", body));
  REQUIRE(scripts["beta"]->asked.size() == 1);
  CHECK(scripts["beta"]->asked[0].offset == 3 * mib + 17);
  CHECK(v.row.provider == "alpha");
  CHECK(v.providers_tried == std::vector<std::string>{"alpha", "beta"});
  const auto extents = stored(job).extents;
  REQUIRE(extents.size() == 2);
  CHECK(extents[0].provider == "alpha");
  CHECK(extents[0].length == 3 * mib + 17);
  CHECK(extents[1].provider == "beta");
  CHECK(extents[1].attempt == 2);
  CHECK(stats("alpha").failovers_from == 1);
  CHECK(stats("beta").failovers_to == 1);
  CHECK(stats().failovers == 1);
}
