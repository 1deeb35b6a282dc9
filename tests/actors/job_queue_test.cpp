// The queue alone: the supervisor is played by the test.
#include "actors/event_hub.hpp"
#include "actors/job_queue.hpp"
#include "actors/job_store.hpp"
#include "flow_fixture.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <filesystem>

using namespace tributary;
using namespace tributary::testing;

namespace {

/// What the queue asked of its supervisor.
struct supervisor_log {
  std::vector<job_record> runs;
  std::vector<std::pair<job_id, stop_reason>> stops;
};

failover_supervisor_actor::behavior_type
recording_supervisor(failover_supervisor_actor::pointer, const std::shared_ptr<supervisor_log>& log) {
  return {
      [log](run_atom, const job_record& job, const job_queue_actor&) { log->runs.push_back(job); },
      [log](stop_atom, job_id job, stop_reason why) { log->stops.emplace_back(job, why); },
      [](want_atom, const lease_request&, const job_runner_actor&) {},
      [](release_atom, transfer_id, const attempt_row&) {},
      [](stats_atom) { return failover_stats{}; },
      [](const provider_standing&) {},
      [](const settings_ptr&) {},
  };
}

/// A store that keeps every write until it is told to commit the oldest.
struct held_writes {
  std::deque<caf::typed_response_promise<commit_result>> writes;
};
TRIBUTARY_ATOM(commit);
using holding_api = job_store_actor::extend<caf::reacts_to<commit_atom>>;
holding_api::behavior_type
holding_store(holding_api::pointer self, const std::shared_ptr<held_writes>& held) {
  return {
      [held](commit_atom) {
        held->writes.front().deliver(commit_result{});
        held->writes.pop_front();
      },
      [self, held](write_atom, const store_batch&) {
        held->writes.push_back(self->make_response_promise<commit_result>());
        return held->writes.back();
      },
      [](find_atom, job_id) -> caf::result<job_record> { return errc::unknown_job; },
      [](trace_atom, job_id) -> caf::result<job_trace> { return errc::unknown_job; },
      [](list_atom, const job_filter&) { return stored_page{}; },
      [](events_atom, std::uint64_t, std::uint32_t) { return std::vector<event_row>{}; },
      [](recover_atom) { return recovered_state{}; },
  };
}

struct queue_fixture : flow_fixture {
  std::shared_ptr<supervisor_log> log = std::make_shared<supervisor_log>();

  void start_queue() {
    const auto s = snapshot();
    auto recovered = *ask<recovered_state>(store, recover_atom_v);
    supervisor = own(sys.spawn(recording_supervisor, log));
    queue =
        own(spawn_job_queue(sys, {s, store, supervisor, events, std::move(recovered), root, files, wall()}));
    run();
  }
  void restart_queue() {
    stop_engine();
    log->runs.clear();
    log->stops.clear();
    start_queue();
  }

  [[nodiscard]] const job_row& last_run() const { return log->runs.back().row; }
  [[nodiscard]] std::vector<job_id> started() const {
    std::vector<job_id> out;
    for (const auto& r : log->runs)
      out.push_back(r.row.id);
    return out;
  }
  [[nodiscard]] static job_report report_of(const job_row& row, std::optional<job_state> to = {}) {
    job_report r;
    r.job = row.id;
    r.run_no = row.run_no;
    r.state = to;
    return r;
  }
  bool report(const job_report& r) { return *ask<bool>(queue, report_atom_v, r); }
  void end_run(const job_row& row, const std::string& why = {}) {
    tell(queue, ended_atom_v, row.id, row.run_no, why);
  }
  /// The run succeeds.
  void finish(const job_row& row) {
    CHECK(report(report_of(row, job_state::succeeded)));
    end_run(row);
  }
};

} // namespace

TEST_CASE_FIXTURE(
    queue_fixture, "job_queue: a job is stored before it is acknowledged, and running before it runs") {
  start_queue();
  const auto r = ask<submit_result>(queue, submit_atom_v, spec_of("a.iso"));
  REQUIRE(r);
  CHECK(r->row.id == 1);
  CHECK_FALSE(r->joined);
  CHECK(r->row.spec.output == "a.iso");
  REQUIRE(log->runs.size() == 1);
  const auto& row = last_run();
  CHECK(row.state == job_state::running);
  CHECK(row.run_no == 1);
  CHECK(row.started_at);
  CHECK(row.part == part_name_for("a.iso", 1));
  CHECK(stored(1).row.run_no == 1);
}

TEST_CASE_FIXTURE(queue_fixture, "job_queue: a bad spec is refused with all complaints and leaves nothing") {
  start_queue();
  auto spec = spec_of("../etc/passwd");
  spec.output = "../x";
  spec.sha256 = "abc";
  const auto e = refusal(spec);
  CHECK(e == errc::invalid_job);
  complaints found;
  caf::message_handler{[&](const complaints& c) { found = c; }}(const_cast<caf::message&>(e.context()));
  CHECK(found.size() >= 2);
  spec = spec_of("a");
  spec.providers = {"nobody"};
  CHECK(refusal(spec) == errc::invalid_job);
  CHECK(counts().queued == 0);
  CHECK(submit("a") == 1);
}

TEST_CASE_FIXTURE(
    queue_fixture, "job_queue: the same content and destination asked twice is one job, until it has ended") {
  start_queue();
  const auto first = submit("a.iso");
  auto again = ask<submit_result>(queue, submit_atom_v, spec_of("a.iso"));
  REQUIRE(again);
  CHECK(again->joined);
  CHECK(again->row.id == first);
  CHECK(again->row.state == job_state::running);
  finish(last_run());
  again = ask<submit_result>(queue, submit_atom_v, spec_of("a.iso"));
  REQUIRE(again);
  CHECK_FALSE(again->joined);
  CHECK(again->row.id == 2);
}

TEST_CASE_FIXTURE(queue_fixture, "job_queue: two equal submissions in one breath are one job") {
  start_queue();
  auto first = self->request(queue, caf::infinite, submit_atom_v, spec_of("a.iso"));
  auto second = self->request(queue, caf::infinite, submit_atom_v, spec_of("a.iso"));
  run();
  submit_result a, b;
  const auto fail = [](const caf::error&) { FAIL("refused"); };
  first.receive([&](submit_result& r) { a = r; }, fail);
  second.receive([&](submit_result& r) { b = r; }, fail);
  CHECK(a.row.id == b.row.id);
  CHECK_FALSE(a.joined);
  CHECK(b.joined);
}

TEST_CASE_FIXTURE(
    queue_fixture,
    "job_queue: another job with the same output is a conflict, unless its rule can live with it") {
  start_queue();
  submit("a/x.iso");
  CHECK(refusal(spec_of("b/x.iso")) == errc::conflict);
  for (const auto rule : {on_conflict::rename, on_conflict::replace}) {
    auto spec = spec_of("b/x.iso");
    spec.on_conflict = rule;
    spec.size = static_cast<std::uint64_t>(rule); // Else the second is the first.
    CHECK_FALSE(refusal(spec));
  }
  auto spec = spec_of("b/x.iso");
  spec.on_conflict = on_conflict::skip_if_same;
  CHECK(refusal(spec) == errc::conflict);
}

TEST_CASE_FIXTURE(
    queue_fixture, "job_queue: no more run than max_running_jobs, and a changed limit holds at once") {
  document.global.max_running_jobs = 2;
  start_queue();
  for (int i = 0; i < 4; ++i)
    submit("f" + std::to_string(i));
  CHECK(started() == std::vector<job_id>{1, 2});
  CHECK(counts().running == 2);
  CHECK(counts().queued == 2);
  CHECK(state(3) == job_state::queued);
  finish(log->runs[0].row);
  CHECK(started() == std::vector<job_id>{1, 2, 3});
  document.global.max_running_jobs = 3;
  apply_settings();
  CHECK(started() == std::vector<job_id>{1, 2, 3, 4});
}

TEST_CASE_FIXTURE(
    queue_fixture, "job_queue: high priority goes first, and a minute of waiting is worth a level") {
  document.global.max_running_jobs = 1;
  start_queue();
  submit("first");
  auto low = spec_of("low");
  low.priority = 4;
  auto high = spec_of("high");
  high.priority = 6;
  submit(low);  // 2
  submit(high); // 3
  advance(60s);
  submit("middle"); // 4: 5 against 4 + 1, and the older wins
  for (std::size_t i = 0; i < 4; ++i)
    finish(log->runs[i].row);
  CHECK(started() == std::vector<job_id>{1, 3, 2, 4});
}

TEST_CASE_FIXTURE(
    queue_fixture, "job_queue: max_queued_jobs is a limit, and the next is refused as overloaded") {
  document.global.max_running_jobs = 1;
  document.global.max_queued_jobs = 2;
  start_queue();
  submit("running");
  submit("q1");
  submit("q2");
  CHECK(refusal(spec_of("q3")) == errc::overloaded);
  finish(last_run());
  CHECK_FALSE(refusal(spec_of("q3")));
}

TEST_CASE_FIXTURE(
    queue_fixture, "job_queue: 1024 submissions may wait for their commit, the next is refused") {
  const auto held = std::make_shared<held_writes>();
  const auto slow = own(sys.spawn(holding_store, held));
  supervisor = own(sys.spawn(recording_supervisor, log));
  queue = own(spawn_job_queue(sys, {snapshot(), slow, supervisor, events, {}, root, files, wall()}));
  for (std::size_t i = 0; i < submits_unacknowledged_max; ++i)
    caf::anon_send(queue, submit_atom_v, spec_of("f" + std::to_string(i)));
  run();
  CHECK(held->writes.size() == submits_unacknowledged_max);
  CHECK(refusal(spec_of("one more")) == errc::overloaded);
  tell(slow, commit_atom_v);
  auto last = self->request(queue, caf::infinite, submit_atom_v, spec_of("one more"));
  run();
  CHECK(
      held->writes.size() ==
      submits_unacknowledged_max + 1); // Less the first, and the first job's admission, and this one.
  stop_engine(caf::exit_reason::user_shutdown);
  last.receive(
      [](const submit_result&) { FAIL("acknowledged without a commit"); },
      [](const caf::error& e) { CHECK(e == errc::shutting_down); });
  held->writes.clear();
  caf::anon_send_exit(slow, caf::exit_reason::user_shutdown);
}

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
  const auto v = ask<job_view>(queue, cancel_atom_v, job);
  REQUIRE(v);
  CHECK(v->row.state == job_state::cancelled);
  REQUIRE(log->stops.size() == 1);
  CHECK(log->stops[0] == std::pair{job, stop_reason::cancelled});
  CHECK_FALSE(report(report_of(row, job_state::publishing)));
  CHECK(part_files().size() == 1); // The runner may still write.
  end_run(row);
  CHECK(part_files().empty());
  CHECK(stored(job).row.part.empty());
  CHECK(counts().cancelled == 1);
  CHECK(counts().running == 0);
  const auto again = ask<job_view>(queue, cancel_atom_v, job);
  REQUIRE(again);
  CHECK(again->row.state == job_state::cancelled);
}

TEST_CASE_FIXTURE(
    queue_fixture, "job_queue: a job can be cancelled while it is queued or waiting, not when it is "
                   "published or has ended") {
  document.global.max_running_jobs = 1;
  start_queue();
  submit("a");
  submit("b");
  CHECK(ask<job_view>(queue, cancel_atom_v, job_id{2}));
  auto r = report_of(last_run(), job_state::waiting);
  r.next_attempt_at = wall_now() + 10s;
  CHECK(report(r));
  end_run(last_run());
  write_file(folder / last_run().part, "half");
  CHECK(ask<job_view>(queue, cancel_atom_v, job_id{1}));
  CHECK(part_files().empty());
  advance(20s);
  CHECK(log->runs.size() == 1);

  submit("c");
  CHECK(report(report_of(last_run(), job_state::publishing)));
  auto refused = ask<job_view>(queue, cancel_atom_v, job_id{3});
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::wrong_state);
  finish(last_run());
  refused = ask<job_view>(queue, cancel_atom_v, job_id{3});
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::wrong_state);
  refused = ask<job_view>(queue, cancel_atom_v, job_id{99});
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::unknown_job);
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

TEST_CASE_FIXTURE(queue_fixture, "job_queue: draining answers after nine seconds whatever hangs") {
  start_queue();
  submit("a");
  auto pending = self->request(queue, caf::infinite, drain_atom_v);
  advance(8999ms);
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

TEST_CASE_FIXTURE(queue_fixture, "job_queue: part files that an earlier life left behind go at the start") {
  start_queue();
  const auto job = submit("a");
  const auto row = last_run();
  write_file(folder / row.part, "half");
  REQUIRE(ask<job_view>(queue, cancel_atom_v, job));
  restart_queue(); // Killed before the runner had ended.
  CHECK(part_files().empty());
  CHECK(stored(job).row.part.empty());
}
