#include "store/journal.hpp"
#include "store/migrations.hpp"
#include "tests/support/temp_dir.hpp"

#include <SQLiteCpp/Database.h>
#include <doctest/doctest.h>

#include <array>

using namespace tributary;

namespace {

constexpr const char* make_table = "CREATE TABLE t (a INTEGER) STRICT; INSERT INTO t VALUES (7);";
constexpr const char* add_column = "ALTER TABLE t ADD COLUMN b INTEGER NOT NULL DEFAULT 3;";
constexpr const char* broken = "ALTER TABLE t ADD COLUMN c INTEGER; CREATE TABLE t (a INTEGER);";

SQLite::Database open(const std::filesystem::path& file) {
  return {file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
}

int version(SQLite::Database& db) {
  return db.execAndGet("PRAGMA user_version").getInt();
}

std::string migration_error(SQLite::Database& db, std::span<const char* const> steps) {
  try {
    migrate(db, steps);
    return {};
  } catch (const journal_error& e) {
    return e.what();
  }
}

} // namespace

TEST_CASE("migrations: an older file keeps its rows and gets the later steps only") {
  testing::temp_dir folder;
  constexpr std::array first{make_table};
  constexpr std::array both{make_table, add_column};
  {
    auto db = open(folder / "x.db");
    migrate(db, first);
    CHECK(version(db) == 1);
  }
  auto db = open(folder / "x.db");
  migrate(db, both);
  CHECK(version(db) == 2);
  CHECK(db.execAndGet("SELECT a * 10 + b FROM t").getInt() == 73);
  migrate(db, both); // Nothing is left to do.
  CHECK(version(db) == 2);
}

TEST_CASE("migrations: a step that fails changes nothing") {
  testing::temp_dir folder;
  auto db = open(folder / "x.db");
  constexpr std::array good{make_table};
  constexpr std::array bad{make_table, broken};
  migrate(db, good);
  CHECK_THROWS_AS(migrate(db, bad), SQLite::Exception);
  CHECK(version(db) == 1);
  CHECK_THROWS_AS(db.exec("SELECT c FROM t"), SQLite::Exception);
}

TEST_CASE("migrations: a file of a newer version is refused in words") {
  testing::temp_dir folder;
  auto db = open(folder / "x.db");
  constexpr std::array both{make_table, add_column};
  constexpr std::array first{make_table};
  migrate(db, both);
  const auto said = migration_error(db, first);
  CHECK(said.find("newer version") != std::string::npos);
  CHECK(said.find("x.db") != std::string::npos);
  CHECK(version(db) == 2);
}

TEST_CASE("migrations: another program's database is refused and stays as it was") {
  testing::temp_dir folder;
  constexpr std::array first{make_table};
  int n = 0;
  for (const auto* theirs : {"CREATE TABLE jobs (x)", "PRAGMA user_version = 1", "PRAGMA user_version = 9"}) {
    CAPTURE(theirs);
    const auto file = folder / ("theirs" + std::to_string(++n) + ".db");
    {
      auto db = open(file);
      db.exec(theirs);
      CHECK(migration_error(db, first).find("another program's") != std::string::npos);
    }
    const auto before = testing::read_file(file);
    CHECK_THROWS_AS(static_cast<void>(open_sqlite_journal(file)), journal_error);
    CHECK(testing::read_file(file) == before);
  }
}

TEST_CASE("migrations: the journal's own schema is made at once and marked") {
  testing::temp_dir folder;
  open_sqlite_journal(folder / "journal.db")->close();
  auto db = open(folder / "journal.db");
  CHECK(version(db) == static_cast<int>(journal_schema().size()));
  CHECK(db.execAndGet("PRAGMA application_id").getInt() == 0x54726962);
  CHECK(db.execAndGet("PRAGMA journal_mode").getString() == "wal");
}

TEST_CASE("migrations: extents of the first schema keep their place and have no checksum") {
  testing::temp_dir folder;
  auto db = open(folder / "x.db");
  migrate(db, journal_schema().first(1));
  db.exec("PRAGMA foreign_keys = OFF");
  db.exec("INSERT INTO extents VALUES (1, 0, 8, 4, 'alpha', 1, ''), (1, 1, 0, 8, 'beta', 2, '\"v\"')");
  migrate(db, journal_schema());
  CHECK(db.execAndGet("SELECT count(*) FROM extents WHERE xxh3 IS NULL").getInt() == 2);
  CHECK(db.execAndGet("SELECT provider FROM extents WHERE job = 1 AND offset = 0").getString() == "beta");
}
