#include "actors/report_apply.hpp"

#include "messages/utf8.hpp"

#include <doctest/doctest.h>

using namespace tributary;

namespace {

constexpr wall_time now{milliseconds{5000}};

job_row running_job() {
  job_row row;
  row.id = 7;
  row.spec.output = "a \"b\"\\\x01.iso";
  row.state = job_state::running;
  row.run_no = 2;
  return row;
}

template <class Op>
int count(const store_batch& batch) {
  int n = 0;
  for (const auto& op : batch)
    n += std::holds_alternative<Op>(op) ? 1 : 0;
  return n;
}

} // namespace

TEST_CASE("report_apply: everything set is written in one batch, with an event only when the state changes") {
  job_report r;
  r.attempts.emplace_back().provider = "alpha";
  r.decisions.emplace_back();
  r.extents = {{0, 10, "alpha", 1, "", {}}, {10, 20, "beta", 2, "", {}}};
  r.provider = "beta";
  r.bytes_done = 30;
  auto c = apply_report(running_job(), r, now);
  CHECK(c.row.attempts == 1);
  CHECK(c.row.bytes_done == 30);
  CHECK(c.row.provider == "beta");
  CHECK(count<save_job>(c.batch) == 1);
  CHECK(count<add_attempt>(c.batch) == 1);
  CHECK(count<add_decision>(c.batch) == 1);
  CHECK(count<save_extents>(c.batch) == 1);
  CHECK(count<add_event>(c.batch) == 0);
  r.state = job_state::verifying;
  c = apply_report(running_job(), r, now);
  CHECK(c.row.state == job_state::verifying);
  CHECK(count<add_event>(c.batch) == 1);
}

TEST_CASE("report_apply: an error stays with a waiting or failed job and goes with success") {
  job_report r;
  r.state = job_state::waiting;
  r.next_attempt_at = now + seconds{3};
  r.error = job_error{outcome::provider_fault, "refused", "alpha", {}};
  const auto waiting = apply_report(running_job(), r, now).row;
  CHECK(waiting.next_attempt_at == now + seconds{3});
  CHECK(waiting.error->message == "refused");
  CHECK_FALSE(waiting.finished_at);
  job_report done;
  done.state = job_state::succeeded;
  const auto row = apply_report(waiting, done, now).row;
  CHECK_FALSE(row.error);
  CHECK_FALSE(row.next_attempt_at);
  CHECK(row.finished_at == now);
}

TEST_CASE("report_apply: an event is a JSON object, whatever the names hold") {
  const auto e = event_of(running_job(), now);
  CHECK(e.kind == "job.running");
  CHECK(e.job == 7);
  CHECK(
      e.data ==
      "{\"id\":\"7\",\"state\":\"running\",\"output\":\"a \\\"b\\\"\\\\\\u0001.iso\",\"bytes_done\":0}");
}

TEST_CASE("report_apply: an event stays valid UTF-8 and short, whatever a server said") {
  auto row = running_job();
  row.state = job_state::failed;
  row.spec.output = "out";
  row.error = job_error{outcome::provider_fault, "no \xff\xc3(", "alpha", {}};
  const auto e = event_of(row, now);
  CHECK(is_utf8(e.data));
  CHECK(e.data.find("\"message\":\"no \xEF\xBF\xBD\xEF\xBF\xBD(\"}") != std::string::npos);
  row.error->message.assign(5000, 'x');
  CHECK(event_of(row, now).data.size() < 1200);
}

TEST_CASE("report_apply: a decision for the least bad provider is an event, others are not") {
  job_report r;
  auto& d = r.decisions.emplace_back();
  d.chosen = "alpha";
  d.at = now;
  d.message = "all are down";
  CHECK(count<add_event>(apply_report(running_job(), r, now).batch) == 0);
  d.least_bad = true;
  const auto events = committed_events(apply_report(running_job(), r, now).batch, 1);
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == "job.least_bad");
  CHECK(events[0].job == 7);
  CHECK(events[0].data == R"({"id":"7","provider":"alpha","message":"all are down"})");
}

TEST_CASE("report_apply: committed events are numbered in order") {
  const store_batch batch{
      add_event{event_of(running_job(), now)}, clear_part{1}, add_event{event_of(running_job(), now)}};
  const auto e = committed_events(batch, 41);
  REQUIRE(e.size() == 2);
  CHECK(e[0].number == 41);
  CHECK(e[1].number == 42);
}
