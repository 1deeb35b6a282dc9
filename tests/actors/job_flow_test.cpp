// Whole runs: what a job lives through from submission to its published file.
#include "flow_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;

TEST_CASE_FIXTURE(flow_fixture, "retry: a job that has failed attempts behind it begins anew") {
  auto alpha = provider("alpha", "hello");
  alpha->acts = {fails(fault::status, 404)};
  start();
  const auto job = submit("x.txt");
  CHECK(state(job) == job_state::failed);
  advance(1s);
  const auto again = ask<job_view>(queue, retry_atom_v, job);
  REQUIRE(again);
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.txt", "hello"));
  const auto attempts = trace(job).attempts;
  REQUIRE(attempts.size() == 2); // Both are told, under numbers of their own.
  CHECK(attempts[0].number == 1);
  CHECK(attempts[1].number == 2);
}

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
  std::vector<std::string> kinds;
  for (const auto& e : all_events())
    kinds.push_back(e.kind);
  CHECK(
      kinds == std::vector<std::string>{
                   "job.queued", "job.running", "job.verifying", "job.publishing", "job.succeeded"});
}

TEST_CASE_FIXTURE(flow_fixture, "job_flow: a file of another size than asked for is not fetched to its end") {
  provider("alpha", std::string(500, 'x'), 1)->otherwise = takes(10s);
  provider("beta", "right", 2);
  start();
  auto spec = spec_of("x.txt");
  spec.size = 5;
  const auto job = submit(spec);
  run();
  CHECK(scripts["alpha"]->asked.at(0).size == 5); // A source that tells no size is judged by it.
  CHECK(scripts["alpha"]->cancelled == 1);
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.txt", "right"));
  CHECK(trace(job).attempts.at(0).cause == fault::wrong_size);
}

TEST_CASE_FIXTURE(
    flow_fixture, "job_flow: a body of untold size is complete when it ends; an empty one too") {
  provider("alpha", "who knows")->tells_size = false;
  start();
  auto job = submit("x.txt");
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.txt", "who knows"));
  CHECK(view(job).row.identity.size == 9);
  scripts["alpha"]->body.clear();
  job = submit("empty");
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("empty", ""));
}

TEST_CASE_FIXTURE(flow_fixture, "job_flow: record_sha256 puts the digest of every file on record") {
  document.global.record_sha256 = true;
  provider("alpha", "hello");
  start();
  const auto job = submit("x.txt");
  advance(1s);
  CHECK(view(job).row.sha256 == sha256_of("hello"));
}

TEST_CASE_FIXTURE(
    flow_fixture,
    "job_flow: a target that exists fails the job before a byte is fetched, and is left alone") {
  provider("alpha", "new");
  write_file(folder / "x.txt", "old");
  start();
  const auto job = submit("x.txt");
  advance(1s);
  const auto row = view(job).row;
  CHECK(row.state == job_state::failed);
  REQUIRE(row.error);
  CHECK(row.error->result == outcome::invalid);
  CHECK(row.error->message.find("x.txt") != std::string::npos);
  CHECK(row.error->message.find("on_conflict") != std::string::npos);
  CHECK(scripts["alpha"]->asked.empty());
  CHECK(published("x.txt", "old"));

  auto spec = spec_of("x.txt");
  spec.on_conflict = on_conflict::rename;
  const auto second = submit(spec);
  advance(1s);
  CHECK(view(second).row.target == "x (1).txt");
  spec.on_conflict = on_conflict::replace;
  submit(spec);
  advance(1s);
  CHECK(published("x.txt", "new"));
}

TEST_CASE_FIXTURE(
    flow_fixture, "job_flow: URLs are asked in their order, at their configured or an ephemeral provider") {
  provider("alpha", "hello")->otherwise = fails(fault::status, 404);
  script_of("http://elsewhere.test:8080", "hello");
  start();
  job_spec spec;
  spec.resource.urls = {"http://alpha.test/files/x.txt", "http://elsewhere.test:8080/y.txt"};
  const auto job = submit(spec);
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(view(job).providers_tried == std::vector<std::string>{"alpha", "http://elsewhere.test:8080"});
  CHECK(scripts["alpha"]->asked.at(0).url == "http://alpha.test/files/x.txt");
  CHECK(scripts["http://elsewhere.test:8080"]->asked.at(0).url == "http://elsewhere.test:8080/y.txt");
  CHECK(ask<health_summary>(health, summary_atom_v)->total_providers == 1); // Ephemeral ones are not listed.
}

TEST_CASE_FIXTURE(
    flow_fixture, "job_flow: the second URL at one provider is tried when the first is missing") {
  provider("alpha", "hello")->acts = {fails(fault::status, 404)};
  start();
  job_spec spec;
  spec.resource.urls = {"http://alpha.test/files/old.txt", "http://alpha.test/files/new.txt"};
  const auto job = submit(spec);
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(scripts["alpha"]->asked.at(1).url == "http://alpha.test/files/new.txt");
  CHECK(stats("alpha").attempts == 2);
  CHECK(stats().failovers == 0);
}
