// The journal on SQLite: write-ahead log, flushed at every commit; one transaction for a whole group of
// batches.
#include "store/commit_plan.hpp"
#include "store/journal.hpp"
#include "store/migrations.hpp"
#include "store/sqlite_health.hpp"
#include "store/sqlite_reader.hpp"
#include "store/sqlite_writer.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>
#include <sqlite3.h>

namespace tributary {

namespace {

constexpr int busy_timeout_ms = 5000;
constexpr int wal_pages_max = 4000; ///< About 16 MB are written before the log is worked into the file.

std::string reason(const SQLite::Exception& e) {
  switch (e.getErrorCode()) {
  case SQLITE_FULL:
    return "the disk is full";
  case SQLITE_READONLY:
    return "it is read-only";
  case SQLITE_CANTOPEN:
    return "the file cannot be opened or created";
  case SQLITE_NOTADB:
    return "it is not a database";
  case SQLITE_CORRUPT:
    return std::string{"it is damaged ("} + e.what() + ")";
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return "another process holds it";
  default:
    return e.what();
  }
}

/// Runs `f`, and says what failed in words that name the file.
template <class F>
auto guarded(const std::string& file, const char* doing, F f) {
  try {
    return f();
  } catch (const journal_error&) {
    throw;
  } catch (const SQLite::Exception& e) {
    throw journal_error(std::string{"cannot "} + doing + " the journal " + file + ": " + reason(e));
  } catch (const std::exception& e) {
    throw journal_error(
        std::string{"cannot "} + doing + " the journal " + file + ": it is damaged (" + e.what() + ")");
  }
}

SQLite::Database open(const std::string& file, journal_safety safety) {
  // One thread at a time by contract: SQLite need not lock for us.
  const auto flags = SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX;
  SQLite::Database db{file, flags, busy_timeout_ms};
  db.exec("PRAGMA foreign_keys = ON");
  migrate(db, journal_schema()); // Before the log mode is set: another program's file stays untouched.
  db.exec("PRAGMA journal_mode = WAL");
  db.exec(safety == journal_safety::power_cut ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF");
  db.exec("PRAGMA wal_autocheckpoint = " + std::to_string(wal_pages_max));
  return db;
}

/// An open file with its statements.
struct connection {
  connection(const std::string& file, journal_safety safety)
      : db(open(file, safety)), reader(db), health(db), writer(db, health), last_event(reader.last_event()) {}

  SQLite::Database db;
  sqlite_reader reader;
  sqlite_health health;
  sqlite_writer writer;
  std::uint64_t last_event; ///< Number of the last committed event.
};

class sqlite_journal final : public journal {
public:
  sqlite_journal(std::string file, journal_safety safety)
      : file_(std::move(file)),
        open_(guarded(file_, "open", [&] { return std::make_unique<connection>(file_, safety); })) {}

  std::vector<commit_result> commit(std::span<const store_batch> batches) override {
    return guarded(file_, "write", [&] {
      auto& c = opened();
      SQLite::Transaction transaction{c.db, SQLite::TransactionBehavior::IMMEDIATE};
      commit_plan plan{
          [&](job_id job) { return c.writer.fence_of(job); },
          [&](const std::string& key) { return c.writer.owner_of(key); },
          [&] { return c.writer.newest_revision(); }};
      std::vector<commit_result> results;
      auto last_event = c.last_event;
      for (const auto& batch : batches) {
        auto refused = plan.refusal(batch);
        results.push_back(refused ? *std::move(refused) : c.writer.apply(batch, last_event));
      }
      transaction.commit();
      c.last_event = last_event;
      return results;
    });
  }

  std::optional<job_record> find(job_id job) override {
    return guarded(file_, "read", [&] { return opened().reader.find(job); });
  }
  std::optional<job_trace> trace(job_id job) override {
    return guarded(file_, "read", [&] { return opened().reader.trace(job); });
  }
  stored_page list(const job_filter& filter) override {
    return guarded(file_, "read", [&] { return opened().reader.list(filter); });
  }
  std::vector<event_row> events_after(std::uint64_t number, std::uint32_t limit) override {
    return guarded(file_, "read", [&] { return opened().reader.events_after(number, limit); });
  }
  recovered_state recover() override {
    return guarded(file_, "read", [&] { return opened().reader.recover(); });
  }
  std::vector<stored_rollup> history(const std::string& provider, const history_query& what) override {
    return guarded(file_, "read", [&] { return opened().health.history(provider, what); });
  }
  void each_minute_since(wall_time from, const std::function<void(const stored_rollup&)>& visit) override {
    guarded(file_, "read", [&] { opened().health.each_minute_since(from, visit); });
  }

  std::optional<settings_revision> revision(std::uint64_t number) override {
    return guarded(file_, "read", [&] { return opened().reader.revision(number); });
  }
  std::vector<settings_revision> revisions(std::uint64_t before, std::uint32_t limit) override {
    return guarded(file_, "read", [&] { return opened().reader.revisions(before, limit); });
  }

  void close() override {
    guarded(file_, "close", [&] {
      opened().db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      open_.reset();
    });
  }

private:
  connection& opened() {
    if (!open_)
      throw journal_error("the journal " + file_ + " is closed");
    return *open_;
  }

  std::string file_;
  std::unique_ptr<connection> open_;
};

} // namespace

std::unique_ptr<journal> open_sqlite_journal(const std::filesystem::path& file, journal_safety safety) {
  return std::make_unique<sqlite_journal>(file.string(), safety);
}

} // namespace tributary
