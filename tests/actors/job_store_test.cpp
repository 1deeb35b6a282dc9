#include "actors/job_store.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/forwarding_journal.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

using namespace tributary;

namespace {

/// Counts what reaches the journal, and fails when told to.
class counting_journal final : public testing::forwarding_journal {
public:
  struct counts {
    std::vector<std::size_t> commits; ///< Batches in each.
    int closes = 0;
    bool fail = false, throw_other = false;
  };

  explicit counting_journal(std::shared_ptr<counts> seen)
      : forwarding_journal(make_memory_journal()), seen_(std::move(seen)) {}

  std::vector<commit_result> commit(std::span<const store_batch> batches) override {
    may_fail();
    seen_->commits.push_back(batches.size());
    return forwarding_journal::commit(batches);
  }
  std::optional<job_record> find(job_id job) override {
    may_fail();
    return forwarding_journal::find(job);
  }
  void close() override {
    ++seen_->closes;
    may_fail();
    forwarding_journal::close();
  }

private:
  void may_fail() const {
    if (seen_->fail)
      throw journal_error("the disk is full");
    if (seen_->throw_other)
      throw std::logic_error("a defect");
  }

  std::shared_ptr<counts> seen_;
};

store_batch new_job(job_id id) {
  job_row row;
  row.id = id;
  add_event queued;
  queued.row.kind = "job.queued";
  queued.row.job = id;
  return {insert_job{row}, queued};
}

store_batch run_of(job_id id, std::uint32_t run_no) {
  job_row row;
  row.id = id;
  row.state = job_state::running;
  row.run_no = run_no;
  return {save_job{row}};
}

struct store_fixture : testing::actor_fixture {
  std::shared_ptr<counting_journal::counts> seen = std::make_shared<counting_journal::counts>();
  job_store_actor store = own(spawn_job_store(sys, std::make_unique<counting_journal>(seen), false));

  /// The answers of writes that were all in the mailbox before the store ran.
  std::vector<caf::expected<commit_result>> write_together(std::vector<store_batch> batches) {
    using pending = decltype(self->request(store, caf::infinite, write_atom_v, store_batch{}));
    std::vector<pending> asked;
    for (auto& batch : batches)
      asked.push_back(self->request(store, caf::infinite, write_atom_v, std::move(batch)));
    run();
    std::vector<caf::expected<commit_result>> out;
    for (auto& each : asked) {
      REQUIRE(self->has_next_message());
      each.receive(
          [&](commit_result& result) { out.emplace_back(result); },
          [&](caf::error& why) { out.emplace_back(std::move(why)); });
    }
    return out;
  }
};

} // namespace

TEST_CASE_FIXTURE(store_fixture, "job_store: a write is answered after its commit") {
  const auto result = ask<commit_result>(store, write_atom_v, new_job(1));
  REQUIRE(result);
  CHECK_FALSE(result->stale);
  CHECK(result->first_event == 1);
  CHECK(seen->commits == std::vector<std::size_t>{1});
  CHECK(ask<job_record>(store, find_atom_v, job_id{1})->row.id == 1);
}

TEST_CASE_FIXTURE(
    store_fixture, "job_store: writes that wait together are one commit, each with its own answer") {
  REQUIRE(ask<commit_result>(store, write_atom_v, new_job(1)));
  seen->commits.clear();
  const auto results = write_together({new_job(2), run_of(1, 2), run_of(1, 1), new_job(3)});
  CHECK(seen->commits == std::vector<std::size_t>{4});
  REQUIRE(results.size() == 4);
  CHECK(results[0]->first_event == 2);
  CHECK_FALSE(results[1]->stale);
  CHECK(results[2]->stale);
  CHECK(results[3]->first_event == 3);
}

TEST_CASE_FIXTURE(store_fixture, "job_store: a commit takes 4096 batches, the next one begins another") {
  std::vector<store_batch> batches;
  for (job_id id = 1; id <= 4097; ++id)
    batches.push_back(new_job(id));
  const auto results = write_together(std::move(batches));
  CHECK(seen->commits == std::vector<std::size_t>{4096, 1});
  CHECK(results.back()->first_event == 4097);
}

TEST_CASE_FIXTURE(store_fixture, "job_store: a reader sees the writes sent before it") {
  caf::anon_send(store, write_atom_v, new_job(1));
  caf::anon_send(store, write_atom_v, new_job(2));
  CHECK(ask<job_record>(store, find_atom_v, job_id{2}));
  CHECK(seen->commits == std::vector<std::size_t>{2});
  caf::anon_send(store, write_atom_v, new_job(3));
  CHECK(ask<stored_page>(store, list_atom_v, job_filter{})->jobs.size() == 3);
  caf::anon_send(store, write_atom_v, new_job(4));
  CHECK(ask<std::vector<event_row>>(store, events_atom_v, std::uint64_t{2}, std::uint32_t{10})->size() == 2);
  caf::anon_send(store, write_atom_v, new_job(5));
  CHECK(ask<recovered_state>(store, recover_atom_v)->last_job == 5);
  caf::anon_send(store, write_atom_v, new_job(6));
  CHECK(ask<job_trace>(store, trace_atom_v, job_id{6})->job == 6);
}

TEST_CASE_FIXTURE(store_fixture, "job_store: an unknown job is an error") {
  CHECK(ask<job_record>(store, find_atom_v, job_id{9}).error() == errc::unknown_job);
  CHECK(ask<job_trace>(store, trace_atom_v, job_id{9}).error() == errc::unknown_job);
}

TEST_CASE_FIXTURE(store_fixture, "job_store: a journal that fails tells everybody why, and is tried again") {
  seen->fail = true;
  for (const auto& result : write_together({new_job(1), new_job(2)})) {
    REQUIRE_FALSE(result);
    CHECK(result.error() == errc::store_failed);
    CHECK(describe(result.error()) == "the disk is full");
  }
  CHECK(ask<job_record>(store, find_atom_v, job_id{1}).error() == errc::store_failed);
  seen->fail = false;
  CHECK(ask<commit_result>(store, write_atom_v, new_job(1))->first_event == 1);
}

TEST_CASE_FIXTURE(
    store_fixture, "job_store: an exit commits what was collected, answers it, and closes the journal") {
  auto asked = self->request(store, caf::infinite, write_atom_v, new_job(1));
  caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
  run();
  REQUIRE(self->has_next_message());
  asked.receive(
      [](commit_result& result) { CHECK(result.first_event == 1); },
      [](caf::error& why) { FAIL(describe(why)); });
  CHECK(seen->commits == std::vector<std::size_t>{1});
  CHECK(seen->closes == 1);
  CHECK(ask<recovered_state>(store, recover_atom_v).error() == caf::sec::request_receiver_down);
}

TEST_CASE_FIXTURE(store_fixture, "job_store: a killed store leaves nobody without an answer") {
  auto collected = self->request(store, caf::infinite, write_atom_v, new_job(1));
  caf::anon_send_exit(store, caf::exit_reason::kill); // Comes before the commit that the write calls for.
  auto waiting = self->request(store, caf::infinite, write_atom_v, new_job(2));
  run();
  const auto must_fail = [](commit_result&) { FAIL("a killed store has committed"); };
  REQUIRE(self->has_next_message());
  collected.receive(must_fail, [](caf::error& why) { CHECK(why == errc::shutting_down); });
  REQUIRE(self->has_next_message());
  waiting.receive(must_fail, [](caf::error& why) { CHECK(why == caf::sec::request_receiver_down); });
  CHECK(seen->commits.empty());
}

TEST_CASE_FIXTURE(store_fixture, "job_store: a defect ends it with an answer for all that waited") {
  seen->throw_other = true;
  for (const auto& result : write_together({new_job(1), new_job(2)})) {
    REQUIRE_FALSE(result);
    CHECK(result.error() == errc::shutting_down);
  }
  CHECK(ask<recovered_state>(store, recover_atom_v).error() == caf::sec::request_receiver_down);
}

TEST_CASE("job_store: detached over SQLite, it commits, ends with the system, and the file holds it") {
  testing::temp_dir folder;
  const auto file = folder / "journal.db";
  caf::actor_system_config config;
  register_messages(config);
  {
    caf::actor_system system{config};
    auto store = spawn_job_store(system, open_sqlite_journal(file), true);
    caf::scoped_actor self{system};
    self->request(store, std::chrono::seconds{60}, write_atom_v, new_job(1))
        .receive(
            [](commit_result& result) { CHECK(result.first_event == 1); },
            [](caf::error& why) { FAIL(describe(why)); });
    self->send_exit(store, caf::exit_reason::user_shutdown);
    self->wait_for(store);
  }
  CHECK_FALSE(std::filesystem::exists(folder / "journal.db-wal")); // Closed cleanly.
  CHECK(open_sqlite_journal(file)->find(1));
}
