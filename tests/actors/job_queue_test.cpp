// What the queue takes in and in which order it lets it run.
#include "queue_fixture.hpp"

#include <doctest/doctest.h>

#include <deque>

using namespace tributary;
using namespace tributary::testing;

namespace {

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
      [](history_atom, const std::string&, const history_query&) { return std::vector<stored_rollup>{}; },
      [](revision_atom, std::uint64_t) -> caf::result<settings_revision> { return errc::unknown_revision; },
      [](revision_atom, std::uint64_t, std::uint32_t) { return std::vector<settings_revision>{}; },
  };
}

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
