// Somebody sets the wall clock back by an hour: nothing waits an hour longer for that.
#include "queue_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;

TEST_CASE_FIXTURE(flow_fixture, "clock: set back, a parked wish is still looked at each second") {
  const auto job = submit_parked("x.txt");
  advance(10s);
  CHECK(scripts["alpha"]->asked.size() == 1);
  wall_set = -1h;
  advance(1s);
  CHECK(scripts["alpha"]->asked.size() == 2);
  CHECK(state(job) == job_state::succeeded);
}

TEST_CASE_FIXTURE(flow_fixture, "clock: set back, a backoff takes no longer than it would have") {
  provider("alpha", "hello")->acts = {fails(fault::refused)};
  document.global.retry_delay_seconds = 20; // unit() is 0.5: a delay of 10 s.
  start();
  const auto job = submit("x.txt");
  advance(1s);
  wall_set = -1h;
  advance(9s - 1ms);
  CHECK(scripts["alpha"]->asked.size() == 1);
  advance(1ms);
  CHECK(state(job) == job_state::succeeded);
}

TEST_CASE_FIXTURE(queue_fixture, "clock: set back, the queue goes on five seconds after the store failed") {
  start_queue();
  submit("a");
  *journal_broken = true;
  REQUIRE_FALSE(ask<bool>(queue, report_atom_v, report_of(last_run(), job_state::verifying)));
  end_run(last_run(), "store_failed");
  *journal_broken = false;
  wall_set = -1h;
  advance(5s - 1ms);
  CHECK(log->runs.size() == 1);
  advance(1ms);
  CHECK(log->runs.size() == 2);
}
