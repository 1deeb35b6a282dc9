// Pause, resume, retry, and the cancel of what cannot be published: each holds once it is answered.
#include "queue_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;

namespace {

struct control_fixture : queue_fixture {
  template <class What>
  caf::expected<job_view> control(What what, job_id job) {
    return ask<job_view>(queue, what, job);
  }
  template <class What>
  caf::error refused(What what, job_id job) {
    auto r = control(what, job);
    return r ? caf::error{} : std::move(r.error());
  }
  std::vector<std::string> kinds_of(job_id job) {
    std::vector<std::string> out;
    for (const auto& e : all_events())
      if (e.job == job)
        out.push_back(e.kind);
    return out;
  }
  /// The run fails for good.
  void fail(const job_row& row) {
    auto r = report_of(row, job_state::failed);
    r.error = job_error{outcome::provider_fault, "refused", "alpha", {}};
    CHECK(report(r));
    end_run(row);
  }
};

} // namespace

TEST_CASE_FIXTURE(control_fixture, "pause: a queued and a waiting job stand still, also after a restart") {
  document.global.max_running_jobs = 1;
  start_queue();
  submit("first");
  const auto queued = submit("second");
  const auto paused = control(pause_atom_v, queued);
  REQUIRE(paused);
  CHECK(paused->row.state == job_state::paused);
  CHECK(stored(queued).row.state == job_state::paused);
  CHECK(counts().paused == 1);
  CHECK(counts().queued == 0);
  finish(last_run());
  CHECK(started() == std::vector<job_id>{1});                           // Its turn does not come.
  CHECK(control(pause_atom_v, queued)->row.state == job_state::paused); // Twice is fine.
  restart_queue();
  CHECK(started().empty());
  CHECK(counts().paused == 1);
  CHECK(control(resume_atom_v, queued)->row.state == job_state::queued);
  CHECK(started() == std::vector<job_id>{queued});
  CHECK(counts().paused == 0);
  auto waiting = report_of(last_run(), job_state::waiting);
  waiting.next_attempt_at = wall_now() + 10s;
  CHECK(report(waiting));
  end_run(last_run());
  CHECK(control(pause_atom_v, queued));
  advance(1min);
  CHECK(log->runs.size() == 1);
  CHECK(state(queued) == job_state::paused);
}

TEST_CASE_FIXTURE(
    control_fixture, "pause: a running job writes down what it has, and is paused when it is gone") {
  start_queue();
  const auto job = submit("a");
  const auto row = last_run();
  auto answer = self->request(queue, caf::infinite, pause_atom_v, job);
  run();
  CHECK_FALSE(self->has_next_message());
  REQUIRE(log->stops.size() == 1);
  CHECK(log->stops[0] == std::pair{job, stop_reason::paused});
  auto last = report_of(row, job_state::queued); // As for any stop.
  last.bytes_done = 7;
  CHECK(report(last));
  end_run(row);
  REQUIRE(self->has_next_message());
  answer.receive(
      [](const job_view& v) {
        CHECK(v.row.state == job_state::paused);
        CHECK(v.row.bytes_done == 7);
      },
      [](const caf::error& why) { FAIL(describe(why)); });
  CHECK(stored(job).row.state == job_state::paused);
  CHECK(counts().running == 0);
  CHECK(kinds_of(job) == std::vector<std::string>{"job.queued", "job.running", "job.paused"});
}

TEST_CASE_FIXTURE(
    control_fixture, "pause: a runner that crashes, or ends its job first, changes who is right") {
  start_queue();
  const auto crashing = submit("a");
  auto row = last_run();
  auto pausing = self->request(queue, caf::infinite, pause_atom_v, crashing);
  run();
  end_run(row, "bug");
  pausing.receive(
      [](const job_view& v) { CHECK(v.row.state == job_state::paused); },
      [](const caf::error& why) { FAIL(describe(why)); });
  const auto finishing = submit("b");
  row = last_run();
  auto late = self->request(queue, caf::infinite, pause_atom_v, finishing);
  run();
  CHECK(report(report_of(row, job_state::succeeded)));
  end_run(row);
  late.receive(
      [](const job_view&) { FAIL("it has ended"); },
      [](const caf::error& why) { CHECK(why == errc::wrong_state); });
  CHECK(state(finishing) == job_state::succeeded);
}

TEST_CASE_FIXTURE(control_fixture, "resume: while the runner still stops, the job goes on after it") {
  start_queue();
  const auto job = submit("a");
  const auto row = last_run();
  tell(queue, pause_atom_v, job);
  auto answer = self->request(queue, caf::infinite, resume_atom_v, job);
  run();
  CHECK_FALSE(self->has_next_message());
  CHECK(report(report_of(row, job_state::queued)));
  end_run(row);
  answer.receive(
      [](const job_view& v) { CHECK(v.row.state == job_state::queued); },
      [](const caf::error& why) { FAIL(describe(why)); });
  CHECK(log->runs.size() == 2);
  CHECK(last_run().run_no == 2);
}

TEST_CASE_FIXTURE(control_fixture, "pause, resume, retry: what cannot be is refused in words") {
  start_queue();
  CHECK(refused(pause_atom_v, 9) == errc::unknown_job);
  CHECK(refused(resume_atom_v, 9) == errc::unknown_job);
  CHECK(refused(retry_atom_v, 9) == errc::unknown_job);
  const auto job = submit("a");
  CHECK(control(resume_atom_v, job)->row.state == job_state::running); // Nothing to do.
  CHECK(describe(refused(retry_atom_v, job)) == "the job has not ended");
  finish(last_run());
  CHECK(describe(refused(pause_atom_v, job)) == "the job has ended: succeeded");
  CHECK(refused(resume_atom_v, job) == errc::wrong_state);
  CHECK(describe(refused(retry_atom_v, job)) == "the job has ended: succeeded");
}

TEST_CASE_FIXTURE(control_fixture, "cancel: a paused job ends, and its part file goes") {
  start_queue();
  const auto job = submit("a");
  const auto row = last_run();
  write_file(folder / row.part, "bytes");
  tell(queue, pause_atom_v, job);
  CHECK(report(report_of(row, job_state::queued)));
  end_run(row);
  CHECK(part_files().size() == 1);
  CHECK_FALSE(cancel(job));
  CHECK(part_files().empty());
  CHECK(counts().paused == 0);
}

TEST_CASE_FIXTURE(
    control_fixture, "retry: a failed job begins anew with its bytes, and its past counts no more") {
  start_queue();
  auto spec = spec_of("a");
  spec.deadline_seconds = 60;
  const auto job = submit(spec);
  auto row = last_run();
  auto r = report_of(row);
  r.attempts.emplace_back().number = 1;
  r.attempts.back().started_at = wall_now();
  r.bytes_done = 5;
  CHECK(report(r));
  fail(row);
  advance(2min);
  const auto again = control(retry_atom_v, job);
  REQUIRE(again);
  CHECK(again->row.state == job_state::queued);
  CHECK_FALSE(again->row.error);
  CHECK_FALSE(again->row.finished_at);
  CHECK(again->row.bytes_done == 5);
  REQUIRE(log->runs.size() == 2);
  const auto& run = log->runs.back();
  REQUIRE(run.attempts.size() == 1); // For its number: it is in the trace, and in nobody's way.
  CHECK_FALSE(tributary::counts(run.attempts.front(), run.row));
  CHECK(trace(job).attempts.size() == 1);
  CHECK(run.row.attempts == 1);               // The next one is the second.
  CHECK(wanted_since(run.row) == wall_now()); // The deadline of a minute begins now.
  finish(last_run());
  CHECK(kinds_of(job).back() == "job.succeeded");
}

TEST_CASE_FIXTURE(control_fixture, "retry: a cancelled job begins from nothing, once its part file is gone") {
  start_queue();
  const auto job = submit("a");
  auto row = last_run();
  write_file(folder / row.part, "bytes");
  auto r = report_of(row);
  r.bytes_done = 5;
  CHECK(report(r));
  CHECK_FALSE(cancel(job));
  CHECK(describe(refused(retry_atom_v, job)).find("still being removed") != std::string::npos);
  end_run(row);
  CHECK(part_files().empty());
  REQUIRE(control(retry_atom_v, job));
  CHECK(last_run().bytes_done == 0);
  CHECK(last_run().run_no > row.run_no + 1);
}

TEST_CASE_FIXTURE(control_fixture, "retry: one that overtakes the end of the failed run waits for it") {
  document.global.max_running_jobs = 1;
  start_queue();
  const auto job = submit("a");
  const auto row = last_run();
  auto r = report_of(row, job_state::failed);
  r.error = job_error{outcome::provider_fault, "refused", "alpha", {}};
  CHECK(report(r)); // Everybody knows that it failed; its runner is not gone yet.
  tell(queue, retry_atom_v, job);
  CHECK(log->runs.size() == 1);
  end_run(row);
  REQUIRE(log->runs.size() == 2);
  CHECK(state(job) == job_state::running);
  CHECK(counts().running == 1);
  finish(last_run());
  CHECK(state(job) == job_state::succeeded);
  CHECK(counts().running == 0);
  const auto next = submit("b"); // The only slot is free again.
  CHECK(state(next) == job_state::running);
}

TEST_CASE_FIXTURE(control_fixture, "pause and resume while the job is being admitted: it begins once") {
  document.global.max_running_jobs = 1;
  start_queue();
  submit("first");
  const auto job = submit("second");
  const auto first = last_run();
  CHECK(report(report_of(first, job_state::succeeded)));
  // All three lie in the mailbox, so that the slot comes free while the pause waits for the store.
  caf::anon_send(queue, pause_atom_v, job);
  caf::anon_send(queue, resume_atom_v, job);
  end_run(first);
  CHECK(started() == std::vector<job_id>{1, job});
  CHECK(counts().running == 1);
  finish(last_run());
  CHECK(state(job) == job_state::succeeded);
  CHECK(counts().running == 0);
}

TEST_CASE_FIXTURE(control_fixture, "retry: is refused where the job would collide, or find no room") {
  start_queue();
  const auto job = submit("x/a");
  fail(last_run());
  submit("y/a");
  CHECK(refused(retry_atom_v, job) == errc::conflict);
  document.global.max_queued_jobs = 1;
  document.global.max_running_jobs = 1;
  apply_settings();
  const auto other = submit("b");
  CHECK(other == 3);
  finish(log->runs[1].row);
  fail(last_run());
  submit("c");
  submit("d");
  CHECK(refused(retry_atom_v, other) == errc::overloaded);
  CHECK(state(other) == job_state::failed);
}

TEST_CASE_FIXTURE(control_fixture, "retry: of two at the same time one begins, and the job runs once") {
  start_queue();
  const auto job = submit("a");
  fail(last_run());
  tell(queue, retry_atom_v, job);
  CHECK(refused(retry_atom_v, job) == errc::wrong_state);
  CHECK(log->runs.size() == 2);
}

TEST_CASE_FIXTURE(control_fixture, "recover: what was at work is queued in the journal, too") {
  document.global.max_running_jobs = 2;
  start_queue();
  const auto first = submit("a"), second = submit("b");
  document.global.max_running_jobs = 1;
  restart_queue();
  CHECK(started() == std::vector<job_id>{first});
  CHECK(stored(second).row.state == job_state::queued);
  CHECK(kinds_of(second).back() == "job.queued");
}

TEST_CASE_FIXTURE(flow_fixture, "cancel: a job that cannot be published ends, unless its file is in place") {
  provider("alpha", "hello");
  write_file(folder / "x.txt/in the way", "a folder in the target's place");
  start();
  auto spec = spec_of("x.txt");
  spec.on_conflict = on_conflict::replace;
  const auto job = submit(spec);
  advance(1s);
  REQUIRE(state(job) == job_state::publishing);
  SUBCASE("not in place") {
    CHECK_FALSE(cancel(job));
    CHECK(state(job) == job_state::cancelled);
    CHECK(part_files().empty());
    advance(1min);
    CHECK(state(job) == job_state::cancelled);
  }
  SUBCASE("in place: only the journal does not know") {
    std::filesystem::remove_all(folder / "x.txt");
    std::filesystem::rename(folder / stored(job).row.part, folder / "x.txt");
    CHECK(cancel(job) == errc::wrong_state);
    advance(1min);
    CHECK(state(job) == job_state::succeeded);
    CHECK(published("x.txt", "hello"));
  }
}
