// One statement per kind of write. What the plan admitted cannot fail here for a reason of its own.
#include "store/sqlite_writer.hpp"

#include "messages/stored_json.hpp"
#include "store/sqlite_values.hpp"

#include <sstream>

namespace tributary {

namespace {

constexpr const char* insert_job_sql = R"sql(
INSERT INTO jobs (id, output, fingerprint, priority, spec, created_at, state, run_no, size, etag, digest,
  last_modified, bytes_done, part, target, inode, sha256, provider, attempts, crashes, next_attempt_at, error,
  started_at, finished_at, retried_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))sql";

constexpr const char* save_job_sql = R"sql(
UPDATE jobs SET state = ?, run_no = ?, size = ?, etag = ?, digest = ?, last_modified = ?, bytes_done = ?, part = ?,
  target = ?, inode = ?, sha256 = ?, provider = ?, attempts = ?, crashes = ?, next_attempt_at = ?, error = ?,
  started_at = ?, finished_at = ?, retried_at = ?
WHERE id = ?)sql";

constexpr const char* insert_decision_sql = R"sql(
INSERT INTO decisions VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM decisions WHERE job = ?1), ?2))sql";

constexpr const char* count_attempt_sql = R"sql(
INSERT INTO attempt_totals (provider, outcome, attempts, first_attempts) VALUES (?, ?, 1, ?)
ON CONFLICT (provider, outcome) DO UPDATE
SET attempts = attempts + 1, first_attempts = first_attempts + excluded.first_attempts)sql";

/// Those that are too many, or from where on the documents of it and the newer ones are too large together.
constexpr const char* forget_revisions_sql = R"sql(
DELETE FROM settings_revisions WHERE revision <= (
  SELECT max(revision) FROM (
    SELECT revision, row_number() OVER newest AS place, sum(bytes) OVER newest AS size
    FROM settings_revisions WINDOW newest AS (ORDER BY revision DESC))
  WHERE place > 1 AND (place > ? OR size > ?)))sql";

/// "7 8 9"
std::string text_of_ids(const std::vector<job_id>& ids) {
  std::string out;
  for (const auto id : ids)
    out.append(out.empty() ? "" : " ").append(std::to_string(id));
  return out;
}

std::vector<job_id> ids_from_text(const std::string& text) {
  std::vector<job_id> out;
  std::istringstream in{text};
  for (job_id id = 0; in >> id;)
    out.push_back(id);
  return out;
}

std::optional<std::string> error_text(const job_row& row) {
  return row.error ? std::optional{stored_text(*row.error)} : std::nullopt;
}

} // namespace

sqlite_writer::sqlite_writer(SQLite::Database& db, sqlite_health& health)
    : health_(health),
      fence_(db, "SELECT state, run_no FROM jobs WHERE id = ?"),
      insert_job_(db, insert_job_sql),
      save_job_(db, save_job_sql),
      clear_extents_(db, "DELETE FROM extents WHERE job = ?"),
      insert_extent_(db, "INSERT OR REPLACE INTO extents VALUES (?, ?, ?, ?, ?, ?, ?)"),
      insert_attempt_(
          db, "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"),
      count_attempt_(db, count_attempt_sql),
      insert_decision_(db, insert_decision_sql),
      insert_event_(db, "INSERT INTO events VALUES (?, ?, ?, ?, ?)"),
      clear_part_(db, "UPDATE jobs SET part = '' WHERE id = ?"),
      insert_revision_(db, "INSERT INTO settings_revisions VALUES (?, ?, ?, ?, ?, ?, ?)"),
      forget_revisions_(db, forget_revisions_sql),
      newest_revision_(db, "SELECT coalesce(max(revision), 0) FROM settings_revisions"),
      key_(db, "SELECT digest, at, jobs FROM idempotency_keys WHERE key = ?"),
      insert_key_(db, "INSERT OR REPLACE INTO idempotency_keys VALUES (?, ?, ?, ?)"),
      forget_keys_(db, "DELETE FROM idempotency_keys WHERE at <= ?") {}

std::optional<job_fence> sqlite_writer::fence_of(job_id job) {
  statement_use use{fence_};
  use.bind(job);
  if (!use.next())
    return std::nullopt;
  row_reader row{fence_};
  const bool final = is_final(row.name(job_state_from));
  return job_fence{final, row.u32()};
}

std::optional<claimed_key> sqlite_writer::owner_of(const std::string& key) {
  statement_use use{key_};
  use.bind(key);
  if (!use.next())
    return std::nullopt;
  row_reader row{key_};
  claimed_key owner;
  owner.digest = row.text();
  owner.at = row.time();
  owner.jobs = ids_from_text(row.text());
  return owner;
}

std::uint64_t sqlite_writer::newest_revision() {
  statement_use use{newest_revision_};
  return use.next() ? row_reader{newest_revision_}.u64() : 0;
}

commit_result sqlite_writer::apply(const store_batch& batch, std::uint64_t& last_event) {
  commit_result result;
  for (const auto& op : batch) {
    if (const auto* event = std::get_if<add_event>(&op)) {
      write(event->row, ++last_event);
      if (result.first_event == 0)
        result.first_event = last_event;
      continue;
    }
    std::visit(
        [this](const auto& x) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(x)>, add_event>)
            write(x);
        },
        op);
  }
  return result;
}

void sqlite_writer::write(const insert_job& op) {
  const auto& r = op.row;
  const auto spec = stored_text(r.spec);
  const auto error = error_text(r);
  statement_use use{insert_job_};
  use.bind(
      r.id, r.spec.output, fingerprint_of(r.spec), r.spec.priority, spec, r.created_at, to_string(r.state),
      r.run_no, r.identity.size, r.identity.etag, r.identity.digest, r.identity.last_modified, r.bytes_done,
      r.part, r.target, r.inode, r.sha256, r.provider, r.attempts, r.crashes, r.next_attempt_at, error,
      r.started_at, r.finished_at, r.retried_at);
  use.run();
}

void sqlite_writer::write(const save_job& op) {
  save(op.row);
}

void sqlite_writer::write(const reopen_job& op) {
  save(op.row);
}

void sqlite_writer::save(const job_row& r) {
  const auto error = error_text(r);
  statement_use use{save_job_};
  use.bind(
      to_string(r.state), r.run_no, r.identity.size, r.identity.etag, r.identity.digest,
      r.identity.last_modified, r.bytes_done, r.part, r.target, r.inode, r.sha256, r.provider, r.attempts,
      r.crashes, r.next_attempt_at, error, r.started_at, r.finished_at, r.retried_at, r.id);
  use.run();
}

void sqlite_writer::write(const save_extents& op) {
  if (op.anew) {
    statement_use use{clear_extents_};
    use.bind(op.job);
    use.run();
  }
  for (const auto& e : op.extents) {
    statement_use use{insert_extent_};
    use.bind(op.job, e.offset, e.length, e.provider, e.attempt, e.validator, e.xxh3);
    use.run();
  }
}

void sqlite_writer::write(const add_attempt& op) {
  const auto& a = op.row;
  {
    statement_use use{insert_attempt_};
    use.bind(
        op.job, a.number, a.provider, to_string(a.result), to_string(a.cause), a.status, a.message, a.bytes,
        a.progressed, a.retry_after, a.started_at, a.finished_at);
    if (use.run() == 0)
      return; // It was there already.
  }
  statement_use use{count_attempt_};
  use.bind(a.provider, to_string(a.result), a.number == 1);
  use.run();
}

void sqlite_writer::write(const add_decision& op) {
  const auto decision = stored_text(op.row);
  statement_use use{insert_decision_};
  use.bind(op.job, decision);
  use.run();
}

void sqlite_writer::write(const clear_part& op) {
  statement_use use{clear_part_};
  use.bind(op.job);
  use.run();
}

void sqlite_writer::write(const add_revision& op) {
  const auto& r = op.row;
  {
    statement_use use{insert_revision_};
    use.bind(r.revision, std::uint64_t{r.document.size()}, r.at, r.author, r.change, r.diff, r.document);
    use.run();
  }
  statement_use use{forget_revisions_};
  use.bind(revisions_kept_max, revision_bytes_max);
  use.run();
}

void sqlite_writer::write(const claim_key& op) {
  {
    statement_use use{forget_keys_};
    use.bind(op.at - idempotency_kept);
    use.run();
  }
  const auto jobs = text_of_ids(op.jobs);
  statement_use use{insert_key_};
  use.bind(op.key.key, op.key.digest, op.at, jobs);
  use.run();
}

void sqlite_writer::write(const event_row& row, std::uint64_t number) {
  statement_use use{insert_event_};
  use.bind(number, row.at, row.kind, row.job, row.data);
  use.run();
}

} // namespace tributary
