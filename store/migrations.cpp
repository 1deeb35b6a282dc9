// Sizes, inodes and fingerprints are unsigned here and signed in SQLite: the same 64 bits. Times are
// milliseconds since 1970, UTC. Names of states, outcomes and faults are stored as text, so that a person can
// read the file.
#include "store/migrations.hpp"

#include "store/journal.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>

#include <array>
#include <string>

namespace tributary {

namespace {

constexpr int application_id = 0x54726962; // "Trib": marks the file as ours.

constexpr const char* first_schema = R"sql(
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  run_no INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  output TEXT NOT NULL,
  fingerprint INTEGER NOT NULL,
  spec TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  size INTEGER,
  etag TEXT NOT NULL,
  digest TEXT NOT NULL,
  last_modified TEXT NOT NULL,
  bytes_done INTEGER NOT NULL,
  part TEXT NOT NULL,
  target TEXT NOT NULL,
  inode INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  provider TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  crashes INTEGER NOT NULL,
  next_attempt_at INTEGER,
  error TEXT,
  started_at INTEGER,
  finished_at INTEGER
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state, id);
CREATE INDEX jobs_with_leftover ON jobs (id) WHERE part <> '' AND state IN ('succeeded', 'cancelled');

CREATE TABLE extents (
  job INTEGER NOT NULL REFERENCES jobs (id),
  position INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  length INTEGER NOT NULL,
  provider TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  validator TEXT NOT NULL,
  PRIMARY KEY (job, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
  job INTEGER NOT NULL REFERENCES jobs (id),
  number INTEGER NOT NULL,
  provider TEXT NOT NULL,
  outcome TEXT NOT NULL,
  fault TEXT NOT NULL,
  status INTEGER NOT NULL,
  message TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  progressed INTEGER NOT NULL,
  retry_after INTEGER,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt_totals (
  provider TEXT NOT NULL,
  outcome TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  first_attempts INTEGER NOT NULL,
  PRIMARY KEY (provider, outcome)
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (
  job INTEGER NOT NULL REFERENCES jobs (id),
  number INTEGER NOT NULL,
  decision TEXT NOT NULL,
  PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  number INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  job INTEGER NOT NULL,
  data TEXT NOT NULL
) STRICT;
)sql";

constexpr const char* settings_revisions_schema = R"sql(
CREATE TABLE settings_revisions (
  revision INTEGER PRIMARY KEY,
  bytes INTEGER NOT NULL,
  at INTEGER NOT NULL,
  author TEXT NOT NULL,
  change TEXT NOT NULL,
  diff TEXT NOT NULL,
  document TEXT NOT NULL
) STRICT;
)sql";

/// Times are nanoseconds here, but for `at`.
constexpr const char* health_schema = R"sql(
CREATE TABLE health_providers (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  reset_at INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE health_minutes (
  provider INTEGER NOT NULL REFERENCES health_providers (id),
  at INTEGER NOT NULL,
  outcomes TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  timed_bytes INTEGER NOT NULL,
  body INTEGER NOT NULL,
  ok_total INTEGER NOT NULL,
  first_byte INTEGER NOT NULL,
  first_bytes INTEGER NOT NULL,
  up INTEGER NOT NULL,
  down INTEGER NOT NULL,
  checks INTEGER NOT NULL,
  checks_passed INTEGER NOT NULL,
  times TEXT NOT NULL,
  PRIMARY KEY (provider, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE health_hours (
  provider INTEGER NOT NULL REFERENCES health_providers (id),
  at INTEGER NOT NULL,
  outcomes TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  timed_bytes INTEGER NOT NULL,
  body INTEGER NOT NULL,
  ok_total INTEGER NOT NULL,
  first_byte INTEGER NOT NULL,
  first_bytes INTEGER NOT NULL,
  up INTEGER NOT NULL,
  down INTEGER NOT NULL,
  checks INTEGER NOT NULL,
  checks_passed INTEGER NOT NULL,
  times TEXT NOT NULL,
  PRIMARY KEY (provider, at)
) STRICT, WITHOUT ROWID;

CREATE INDEX jobs_by_end ON jobs (finished_at) WHERE finished_at IS NOT NULL;
)sql";

/// Extents are kept by where they begin, each with a checksum of its bytes.
constexpr const char* extents_by_offset = R"sql(
CREATE TABLE new_extents (
  job INTEGER NOT NULL REFERENCES jobs (id),
  offset INTEGER NOT NULL,
  length INTEGER NOT NULL,
  provider TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  validator TEXT NOT NULL,
  xxh3 INTEGER,
  PRIMARY KEY (job, offset)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO new_extents
  SELECT job, offset, length, provider, attempt, validator, NULL FROM extents ORDER BY job, position;
DROP TABLE extents;
ALTER TABLE new_extents RENAME TO extents;
)sql";

constexpr const char* steered_jobs = R"sql(
ALTER TABLE jobs ADD COLUMN retried_at INTEGER;

CREATE TABLE idempotency_keys (
  key TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  at INTEGER NOT NULL,
  jobs TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (at);
)sql";

constexpr std::array schema{
    first_schema, settings_revisions_schema, health_schema, extents_by_offset, steered_jobs};

int pragma(SQLite::Database& db, const char* name) {
  return db.execAndGet(std::string{"PRAGMA "} + name).getInt();
}

void set_pragma(SQLite::Database& db, const char* name, int value) {
  db.exec(std::string{"PRAGMA "} + name + " = " + std::to_string(value));
}

} // namespace

std::span<const char* const> journal_schema() noexcept {
  return schema;
}

void migrate(SQLite::Database& db, std::span<const char* const> steps) {
  const auto version = pragma(db, "user_version");
  const bool empty = db.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
  if (pragma(db, "application_id") != application_id && (version != 0 || !empty))
    throw journal_error(db.getFilename() + " is another program's database");
  if (version < 0 || static_cast<std::size_t>(version) > steps.size())
    throw journal_error(
        db.getFilename() + " was written by a newer version of tributary (schema " + std::to_string(version) +
        ", this version knows up to " + std::to_string(steps.size()) + ")");
  for (auto next = static_cast<std::size_t>(version); next < steps.size(); ++next) {
    SQLite::Transaction transaction{db, SQLite::TransactionBehavior::IMMEDIATE};
    db.exec(steps[next]);
    set_pragma(db, "application_id", application_id);
    set_pragma(db, "user_version", static_cast<int>(next + 1));
    transaction.commit();
  }
}

} // namespace tributary
