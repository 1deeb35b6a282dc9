// What the journal promises to those who steer jobs: keys that are claimed once, final jobs that begin anew.
#include "tests/store/journal_bodies.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;

#define BOTH_BODIES memory_body, sqlite_body

namespace {

constexpr wall_time noon{milliseconds{1'000'000'000'000}};

claim_key claim(const std::string& key, const std::string& digest, wall_time at, std::vector<job_id> jobs) {
  return {{key, digest}, at, std::move(jobs)};
}

} // namespace

TEST_CASE_TEMPLATE("journal: a key is claimed once; who comes second hears who has it", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  CHECK_FALSE(commit(store, {insert_job{job(1)}, insert_job{job(2)}, claim("k", "d", noon, {1, 2})})
                  .taken.has_value());
  const auto second =
      commit(store, {insert_job{job(3)}, add_event{event("x")}, claim("k", "other", noon + seconds{1}, {3})});
  REQUIRE(second.taken);
  CHECK(second.taken->digest == "d");
  CHECK(second.taken->jobs == std::vector<job_id>{1, 2});
  CHECK(second.first_event == 0);
  CHECK_FALSE(store.find(3)); // Nothing of its batch.
  CHECK(store.events_after(0, 10).empty());
  CHECK_FALSE(commit(store, {claim("l", std::string("d\0d", 3), noon, {1})}).taken);
  CHECK(commit(store, {claim("l", "", noon, {1})}).taken->digest == std::string("d\0d", 3));
}

TEST_CASE_TEMPLATE("journal: who has a key can be asked without a claim to it", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  CHECK_FALSE(commit(store, {find_claim{"k", noon}}).taken);
  CHECK_FALSE(commit(store, {claim("k", "d", noon, {1, 2})}).taken);
  const auto found = commit(store, {find_claim{"k", noon + idempotency_kept - milliseconds{1}}});
  REQUIRE(found.taken);
  CHECK(found.taken->digest == "d");
  CHECK(found.taken->jobs == std::vector<job_id>{1, 2});
  CHECK_FALSE(commit(store, {find_claim{"k", noon + idempotency_kept}}).taken);
  const std::vector<store_batch> together{{claim("l", "e", noon, {3})}, {find_claim{"l", noon}}};
  CHECK(store.commit(together)[1].taken->jobs == std::vector<job_id>{3});
}

TEST_CASE_TEMPLATE("journal: of two claims in one commit the first has the key", Body, BOTH_BODIES) {
  Body body;
  const std::vector<store_batch> batches{
      {insert_job{job(1)}, claim("k", "d", noon, {1})}, {insert_job{job(2)}, claim("k", "d", noon, {2})}};
  const auto results = body.store->commit(batches);
  CHECK_FALSE(results[0].taken);
  REQUIRE(results[1].taken);
  CHECK(results[1].taken->jobs == std::vector<job_id>{1});
  CHECK_FALSE(body.store->find(2));
}

TEST_CASE_TEMPLATE(
    "journal: a key is free again after 24 hours, not a millisecond before", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  commit(store, {claim("k", "d", noon, {1})});
  CHECK(commit(store, {claim("k", "e", noon + idempotency_kept - milliseconds{1}, {2})}).taken);
  CHECK_FALSE(commit(store, {claim("k", "e", noon + idempotency_kept, {2})}).taken);
  CHECK(commit(store, {claim("k", "f", noon + idempotency_kept, {3})}).taken->digest == "e");
}

TEST_CASE("sqlite_journal: keys outlive the process, old ones leave the file") {
  sqlite_body body;
  commit(*body.store, {claim("k", "d", noon, {7})});
  body.store.reset();
  body.store = open_sqlite_journal(body.folder / "journal.db");
  CHECK(commit(*body.store, {claim("k", "d", noon, {8})}).taken->jobs == std::vector<job_id>{7});
  commit(*body.store, {claim("l", "d", noon + idempotency_kept, {9})});
  CHECK_FALSE(commit(*body.store, {claim("k", "d", noon, {8})}).taken); // Forgotten with the claim of "l".
}

TEST_CASE_TEMPLATE("journal: only a final job begins anew, and only in a later run", Body, BOTH_BODIES) {
  Body body;
  auto& store = *body.store;
  commit(store, {insert_job{job(1, job_state::failed, 3)}, insert_job{job(2, job_state::waiting, 3)}});
  CHECK(commit(store, {reopen_job{job(1, job_state::queued, 3)}}).stale);
  CHECK(commit(store, {reopen_job{job(2, job_state::queued, 4)}}).stale);
  CHECK(commit(store, {reopen_job{job(9, job_state::queued, 4)}}).stale);
  auto row = job(1, job_state::queued, 4);
  row.retried_at = noon;
  CHECK_FALSE(commit(store, {reopen_job{row}, save_job{row}}).stale);
  const auto found = store.find(1)->row;
  CHECK(found.state == job_state::queued);
  CHECK(found.retried_at == noon);
  const auto pending = store.recover().pending;
  REQUIRE(pending.size() == 2);
  CHECK(pending[0].created_at == noon); // Its place in the queue goes by the retry.
  CHECK(pending[1].created_at == job(2).created_at);
}
