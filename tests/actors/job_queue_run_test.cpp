// What the queue makes of a run: reports, ends, cancels, draining, a store that fails.
#include "queue_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;

TEST_CASE_FIXTURE(queue_fixture, "job_queue: a report of an older run, or of a final job, changes nothing") {
  start_queue();
  const auto job = submit("a");
  const auto old = last_run();
  CHECK(report(report_of(old, job_state::queued)));
  end_run(old);
  REQUIRE(log->runs.size() == 2);
  CHECK(last_run().run_no == 2);
  auto late = report_of(old, job_state::failed);
  late.bytes_done = 99;
  CHECK_FALSE(report(late));
  CHECK(state(job) == job_state::running);
  CHECK(stored(job).row.bytes_done == 0);
  end_run(old, "late, too");
  CHECK(stored(job).row.crashes == 0);
  finish(last_run());
  CHECK_FALSE(report(report_of(last_run(), job_state::failed)));
  CHECK(state(job) == job_state::succeeded);
  job_report unknown;
  unknown.job = 77;
  CHECK_FALSE(report(unknown));
}

TEST_CASE_FIXTURE(queue_fixture, "job_queue: a waiting job gives its slot back and comes again at its time") {
  document.global.max_running_jobs = 1;
  start_queue();
  submit("a");
  submit("b");
  auto r = report_of(last_run(), job_state::waiting);
  r.next_attempt_at = wall_now() + 10s;
  CHECK(report(r));
  CHECK(started() == std::vector<job_id>{1}); // Its runner is still there.
  end_run(log->runs[0].row);
  CHECK(started() == std::vector<job_id>{1, 2});
  CHECK(state(1) == job_state::waiting);
  CHECK(counts().waiting == 1);
  finish(last_run());
  advance(9999ms);
  CHECK(log->runs.size() == 2);
  advance(1ms);
  REQUIRE(log->runs.size() == 3);
  CHECK(last_run().id == 1);
  CHECK(last_run().next_attempt_at == *r.next_attempt_at); // The plan must know what was slept.
  CHECK_FALSE(view(1).row.next_attempt_at);
}

TEST_CASE_FIXTURE(queue_fixture, "job_queue: the time of the next attempt survives a restart") {
  start_queue();
  submit("a");
  auto r = report_of(last_run(), job_state::waiting);
  r.next_attempt_at = wall_now() + 90s;
  CHECK(report(r));
  end_run(last_run());
  advance(30s);
  restart_queue();
  CHECK(state(1) == job_state::waiting);
  advance(59'999ms);
  CHECK(log->runs.empty());
  advance(1ms);
  REQUIRE(log->runs.size() == 1);
  CHECK(last_run().run_no == 2);
}

TEST_CASE_FIXTURE(
    queue_fixture,
    "job_queue: what ran when the engine was killed runs again, and what was published goes first") {
  document.global.max_running_jobs = 2;
  start_queue();
  submit("a");
  submit("b");
  auto spec = spec_of("c");
  spec.priority = 9;
  submit(spec);
  auto r = report_of(log->runs[1].row, job_state::publishing);
  r.target = "b";
  r.inode = 5;
  CHECK(report(r));
  restart_queue();
  CHECK(started() == std::vector<job_id>{2, 3});
  CHECK(log->runs[0].row.state == job_state::publishing);
  CHECK(log->runs[0].row.inode == 5);
  CHECK(log->runs[0].row.run_no == 2);
  CHECK(log->runs[1].row.run_no == 1);
  CHECK(submit("d") == 4);
}

TEST_CASE_FIXTURE(queue_fixture, "job_queue: the third crash of its runner fails a job, with the reason") {
  start_queue();
  const auto job = submit("a");
  for (int i = 1; i <= 2; ++i) {
    end_run(last_run(), "boom");
    CHECK(stored(job).row.crashes == static_cast<std::uint32_t>(i));
    CHECK(state(job) == job_state::running);
    CHECK(log->runs.size() == static_cast<std::size_t>(i) + 1);
  }
  end_run(last_run(), "boom");
  const auto v = view(job);
  CHECK(v.row.state == job_state::failed);
  REQUIRE(v.row.error);
  CHECK(v.row.error->result == outcome::local_fault);
  CHECK(v.row.error->message.find("boom") != std::string::npos);
  CHECK(counts().running == 0);
  CHECK(counts().failed == 1);
}

TEST_CASE_FIXTURE(
    queue_fixture, "job_queue: a cancel is committed before the runner is told, and fences it off") {
  start_queue();
  const auto job = submit("a");
  const auto row = last_run();
  write_file(folder / row.part, "half");
  CHECK_FALSE(cancel(job));
  REQUIRE(log->stops.size() == 1);
  CHECK(log->stops[0] == std::pair{job, stop_reason::cancelled});
  CHECK_FALSE(report(report_of(row, job_state::publishing)));
  CHECK(part_files().size() == 1); // The runner may still write.
  end_run(row);
  CHECK(part_files().empty());
  CHECK(stored(job).row.part.empty());
  CHECK(counts().cancelled == 1);
  CHECK(counts().running == 0);
  CHECK_FALSE(cancel(job)); // Twice is fine.
}

TEST_CASE_FIXTURE(
    queue_fixture, "job_queue: a job can be cancelled while it is queued or waiting, not when it is "
                   "published or has ended") {
  document.global.max_running_jobs = 1;
  start_queue();
  submit("a");
  submit("b");
  CHECK_FALSE(cancel(2));
  auto r = report_of(last_run(), job_state::waiting);
  r.next_attempt_at = wall_now() + 10s;
  CHECK(report(r));
  end_run(last_run());
  write_file(folder / last_run().part, "half");
  CHECK_FALSE(cancel(1));
  CHECK(part_files().empty());
  advance(20s);
  CHECK(log->runs.size() == 1);

  submit("c");
  CHECK(report(report_of(last_run(), job_state::publishing)));
  CHECK(cancel(3) == errc::wrong_state);
  finish(last_run());
  CHECK(cancel(3) == errc::wrong_state);
  CHECK(cancel(99) == errc::unknown_job);
}

TEST_CASE_FIXTURE(queue_fixture, "job_queue: live figures are shown with a running job and never stored") {
  start_queue();
  const auto job = submit("a");
  auto r = report_of(last_run());
  r.identity.emplace().size = 3'000'000;
  CHECK(report(r));
  tell(queue, job_progress{job, 1, 1'000'000, 8.0, "alpha"});
  auto v = view(job);
  CHECK(v.row.bytes_done == 1'000'000);
  CHECK(v.rate_mbps == 8.0);
  CHECK(v.eta_seconds == 2.0);
  CHECK(v.row.provider == "alpha");
  CHECK(v.providers_tried == std::vector<std::string>{"alpha"});
  CHECK(stored(job).row.bytes_done == 0);
  tell(queue, job_progress{job, 7, 5, 1.0, "other"}); // Of no run that is known.
  CHECK(view(job).row.bytes_done == 1'000'000);
  const auto page = ask<job_page>(queue, list_atom_v, job_filter{});
  REQUIRE(page);
  REQUIRE(page->jobs.size() == 1);
  CHECK(page->jobs[0].rate_mbps == 8.0);
}

TEST_CASE_FIXTURE(
    queue_fixture, "job_queue: draining stops all runners, takes nothing new and answers when nothing runs") {
  document.global.max_running_jobs = 2;
  start_queue();
  submit("a");
  submit("b");
  submit("c");
  auto pending = self->request(queue, caf::infinite, drain_atom_v);
  run();
  CHECK(log->stops.size() == 2);
  CHECK(refusal(spec_of("d")) == errc::shutting_down);
  CHECK(report(report_of(log->runs[0].row, job_state::queued)));
  end_run(log->runs[0].row);
  CHECK(log->runs.size() == 2);
  CHECK_FALSE(self->has_next_message());
  finish(log->runs[1].row);
  std::uint32_t put_back = 99;
  pending.receive([&](std::uint32_t n) { put_back = n; }, [](const caf::error&) { FAIL("refused"); });
  CHECK(put_back == 1);
  CHECK(stored(1).row.state == job_state::queued);
}

TEST_CASE_FIXTURE(queue_fixture, "job_queue: draining answers after six seconds whatever hangs") {
  start_queue();
  submit("a");
  auto pending = self->request(queue, caf::infinite, drain_atom_v);
  advance(5999ms);
  CHECK_FALSE(self->has_next_message());
  advance(1ms);
  CHECK(self->has_next_message());
  pending.receive([](std::uint32_t n) { CHECK(n == 0); }, [](const caf::error&) { FAIL("refused"); });
}

TEST_CASE_FIXTURE(
    queue_fixture, "job_queue: when the store fails, the runner hears it and the job comes again") {
  start_queue();
  const auto job = submit("a");
  *journal_broken = true;
  const auto answer = ask<bool>(queue, report_atom_v, report_of(last_run(), job_state::verifying));
  REQUIRE_FALSE(answer);
  CHECK(answer.error() == errc::store_failed);
  CHECK(refusal(spec_of("b")) == errc::store_failed);
  end_run(last_run(), "store_failed");
  advance(60s);
  CHECK(log->runs.size() == 1);
  *journal_broken = false;
  advance(5s);
  REQUIRE(log->runs.size() == 2);
  CHECK(last_run().run_no == 2);
  CHECK(stored(job).row.crashes == 0);
}

TEST_CASE_FIXTURE(queue_fixture, "job_queue: a fresh job begins without waiting for the commit of its run") {
  document.global.max_running_jobs = 1;
  start_queue();
  submit("a");
  const auto job = submit("b");
  *journal_broken = true;
  document.global.max_running_jobs = 2;
  apply_settings();
  REQUIRE(started() == std::vector<job_id>{1, 2});
  CHECK(stored(job).row.state == job_state::queued);
  CHECK(stored(job).row.part == last_run().part); // No file that the journal does not know of.
  REQUIRE(log->stops.size() == 1); // It could not be written: it is put back, and comes again later.
  CHECK(log->stops[0] == std::pair{job, stop_reason::shutdown});
  end_run(last_run());
  advance(60s);
  CHECK(log->runs.size() == 2);
  *journal_broken = false;
  advance(5s);
  REQUIRE(log->runs.size() == 3);
  CHECK(last_run().id == job);
  CHECK(stored(job).row.state == job_state::running);
  CHECK(stored(job).row.crashes == 0);
}

TEST_CASE_FIXTURE(
    queue_fixture, "job_queue: a part file goes with its job, also when the journal knows of no run yet") {
  document.global.max_running_jobs = 1;
  start_queue();
  submit("a");
  const auto job = submit("b");
  write_file(
      folder / stored(job).row.part, "half"); // Of a life that was killed before the commit of its run.
  CHECK_FALSE(cancel(job));
  CHECK(part_files().empty());
  CHECK(stored(job).row.part.empty());
}

TEST_CASE_FIXTURE(queue_fixture, "job_queue: part files that an earlier life left behind go at the start") {
  start_queue();
  const auto job = submit("a");
  const auto row = last_run();
  write_file(folder / row.part, "half");
  CHECK_FALSE(cancel(job));
  restart_queue(); // Killed before the runner had ended.
  CHECK(part_files().empty());
  CHECK(stored(job).row.part.empty());
}
