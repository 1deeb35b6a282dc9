// Several jobs in one submission, and submissions that may come twice.
#include "messages/job_limits.hpp"
#include "queue_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;

namespace {

struct submission_fixture : queue_fixture {
  static job_submission
  of(const std::vector<std::string>& paths, const std::string& key = "", const std::string& digest = "d") {
    job_submission s;
    for (const auto& path : paths)
      s.specs.push_back(spec_of(path));
    if (!key.empty())
      s.key = idempotency_key{key, digest};
    return s;
  }
  caf::expected<submit_results> send_in(job_submission s) {
    return ask<submit_results>(queue, submit_atom_v, std::move(s));
  }
  /// Pointers of the complaints that it is refused with.
  std::vector<std::string> complained(job_submission s, errc code) {
    auto r = send_in(std::move(s));
    REQUIRE_FALSE(r);
    CHECK(r.error() == code);
    std::vector<std::string> out;
    if (r.error().context().match_elements<complaints>())
      for (const auto& c : r.error().context().get_as<complaints>(0))
        out.push_back(c.pointer);
    return out;
  }
};

/// An item of a catalogue, with no output.
job_spec item(const std::string& key) {
  job_spec spec;
  spec.resource.item = catalog_ref{key, {}, {}, {}};
  return spec;
}

/// The file of each item is called "file of <key>".
caf::result<catalog_reply> with_path(const catalog_query& q) {
  catalog_reply r;
  r.path = "films/file of " + q.item.key;
  return r;
}

std::vector<std::string> outputs(const submit_results& r) {
  std::vector<std::string> out;
  for (const auto& j : r.jobs)
    out.push_back(j.row.spec.output);
  return out;
}

std::vector<job_id> ids(const submit_results& r) {
  std::vector<job_id> out;
  for (const auto& j : r.jobs)
    out.push_back(j.row.id);
  return out;
}

} // namespace

TEST_CASE_FIXTURE(submission_fixture, "submission: several jobs are accepted in one commit, in order") {
  document.global.max_running_jobs = 1;
  start_queue();
  const auto r = send_in(of({"a", "b", "c"}));
  REQUIRE(r);
  CHECK(ids(*r) == std::vector<job_id>{1, 2, 3});
  CHECK_FALSE(r->replayed);
  CHECK(started() == std::vector<job_id>{1});
  CHECK(counts().queued == 2);
  CHECK(stored(3).row.spec.output == "c");
}

TEST_CASE_FIXTURE(
    submission_fixture, "submission: one wrong job refuses all, and every fault has its place") {
  start_queue();
  auto s = of({"a", "../b", "c"});
  s.specs[2].providers = {"nobody"};
  CHECK(complained(s, errc::invalid_job) == std::vector<std::string>{"/1/resource/path", "/2/providers/0"});
  CHECK(complained(of({}), errc::invalid_job) == std::vector<std::string>{""});
  CHECK(counts().queued + counts().running == 0);
  CHECK(submit("a") == 1); // No id was spent either.
}

TEST_CASE_FIXTURE(submission_fixture, "submission: 1000 jobs are accepted, 1001 are not") {
  document.global.max_running_jobs = 1;
  start_queue();
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < submission_jobs_max; ++i)
    paths.push_back("f" + std::to_string(i));
  CHECK(send_in(of(paths))->jobs.size() == 1000);
  paths.push_back("one more");
  CHECK(complained(of(paths), errc::invalid_job).size() == 1);
}

TEST_CASE_FIXTURE(submission_fixture, "submission: equal jobs are one, within it and with what is there") {
  start_queue();
  submit("b");
  const auto r = send_in(of({"a", "b", "a"}));
  REQUIRE(r);
  CHECK(ids(*r) == std::vector<job_id>{2, 1, 2});
  CHECK_FALSE(r->jobs[0].joined);
  CHECK(r->jobs[1].joined);
  CHECK(r->jobs[2].joined);
}

TEST_CASE_FIXTURE(
    submission_fixture, "submission: two that write one file are a conflict at the second's place") {
  start_queue();
  submit("x/a");
  CHECK(
      complained(of({"n", "y/a", "z/m", "w/m"}), errc::conflict) ==
      std::vector<std::string>{"/1/output", "/3/output"});
  auto s = of({"z/m", "w/m"});
  s.specs[1].on_conflict = on_conflict::rename;
  CHECK(send_in(s));
}

TEST_CASE_FIXTURE(submission_fixture, "submission: items are called as a catalogue says, then compared") {
  start_queue();
  log->catalog = with_path;
  CHECK(submit(item("x")) == 1);
  auto s = of({"a"});
  s.specs.insert(s.specs.end(), {item("x"), item("y"), item("z"), item("y")});
  s.specs[3].output = "mine";
  const auto r = send_in(std::move(s));
  REQUIRE(r);
  CHECK(outputs(*r) == std::vector<std::string>{"a", "file of x", "file of y", "mine", "file of y"});
  CHECK(ids(*r) == std::vector<job_id>{2, 1, 3, 4, 3});
  CHECK(stored(3).row.spec.output == "file of y");
  CHECK(log->queries.size() == 4); // Neither for the path nor for the one that has its name.
}

TEST_CASE_FIXTURE(submission_fixture, "submission: items that no catalogue names are called by their keys") {
  start_queue();
  job_submission s;
  s.specs = {item("x"), item("y")};
  const auto r = send_in(std::move(s));
  REQUIRE(r);
  CHECK(outputs(*r) == std::vector<std::string>{"x", "y"});
}

TEST_CASE_FIXTURE(submission_fixture, "submission: it waits for names once, however many items it has") {
  start_queue();
  log->catalog = [](const catalog_query& q) -> caf::result<catalog_reply> {
    return q.item.key == "x" ? with_path(q) : caf::typed_response_promise<catalog_reply>{};
  };
  job_submission s;
  s.specs = {item("x"), item("y"), item("z")};
  auto pending = self->request(queue, caf::infinite, submit_atom_v, std::move(s));
  advance(5s - 1ms);
  CHECK_FALSE(self->has_next_message());
  advance(1ms);
  REQUIRE(self->has_next_message());
  pending.receive(
      [](const submit_results& r) {
        CHECK(outputs(r) == std::vector<std::string>{"file of x", "y", "z"});
      },
      [](const caf::error& why) { FAIL(describe(why)); });
  CHECK(log->queries.size() == 2);
}

TEST_CASE_FIXTURE(
    submission_fixture, "submission: items that cannot be named are refused, each at its place") {
  start_queue();
  auto s = of({"a"});
  s.specs.insert(s.specs.end(), {item("x.part"), item("y"), item("..")});
  CHECK(complained(std::move(s), errc::invalid_job) == std::vector<std::string>{"/1/output", "/3/output"});
  const auto alone = refusal(item("x.part"));
  CHECK(alone == errc::invalid_job);
  CHECK(describe(alone).starts_with("/output: is needed"));
  CHECK(counts().queued + counts().running == 0);
}

TEST_CASE_FIXTURE(submission_fixture, "submission: all of it must fit, or nothing is taken") {
  document.global.max_running_jobs = 1;
  document.global.max_queued_jobs = 3;
  start_queue();
  submit("running");
  CHECK(complained(of({"a", "b", "c", "d"}), errc::overloaded).empty());
  CHECK(send_in(of({"a", "b", "c"})));
  CHECK(complained(of({"e"}), errc::overloaded).empty());
  CHECK(send_in(of({"a", "b"}))); // Nothing new.
}

TEST_CASE_FIXTURE(
    submission_fixture, "idempotency: the same request again answers with its first jobs, as they are") {
  start_queue();
  const auto first = send_in(of({"a", "b"}, "k"));
  REQUIRE(first);
  finish(log->runs[0].row);
  restart_queue(); // Keys are in the journal.
  const auto again = send_in(of({"a", "b"}, "k"));
  REQUIRE(again);
  CHECK(again->replayed);
  CHECK(ids(*again) == std::vector<job_id>{1, 2});
  CHECK(again->jobs[0].row.state == job_state::succeeded); // Not fetched once more.
  CHECK(log->runs.size() == 1);
  const auto other = send_in(of({"a", "b"}, "k2"));
  REQUIRE(other);
  CHECK_FALSE(other->replayed);
  CHECK(ids(*other).front() != 1);
}

TEST_CASE_FIXTURE(
    submission_fixture, "idempotency: the same key with another request is refused, nothing begins") {
  start_queue();
  REQUIRE(send_in(of({"a"}, "k", "d")));
  const auto before = log->runs.size();
  CHECK(complained(of({"b"}, "k", "e"), errc::key_reused).empty());
  CHECK(log->runs.size() == before);
  CHECK(counts().queued == 0);
  CHECK(send_in(of({"b"}))); // Nothing of it was left behind.
}

TEST_CASE_FIXTURE(
    submission_fixture, "idempotency: a request that comes again is not judged by what is there today") {
  provider("alpha", "hello");
  document.global.max_running_jobs = document.global.max_queued_jobs = 1;
  start_queue();
  auto first = of({"x/a"}, "k");
  first.specs[0].providers = {"alpha"};
  REQUIRE(send_in(first));
  finish(last_run());
  submit("y/a"); // Writes the same file now, ...
  submit("b");   // ... the queue is full, ...
  document.providers.clear();
  apply_settings(); // ... and the provider that it names is gone.
  const auto again = send_in(first);
  REQUIRE(again);
  CHECK(again->replayed);
  CHECK(ids(*again) == std::vector<job_id>{1});
  CHECK(again->jobs[0].row.state == job_state::succeeded);
  CHECK(complained(of({"../wrong"}, "k", "e"), errc::key_reused).empty());
  CHECK(complained(of({"../wrong"}, "l"), errc::invalid_job).size() == 1);
}

TEST_CASE_FIXTURE(submission_fixture, "idempotency: a key holds for 24 hours") {
  start_queue();
  REQUIRE(send_in(of({"a"}, "k")));
  finish(last_run());
  advance(24h - 1min);
  CHECK(send_in(of({"a"}, "k"))->replayed);
  advance(1min);
  const auto fresh = send_in(of({"a"}, "k"));
  CHECK_FALSE(fresh->replayed);
  CHECK(ids(*fresh).front() != 1);
}

TEST_CASE_FIXTURE(submission_fixture, "idempotency: two at the same time make one job") {
  start_queue();
  auto a = self->request(queue, caf::infinite, submit_atom_v, of({"a"}, "k"));
  auto b = self->request(queue, caf::infinite, submit_atom_v, of({"a"}, "k"));
  run();
  std::vector<job_id> got;
  for (auto* each : {&a, &b})
    each->receive(
        [&](const submit_results& r) { got.push_back(r.jobs.front().row.id); },
        [](const caf::error& why) { FAIL(describe(why)); });
  CHECK(got == std::vector<job_id>{1, 1});
}
