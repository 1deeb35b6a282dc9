// What both bodies of the journal promise to a writer: fences, atomic batches, numbered events.
#include "tests/store/journal_bodies.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;

#define BOTH_BODIES memory_body, sqlite_body

TEST_CASE_TEMPLATE("journal: an empty one knows nothing", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  CHECK_FALSE(store.find(1));
  CHECK_FALSE(store.trace(1));
  CHECK(store.list({}).jobs.empty());
  CHECK(store.events_after(0, 10).empty());
  const auto state = store.recover();
  CHECK(state.last_job == 0);
  CHECK(state.last_event == 0);
  CHECK(state.pending.empty());
  CHECK(store.commit({}).empty());
  CHECK(commit(store, {}).first_event == 0);
}

// Goal: nothing is lost or changed on the way. Method: random values in every field, compared by their bytes.
TEST_CASE_TEMPLATE("journal: a job and its history are read back as they were written", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    random_jobs random{seed};
    const auto state = static_cast<job_state>(random.number(0, 8));
    job_record expected{random.row(seed, state), random.extents(), {random.attempt(1), random.attempt(2)}};
    const std::vector<decision_row> decisions{random.decision(), random.decision()};
    store_batch batch{insert_job{expected.row}, save_extents{seed, expected.extents}};
    for (const auto& each : expected.attempts)
      batch.push_back(add_attempt{seed, each});
    for (const auto& each : decisions)
      batch.push_back(add_decision{seed, each});
    REQUIRE_FALSE(commit(store, batch).stale);
    const auto found = store.find(seed);
    REQUIRE(found);
    REQUIRE(bytes_of(*found) == bytes_of(expected));
    const auto trace = store.trace(seed);
    REQUIRE(trace);
    REQUIRE(bytes_of(*trace) == bytes_of(job_trace{seed, decisions, expected.attempts}));
  }
}

TEST_CASE_TEMPLATE("journal: a save replaces the row, but never spec and created_at", Body, BOTH_BODIES) {
  Body body;
  random_jobs random{3};
  const auto first = random.row(1, job_state::queued);
  auto second = random.row(1, job_state::running, 1);
  commit(*body.store, {insert_job{first}});
  CHECK_FALSE(commit(*body.store, {save_job{second}}).stale);
  second.spec = first.spec;
  second.created_at = first.created_at;
  CHECK(bytes_of(body.store->find(1)->row) == bytes_of(second));
}

TEST_CASE_TEMPLATE(
    "journal: a save of the same or a later run holds, one of an earlier run is stale", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  commit(store, {insert_job{job(1, job_state::running, 5)}});
  CHECK(commit(store, {save_job{job(1, job_state::waiting, 4)}}).stale);
  CHECK(store.find(1)->row.state == job_state::running);
  CHECK_FALSE(commit(store, {save_job{job(1, job_state::verifying, 5)}}).stale);
  CHECK_FALSE(commit(store, {save_job{job(1, job_state::queued, 6)}}).stale);
  CHECK(commit(store, {save_job{job(1, job_state::succeeded, 5)}}).stale);
  CHECK(store.find(1)->row.state == job_state::queued);
  CHECK(store.find(1)->row.run_no == 6);
}

TEST_CASE_TEMPLATE("journal: a save of a final job is stale, whatever its run", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  job_id id = 0;
  for (const auto final : {job_state::succeeded, job_state::failed, job_state::cancelled}) {
    CAPTURE(to_string(final));
    commit(store, {insert_job{job(++id, job_state::running, 1)}});
    CHECK_FALSE(commit(store, {save_job{job(id, final, 1)}}).stale);
    CHECK(commit(store, {save_job{job(id, job_state::running, 1)}}).stale);
    CHECK(commit(store, {save_job{job(id, job_state::running, 99)}}).stale);
    CHECK(store.find(id)->row.state == final);
  }
}

TEST_CASE_TEMPLATE("journal: a save of an unknown job is stale", Body, BOTH_BODIES) {
  Body body;
  CHECK(commit(*body.store, {save_job{job(9)}}).stale);
  CHECK_FALSE(body.store->find(9));
}

TEST_CASE_TEMPLATE("journal: nothing of a stale batch is written, the others hold", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  commit(store, {insert_job{job(1, job_state::running, 2)}, insert_job{job(2)}});
  const std::vector<store_batch> batches{
      {add_event{event("first")}, save_job{job(2, job_state::running, 1)}},
      {add_event{event("lost")}, save_extents{1, {{0, 10, "alpha", 1, "", {}}}},
       add_attempt{1, attempt(1, "alpha")}, add_decision{1, decided("lost")}, clear_part{2},
       insert_job{job(3)}, save_job{job(1, job_state::waiting, 1)}},
      {add_event{event("second")}, add_event{event("third")}}};
  const auto results = store.commit(batches);
  REQUIRE(results.size() == 3);
  CHECK_FALSE(results[0].stale);
  CHECK(results[0].first_event == 1);
  CHECK(results[1].stale);
  CHECK(results[1].first_event == 0);
  CHECK(results[2].first_event == 2);
  CHECK(store.find(1)->extents.empty());
  CHECK(store.find(1)->attempts.empty());
  CHECK(store.trace(1)->decisions.empty());
  CHECK_FALSE(store.find(3));
  const auto events = store.events_after(0, 10);
  REQUIRE(events.size() == 3);
  CHECK(events[1].kind == "second");
  CHECK(events[2].number == 3);
}

TEST_CASE_TEMPLATE("journal: later batches and ops see the earlier ones", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  const std::vector<store_batch> batches{
      {insert_job{job(1)}, save_job{job(1, job_state::running, 1)}, add_attempt{1, attempt(1, "alpha")}},
      {save_job{job(1, job_state::succeeded, 1)}},
      {save_job{job(1, job_state::failed, 1)}},
      {insert_job{job(2)}, save_job{job(2, job_state::cancelled)}, save_job{job(2, job_state::running)}},
      {insert_job{job(2)}}};
  const auto results = store.commit(batches);
  CHECK_FALSE(results[0].stale);
  CHECK_FALSE(results[1].stale);
  CHECK(results[2].stale);
  CHECK(results[3].stale); // Cancelled within the batch: the batch's own insert is undone with it.
  CHECK_FALSE(results[4].stale);
  CHECK(store.find(1)->row.state == job_state::succeeded);
  CHECK(store.find(2)->row.state == job_state::queued);
}

TEST_CASE_TEMPLATE(
    "journal: an impossible op fails its own batch, and not its neighbours", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  commit(store, {insert_job{job(1)}, add_event{event("one")}});
  job_id next = 2;
  for (const auto& impossible : std::initializer_list<store_op>{
           insert_job{job(1)}, add_attempt{99, attempt(1, "alpha")}, add_decision{99, {}},
           save_extents{99, {}}}) {
    const std::vector<store_batch> batches{
        {insert_job{job(next)}}, {add_event{event("two")}, impossible}, {save_job{job(next)}}};
    const auto results = store.commit(batches);
    CHECK(results[0].impossible.empty());
    CHECK_FALSE(results[1].impossible.empty());
    CHECK_FALSE(results[1].stale);
    CHECK_FALSE(results[2].stale);
    CHECK(store.find(next++));
    CHECK(store.events_after(0, 10).size() == 1);
  }
  CHECK(commit(store, {add_event{event("two")}}).first_event == 2);
}

TEST_CASE_TEMPLATE(
    "journal: a repeated attempt stays as it was and is not counted again", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  commit(store, {insert_job{job(1)}, add_attempt{1, attempt(1, "alpha")}});
  commit(store, {add_attempt{1, attempt(1, "beta", outcome::missing)}});
  REQUIRE(store.find(1)->attempts.size() == 1);
  CHECK(store.find(1)->attempts[0].provider == "alpha");
  CHECK(store.recover().attempts == 1);
}

TEST_CASE_TEMPLATE(
    "journal: extents come to the stored ones, by offset, or take their place", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  commit(
      store,
      {insert_job{job(1)}, save_extents{1, {{8, 4, "alpha", 1, "\"v\"", 7}, {0, 8, "beta", 2, "", {}}}}});
  commit(store, {save_extents{1, {{12, 4, "alpha", 1, "\"v\"", ~0ull}}}});
  const auto extents = store.find(1)->extents;
  REQUIRE(extents.size() == 3);
  CHECK(extents[0].provider == "beta");
  CHECK_FALSE(extents[0].xxh3);
  CHECK(extents[1].xxh3 == 7);
  CHECK(extents[2].offset == 12);
  CHECK(extents[2].xxh3 == ~0ull);
  commit(store, {save_extents{1, {{8, 2, "gamma", 3, "", {}}}}});
  REQUIRE(store.find(1)->extents.size() == 3);
  CHECK(store.find(1)->extents[1].length == 2);
  CHECK(store.find(1)->extents[1].provider == "gamma");
  commit(store, {save_extents{1, {{0, 12, "alpha", 1, "", {}}}, true}});
  CHECK(store.find(1)->extents.size() == 1);
  commit(store, {save_extents{1, {}, true}});
  CHECK(store.find(1)->extents.empty());
}

TEST_CASE_TEMPLATE("journal: attempts come by number, decisions as they were made", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  commit(store, {insert_job{job(1)}, add_attempt{1, attempt(2, "beta")}, add_decision{1, decided("z")}});
  commit(store, {add_attempt{1, attempt(1, "alpha")}, add_decision{1, decided("a")}});
  const auto trace = store.trace(1);
  CHECK(trace->attempts[0].number == 1);
  CHECK(trace->attempts[1].number == 2);
  CHECK(trace->decisions[0].message == "z");
  CHECK(trace->decisions[1].message == "a");
}

TEST_CASE_TEMPLATE("journal: clearing a part touches nothing else, on any job", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  auto done = job(1, job_state::succeeded, 3);
  done.part = "out/1.part";
  commit(store, {insert_job{done}});
  CHECK_FALSE(commit(store, {clear_part{1}, clear_part{99}}).stale);
  done.part.clear();
  CHECK(bytes_of(store.find(1)->row) == bytes_of(done));
}

TEST_CASE_TEMPLATE("journal: events are numbered from 1 without gaps, and paged", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  CHECK(commit(store, {add_event{event("a")}, add_event{event("b")}}).first_event == 1);
  CHECK(commit(store, {add_event{event("c")}}).first_event == 3);
  event_row full{999, wall_time{milliseconds{5}}, "job.failed", 7, R"({"x":"ü"})"};
  CHECK(commit(store, {add_event{full}}).first_event == 4);
  full.number = 4;
  const auto page = store.events_after(1, 2);
  REQUIRE(page.size() == 2);
  CHECK(page[0].number == 2);
  CHECK(page[1].kind == "c");
  CHECK(bytes_of(store.events_after(3, 10).at(0)) == bytes_of(full));
  CHECK(store.events_after(4, 10).empty());
  CHECK(store.events_after(~0ull, 10).empty());
  CHECK(store.events_after(0, 0).empty());
}

TEST_CASE_TEMPLATE("journal: after close every call is an error", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  store.close();
  CHECK_THROWS_AS(commit(store, {add_event{event("late")}}), journal_error);
  CHECK_THROWS_AS(store.find(1), journal_error);
  CHECK_THROWS_AS(store.trace(1), journal_error);
  CHECK_THROWS_AS(store.list({}), journal_error);
  CHECK_THROWS_AS(store.events_after(0, 1), journal_error);
  CHECK_THROWS_AS(store.recover(), journal_error);
  CHECK_THROWS_AS(store.close(), journal_error);
}
