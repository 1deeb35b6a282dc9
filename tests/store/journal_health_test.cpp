// Provider history in both bodies of the journal, and what they forget.
#include "tests/store/journal_bodies.hpp"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>

#include <random>

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

#define BOTH_BODIES memory_body, sqlite_body

namespace {

constexpr wall_time midnight = std::chrono::sys_days{std::chrono::year{2026} / 11 / 24};

rollup random_sums(std::mt19937& rng) {
  rollup r;
  for (int i = 0; i < 20; ++i) {
    window_sample s;
    s.result = static_cast<outcome>(rng() % outcome_count);
    s.total = milliseconds{1 + rng() % 10'000};
    s.bytes = rng();
    if (rng() % 2)
      s.first_byte = s.total / 7;
    if (rng() % 2)
      s.body = s.total / 3;
    r.add(s);
  }
  r.up = milliseconds{rng() % 60'000};
  r.down = milliseconds{60'000} - r.up;
  r.checks = rng() % 3;
  r.checks_passed = rng() % 2;
  return r;
}

rollup one_ok() {
  rollup r;
  r.add({});
  return r;
}

bool same(const rollup& a, const rollup& b) {
  bool times_are = a.times.count() == b.times.count();
  for (const double q : {0.01, 0.3, 0.5, 0.9, 0.99})
    times_are = times_are && a.times.quantile(q) == b.times.quantile(q);
  return times_are && a.outcomes == b.outcomes && a.bytes == b.bytes && a.timed_bytes == b.timed_bytes &&
         a.body == b.body && a.ok_total == b.ok_total && a.first_byte == b.first_byte &&
         a.first_bytes == b.first_bytes && a.up == b.up && a.down == b.down && a.checks == b.checks &&
         a.checks_passed == b.checks_passed;
}

std::vector<stored_rollup> minutes_since(journal& store, wall_time from) {
  std::vector<stored_rollup> out;
  store.each_minute_since(from, [&](const stored_rollup& r) { out.push_back(r); });
  return out;
}

std::vector<stored_rollup>
history(journal& store, const std::string& provider, wall_time from, wall_time to, milliseconds step) {
  return store.history(provider, {from, to, step});
}

job_row ended_job(job_id id, wall_time at, job_state state = job_state::succeeded) {
  auto row = job(id, state);
  row.finished_at = at;
  return row;
}

void execute_sql(const std::filesystem::path& file, const char* sql) {
  SQLite::Database{file.string(), SQLite::OPEN_READWRITE}.exec(sql);
}

event_row event_at(wall_time at) {
  auto e = event("x");
  e.at = at;
  return e;
}

} // namespace

// Goal: nothing of a minute is lost or changed on the way. Method: random sums in every field.
TEST_CASE_TEMPLATE("journal: minutes are read back as they were written", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  std::mt19937 rng{5};
  std::vector<rollup> written;
  for (int i = 0; i < 60; ++i) {
    written.push_back(random_sums(rng));
    commit(store, {add_rollup{"alpha", midnight + 1min * i, written.back()}});
  }
  const auto minutes = history(store, "alpha", midnight, midnight + 60min, 1min);
  REQUIRE(minutes.size() == 60);
  rollup whole;
  for (std::size_t i = 0; i < 60; ++i) {
    CAPTURE(i);
    CHECK(minutes[i].at == midnight + 1min * i);
    CHECK(minutes[i].provider == "alpha");
    REQUIRE(same(minutes[i].sums, written[i]));
    whole.merge(written[i]);
  }
  const auto hour = history(store, "alpha", midnight, midnight + 1h, 1h);
  REQUIRE(hour.size() == 1);
  CHECK(same(hour[0].sums, whole));
}

TEST_CASE_TEMPLATE("journal: a minute that is written twice is the sum of both", Body, BOTH_BODIES) {
  Body body;
  commit(*body.store, {add_rollup{"alpha", midnight, one_ok()}, add_rollup{"alpha", midnight, one_ok()}});
  commit(*body.store, {add_rollup{"alpha", midnight, one_ok()}});
  for (const milliseconds step : {1min, 60min}) {
    const auto steps = history(*body.store, "alpha", midnight, midnight + 1h, step);
    REQUIRE(steps.size() == 1);
    CHECK(steps[0].sums.outcomes[0] == 3);
  }
}

TEST_CASE_TEMPLATE("journal: history is cut into steps, and gaps stay gaps", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  for (const auto minute : {0, 1, 4, 5, 20, 59, 60, 200})
    commit(store, {add_rollup{"alpha", midnight + 1min * minute, one_ok()}});
  commit(store, {add_rollup{"beta", midnight + 2min, one_ok()}});
  const auto fives = history(store, "alpha", midnight, midnight + 60min, 5min);
  REQUIRE(fives.size() == 4);
  CHECK(fives[0].at == midnight);
  CHECK(fives[0].sums.outcomes[0] == 3);
  CHECK(fives[1].at == midnight + 5min);
  CHECK(fives[2].at == midnight + 20min);
  CHECK(fives[3].at == midnight + 55min);
  CHECK(history(store, "alpha", midnight, midnight + 6h, 1h).size() == 3);
  CHECK(history(store, "alpha", midnight, midnight + 6h, 3h).size() == 2);
  CHECK(history(store, "alpha", midnight + 1min, midnight + 4min, 1min).size() == 1); // To is exclusive.
  CHECK(history(store, "nobody", midnight, midnight + 1h, 1min).empty());
}

TEST_CASE_TEMPLATE("journal: the minutes of a start come by provider and time", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  commit(
      store, {add_rollup{"beta", midnight + 1min, one_ok()}, add_rollup{"alpha", midnight + 2min, one_ok()},
              add_rollup{"alpha", midnight, one_ok()}, add_rollup{"alpha", midnight + 1min, one_ok()}});
  const auto all = minutes_since(store, midnight + 1min);
  REQUIRE(all.size() == 3);
  CHECK(all[0].provider == "alpha");
  CHECK(all[0].at == midnight + 1min);
  CHECK(all[1].at == midnight + 2min);
  CHECK(all[2].provider == "beta");
}

TEST_CASE_TEMPLATE(
    "journal: a reset hides earlier minutes from the start, not from the history", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  for (int i = 0; i < 5; ++i)
    commit(store, {add_rollup{"alpha", midnight + 1min * i, one_ok()}});
  commit(store, {mark_reset{"alpha", midnight + 2min + 30s}, mark_reset{"beta", midnight + 9h}});
  const auto left = minutes_since(store, midnight);
  REQUIRE(left.size() == 2);
  CHECK(left[0].at == midnight + 3min);
  CHECK(history(store, "alpha", midnight, midnight + 1h, 1min).size() == 5);
}

TEST_CASE_TEMPLATE(
    "journal: minutes, hours and events older than they must be kept are forgotten", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  for (int day = 0; day < 10; ++day)
    commit(
        store,
        {add_rollup{"alpha", midnight + 24h * day, one_ok()}, add_event{event_at(midnight + 24h * day)}});
  commit(store, {prune_history{midnight + 24h * 4, midnight + 24h * 2, midnight + 24h * 3}});
  const auto minutes = history(store, "alpha", midnight, midnight + 24h * 20, 1min);
  REQUIRE(minutes.size() == 6);
  CHECK(minutes[0].at == midnight + 24h * 4);
  CHECK(history(store, "alpha", midnight, midnight + 24h * 20, 1h).size() == 8);
  const auto events = store.events_after(0, 100);
  REQUIRE(events.size() == 7);
  CHECK(events[0].number == 4);
}

TEST_CASE_TEMPLATE("journal: no number is given twice, however much is forgotten", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  commit(
      store, {insert_job{ended_job(1, midnight)}, insert_job{ended_job(2, midnight)},
              add_event{event_at(midnight)}, add_event{event_at(midnight)}});
  commit(store, {prune_history{midnight + 1h, midnight + 1h, midnight + 1h}});
  CHECK(store.recover().last_job == 2);
  CHECK(store.recover().last_event == 2);
  CHECK_FALSE(store.find(1));
  CHECK(store.find(2));
  CHECK(store.events_after(0, 10).size() == 1);
  CHECK(commit(store, {add_event{event_at(midnight)}}).first_event == 3);
}

TEST_CASE_TEMPLATE(
    "journal: jobs that ended long ago go with all that is theirs, the totals stay", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  const auto old = midnight, young = midnight + 48h, limit = midnight + 24h;
  auto kept_part = ended_job(3, old, job_state::failed);
  kept_part.part = "out/3.part";
  for (const auto& row :
       {ended_job(1, old), ended_job(2, old, job_state::cancelled), kept_part, ended_job(4, young),
        ended_job(5, limit), job(6, job_state::waiting), ended_job(7, old)})
    commit(
        store, {insert_job{row}, add_attempt{row.id, attempt(1, "alpha")}, add_decision{row.id, decided("d")},
                save_extents{row.id, {{0, 10, "alpha", 1, "", {}}}}});
  commit(store, {prune_history{limit, limit, limit}});
  CHECK_FALSE(store.find(1));
  CHECK_FALSE(store.trace(2));
  for (job_id stays = 3; stays <= 7; ++stays) { // A part file, young, at the edge, unfinished, the newest.
    CAPTURE(stays);
    REQUIRE(store.find(stays));
    CHECK(store.find(stays)->attempts.size() == 1);
    CHECK(store.trace(stays)->decisions.size() == 1);
  }
  CHECK(store.recover().attempts == 7);
  CHECK(store.recover().jobs_attempted == 7);
  CHECK(store.list({}).jobs.size() == 5);
}

TEST_CASE_TEMPLATE("journal: forgetting is done in bounded bites", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  store_batch batch;
  for (job_id id = 1; id <= prune_jobs_max + 11; ++id)
    batch.push_back(insert_job{ended_job(id, midnight)});
  for (std::uint32_t i = 0; i < prune_events_max + 11; ++i)
    batch.push_back(add_event{event_at(midnight)});
  commit(store, batch);
  const prune_history prune{midnight + 1h, midnight + 1h, midnight + 1h};
  commit(store, {prune});
  job_filter filter;
  filter.limit = 500;
  CHECK(store.list(filter).jobs.size() == 11);
  CHECK(store.events_after(0, 100).size() == 11);
  commit(store, {prune});
  CHECK(store.list(filter).jobs.size() == 1);
  CHECK(store.events_after(0, 100).size() == 1);
}

TEST_CASE("sqlite_journal: history outlives the process, and a damaged row is an error") {
  temp_dir folder;
  const auto file = folder / "journal.db";
  {
    const auto store = open_sqlite_journal(file);
    commit(*store, {add_rollup{"alpha", midnight, one_ok()}});
    store->close();
  }
  const auto store = open_sqlite_journal(file);
  CHECK(history(*store, "alpha", midnight, midnight + 1h, 1min).size() == 1);
  execute_sql(file, "UPDATE health_minutes SET outcomes = 'dancing:1'");
  CHECK_THROWS_AS(history(*store, "alpha", midnight, midnight + 1h, 1min), journal_error);
  execute_sql(file, "UPDATE health_minutes SET outcomes = 'ok:1', times = '99999:1'");
  CHECK_THROWS_AS(history(*store, "alpha", midnight, midnight + 1h, 1min), journal_error);
}
