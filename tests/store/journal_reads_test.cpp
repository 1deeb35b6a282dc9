// What both bodies promise to a reader: pages, and what a start needs.
#include "tests/store/journal_bodies.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;

#define BOTH_BODIES memory_body, sqlite_body

namespace {

using ids = std::vector<job_id>;

void insert(journal& store, job_id from, job_id to, job_state state = job_state::queued) {
  store_batch batch;
  for (auto id = from; id <= to; ++id)
    batch.push_back(insert_job{job(id, state)});
  commit(store, batch);
}

} // namespace

TEST_CASE_TEMPLATE("journal: pages go from the newest to the oldest, each job once", Body, BOTH_BODIES) {
  Body body;
  insert(*body.store, 1, 5);
  job_filter filter;
  filter.limit = 2;
  auto page = body.store->list(filter);
  CHECK(ids_of(page) == ids{5, 4});
  CHECK(page.next == 4);
  filter.before = page.next;
  page = body.store->list(filter);
  CHECK(ids_of(page) == ids{3, 2});
  filter.before = page.next;
  page = body.store->list(filter);
  CHECK(ids_of(page) == ids{1});
  CHECK_FALSE(page.next);
}

TEST_CASE_TEMPLATE("journal: a page that ends with the last job has no next", Body, BOTH_BODIES) {
  Body body;
  insert(*body.store, 1, 4);
  job_filter filter;
  filter.limit = 4;
  CHECK_FALSE(body.store->list(filter).next);
  filter.limit = 3;
  CHECK(body.store->list(filter).next == 2);
}

TEST_CASE_TEMPLATE("journal: a cursor needs no job at its place", Body, BOTH_BODIES) {
  Body body;
  insert(*body.store, 10, 12);
  job_filter filter;
  filter.before = 1000;
  CHECK(ids_of(body.store->list(filter)) == ids{12, 11, 10});
  filter.before = ~job_id{0};
  CHECK(ids_of(body.store->list(filter)) == ids{12, 11, 10});
  filter.before = 12;
  CHECK(ids_of(body.store->list(filter)) == ids{11, 10});
  filter.before = 10;
  CHECK(body.store->list(filter).jobs.empty());
  filter.before = 0;
  CHECK(body.store->list(filter).jobs.empty());
}

TEST_CASE_TEMPLATE("journal: a page has from 1 to 500 jobs", Body, BOTH_BODIES) {
  Body body;
  insert(*body.store, 1, 502);
  job_filter filter;
  filter.limit = 0;
  CHECK(body.store->list(filter).jobs.size() == 1);
  filter.limit = 500;
  CHECK(body.store->list(filter).jobs.size() == 500);
  filter.limit = 501;
  const auto page = body.store->list(filter);
  CHECK(page.jobs.size() == 500);
  CHECK(page.next == 3);
}

TEST_CASE_TEMPLATE("journal: a page of one state skips the others and follows the moves", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  insert(store, 1, 6);
  commit(
      store, {save_job{job(2, job_state::running)}, save_job{job(4, job_state::running)},
              save_job{job(5, job_state::running)}});
  job_filter filter;
  filter.state = job_state::running;
  filter.limit = 2;
  auto page = store.list(filter);
  CHECK(ids_of(page) == ids{5, 4});
  CHECK(page.next == 4);
  filter.before = page.next;
  page = store.list(filter);
  CHECK(ids_of(page) == ids{2});
  CHECK_FALSE(page.next);
  commit(store, {save_job{job(4, job_state::failed)}});
  filter.before.reset();
  CHECK(ids_of(store.list(filter)) == ids{5, 2});
  filter.state = job_state::paused;
  CHECK(store.list(filter).jobs.empty());
}

TEST_CASE_TEMPLATE("journal: a page shows the attempts and leaves the extents out", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  insert(store, 1, 2);
  commit(
      store, {add_attempt{1, attempt(1, "alpha", outcome::missing)}, add_attempt{1, attempt(2, "beta")},
              save_extents{1, {{0, 5, "beta", 2, "", {}}}}});
  const auto page = store.list({});
  CHECK(page.jobs.at(0).attempts.empty());
  REQUIRE(page.jobs.at(1).attempts.size() == 2);
  CHECK(page.jobs[1].attempts[0].provider == "alpha");
  CHECK(page.jobs[1].attempts[0].result == outcome::missing);
  CHECK(page.jobs[1].extents.empty());
}

TEST_CASE_TEMPLATE(
    "journal: a start gets every unfinished job by id, and the last numbers", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  store_batch batch;
  for (int state = 0; state <= static_cast<int>(job_state::cancelled); ++state)
    batch.push_back(insert_job{job(static_cast<job_id>(20 - state), static_cast<job_state>(state))});
  auto rich = job(30, job_state::waiting, 7);
  rich.spec.priority = 9;
  rich.next_attempt_at = wall_time{milliseconds{123}};
  batch.push_back(insert_job{rich});
  batch.push_back(add_event{event("x")});
  commit(store, batch);
  const auto state = store.recover();
  CHECK(state.last_job == 30);
  CHECK(state.last_event == 1);
  ids pending;
  for (const auto& each : state.pending)
    pending.push_back(each.id);
  CHECK(pending == ids{15, 16, 17, 18, 19, 20, 30});
  const auto& last = state.pending.back();
  CHECK(last.state == job_state::waiting);
  CHECK(last.priority == 9);
  CHECK(last.run_no == 7);
  CHECK(last.created_at == wanted_since(rich));
  CHECK(last.next_attempt_at == rich.next_attempt_at);
  CHECK(last.output == "out/30");
  CHECK(last.fingerprint == fingerprint_of(rich.spec));
  CHECK_FALSE(state.pending.front().next_attempt_at);
}

TEST_CASE_TEMPLATE(
    "journal: parts left by succeeded and cancelled jobs are named until they are cleared", Body,
    BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  job_id id = 0;
  for (const auto state :
       {job_state::succeeded, job_state::cancelled, job_state::failed, job_state::running,
        job_state::succeeded}) {
    auto row = job(++id, state);
    row.part = id == 5 ? "" : "part" + std::to_string(id);
    commit(store, {insert_job{row}});
  }
  auto left = store.recover().leftovers;
  REQUIRE(left.size() == 2);
  CHECK(left[0].job == 1);
  CHECK(left[0].part == "part1");
  CHECK(left[1].job == 2);
  commit(store, {clear_part{1}});
  left = store.recover().leftovers;
  REQUIRE(left.size() == 1);
  CHECK(left[0].job == 2);
}

TEST_CASE_TEMPLATE("journal: attempts are totalled by provider and outcome", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  insert(store, 1, 3);
  commit(
      store, {add_attempt{1, attempt(1, "beta", outcome::missing)}, add_attempt{1, attempt(2, "alpha")},
              add_attempt{2, attempt(1, "alpha", outcome::provider_fault)}});
  commit(store, {add_attempt{1, attempt(3, "alpha")}});
  const auto state = store.recover();
  CHECK(state.attempts == 4);
  CHECK(state.jobs_attempted == 2);
  REQUIRE(state.stats.size() == 2);
  CHECK(state.stats[0].provider == "alpha");
  CHECK(state.stats[0].attempts[static_cast<std::size_t>(outcome::ok)] == 2);
  CHECK(state.stats[0].attempts[static_cast<std::size_t>(outcome::provider_fault)] == 1);
  CHECK(state.stats[1].provider == "beta");
  CHECK(state.stats[1].attempts[static_cast<std::size_t>(outcome::missing)] == 1);
}
