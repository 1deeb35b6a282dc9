// What only a file can do: outlive its process, be damaged, be somebody else's, have no room.
#include "store/migrations.hpp"
#include "tests/store/journal_bodies.hpp"
#include "tests/support/without_override.hpp"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <ctime>

using namespace tributary;
using namespace tributary::testing;

namespace {

/// What opening says; "" when it works.
std::string opening_error(const std::filesystem::path& file) {
  try {
    static_cast<void>(open_sqlite_journal(file));
    return {};
  } catch (const journal_error& e) {
    return e.what();
  }
}

bool mentions(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

/// No file of this process grows past `bytes` while it lives: a full disk.
class file_size_limit {
public:
  explicit file_size_limit(std::uint64_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~file_size_limit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    static_cast<void>(std::signal(SIGXFSZ, handler_));
  }
  file_size_limit(const file_size_limit&) = delete;
  file_size_limit& operator=(const file_size_limit&) = delete;

private:
  void (*handler_)(int);
  rlimit before_{};
};

} // namespace

TEST_CASE("sqlite_journal: a closed file opens with all that was committed") {
  temp_dir folder;
  const auto file = folder / "journal.db";
  random_jobs random{11};
  const job_record expected{random.row(1, job_state::waiting, 4), random.extents(), {random.attempt(1)}};
  const auto made = random.decision();
  {
    const auto store = open_sqlite_journal(file);
    commit(
        *store, {insert_job{expected.row}, save_extents{1, expected.extents},
                 add_attempt{1, expected.attempts[0]}, add_decision{1, made}, add_event{event("one")}});
    store->close();
  }
  CHECK_FALSE(std::filesystem::exists(folder / "journal.db-wal")); // Worked into the file: one file to copy.
  const auto store = open_sqlite_journal(file);
  CHECK(bytes_of(*store->find(1)) == bytes_of(expected));
  CHECK(bytes_of(store->trace(1)->decisions.at(0)) == bytes_of(made));
  CHECK(store->recover().last_job == 1);
  CHECK(commit(*store, {add_event{event("two")}}).first_event == 2);
}

TEST_CASE("sqlite_journal: what was committed is there after a crash, what was not is not") {
  auto safety = journal_safety::power_cut;
  SUBCASE("flushed") {}
  SUBCASE("left to the system") {
    safety = journal_safety::process_end;
  }
  temp_dir before, after;
  const auto store = open_sqlite_journal(before / "journal.db", safety);
  commit(*store, {insert_job{job(1)}, add_event{event("kept")}});
  CHECK_FALSE(commit(*store, {insert_job{job(2)}, insert_job{job(1)}}).impossible.empty());
  // The files as a killed process would leave them: never closed, the log not worked in.
  for (const auto* name : {"journal.db", "journal.db-wal"})
    std::filesystem::copy_file(before / name, after / name);
  const auto again = open_sqlite_journal(after / "journal.db");
  CHECK(again->find(1));
  CHECK_FALSE(again->find(2));
  CHECK(again->recover().last_event == 1);
}

TEST_CASE("sqlite_journal: a log that was cut anywhere leaves whole batches only") {
  temp_dir before;
  const auto store = open_sqlite_journal(before / "journal.db");
  for (job_id id = 1; id <= 20; ++id)
    commit(*store, {insert_job{job(id)}, add_event{event("job")}});
  const auto log = read_file(before / "journal.db-wal");
  for (std::size_t cut = 0; cut < log.size(); cut += log.size() / 23 + 7) {
    CAPTURE(cut);
    temp_dir after;
    std::filesystem::copy_file(before / "journal.db", after / "journal.db");
    write_file(after / "journal.db-wal", log.substr(0, cut));
    const auto again = open_sqlite_journal(after / "journal.db");
    const auto state = again->recover();
    REQUIRE(state.last_job == state.last_event);
    REQUIRE(state.pending.size() == state.last_job);
  }
}

TEST_CASE("sqlite_journal: what is no database is refused by name and left alone") {
  temp_dir folder;
  const auto file = folder / "journal.db";
  const std::string text(5000, 'x');
  write_file(file, text);
  const auto said = opening_error(file);
  CHECK(mentions(said, file.string()));
  CHECK(mentions(said, "not a database"));
  CHECK(read_file(file) == text);
}

TEST_CASE("sqlite_journal: a damaged file is an error that says so") {
  temp_dir folder;
  const auto file = folder / "journal.db";
  {
    const auto store = open_sqlite_journal(file);
    store_batch batch;
    for (job_id id = 1; id <= 2000; ++id)
      batch.push_back(insert_job{job(id)});
    commit(*store, batch);
    store->close();
  }
  auto bytes = read_file(file);
  std::fill(bytes.begin() + 4096, bytes.end(), '\xee');
  write_file(file, bytes);
  try {
    open_sqlite_journal(file)->recover();
    FAIL("a damaged file was read");
  } catch (const journal_error& e) {
    CHECK(mentions(e.what(), "damaged"));
    CHECK(mentions(e.what(), file.string()));
  }
}

TEST_CASE("sqlite_journal: a row that makes no sense is an error, not a guess") {
  temp_dir folder;
  const auto file = folder / "journal.db";
  const auto store = open_sqlite_journal(file);
  commit(*store, {insert_job{job(1)}, insert_job{job(2)}, add_decision{2, {}}});
  SQLite::Database other{file.string(), SQLite::OPEN_READWRITE};
  other.exec("UPDATE jobs SET state = 'dancing' WHERE id = 1");
  other.exec("UPDATE decisions SET decision = '{' WHERE job = 2");
  CHECK_THROWS_AS(store->find(1), journal_error);
  CHECK_THROWS_AS(store->trace(2), journal_error);
  CHECK_THROWS_AS(commit(*store, {save_job{job(1)}}), journal_error);
  CHECK(store->find(2));
}

TEST_CASE("sqlite_journal: a folder that is missing or cannot be written is named") {
  temp_dir folder;
  const auto missing = folder / "no/such/journal.db";
  CHECK(mentions(opening_error(missing), missing.string()));
  CHECK(mentions(opening_error(missing), "cannot be opened or created"));
  write_file(folder / "plain", "x");
  CHECK(mentions(opening_error(folder / "plain/journal.db"), "cannot be opened or created"));
  const without_override like_everybody;
  REQUIRE(::chmod(folder.path().c_str(), 0500) == 0);
  CHECK(mentions(opening_error(folder / "journal.db"), "cannot be opened or created"));
  REQUIRE(::chmod(folder.path().c_str(), 0700) == 0);
}

TEST_CASE("sqlite_journal: a full disk fails the commit, and it goes on once there is room") {
  temp_dir folder;
  const auto store = open_sqlite_journal(folder / "journal.db");
  commit(*store, {insert_job{job(1)}, add_event{event("one")}});
  store_batch big;
  for (job_id id = 2; id <= 2000; ++id)
    big.push_back(insert_job{job(id)});
  big.push_back(add_event{event("two")});
  {
    const file_size_limit full{64 * 1024};
    CHECK_THROWS_AS(commit(*store, big), journal_error);
    CHECK(store->find(1));
  }
  CHECK_FALSE(store->find(2));
  CHECK(store->events_after(0, 10).size() == 1);
  CHECK(commit(*store, big).first_event == 2);
  CHECK(store->find(2000));
}

TEST_CASE("sqlite_journal: a reader beside it does not stop it") {
  temp_dir folder;
  const auto file = folder / "journal.db";
  const auto store = open_sqlite_journal(file);
  commit(*store, {insert_job{job(1)}});
  SQLite::Database other{file.string()};
  SQLite::Statement reading{other, "SELECT id FROM jobs"};
  REQUIRE(reading.executeStep());
  CHECK_FALSE(commit(*store, {save_job{job(1, job_state::running)}}).stale);
}

TEST_CASE("sqlite_journal: 100,000 queued jobs are read at start, and listed, without delay") {
  // In processor time beside that of writing them, so that neither a busy machine nor a sanitizer decides.
  const auto cost = [](auto work) {
    const auto before = std::clock();
    work();
    return static_cast<double>(std::clock() - before);
  };
  temp_dir folder;
  const auto store = open_sqlite_journal(folder / "journal.db");
  store_batch batch;
  for (job_id id = 1; id <= 100'000; ++id)
    batch.push_back(insert_job{job(id)});
  const auto written = cost([&] { commit(*store, batch); });
  recovered_state state;
  CHECK(cost([&] { state = store->recover(); }) < written / 2);
  CHECK(state.pending.size() == 100'000);
  job_filter filter;
  filter.before = 50'000;
  filter.limit = 50;
  for (const auto wanted :
       {std::optional<job_state>{}, std::optional{job_state::queued}, std::optional{job_state::failed}}) {
    filter.state = wanted;
    stored_page page;
    CHECK(cost([&] { page = store->list(filter); }) < written / 100);
    CHECK(page.jobs.size() == (wanted == job_state::failed ? 0 : 50));
  }
}
