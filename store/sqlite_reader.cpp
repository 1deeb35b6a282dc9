// Statements that serve requests are prepared once; those of the start are made when they are needed.
#include "store/sqlite_reader.hpp"

#include "messages/stored_json.hpp"
#include "store/journal.hpp"
#include "store/sqlite_values.hpp"

#include <algorithm>
#include <limits>

namespace tributary {

namespace {

constexpr auto id_max = static_cast<job_id>(std::numeric_limits<std::int64_t>::max());

const std::string select_jobs =
    "SELECT id, spec, created_at, state, run_no, size, etag, digest, last_modified, bytes_done, part, "
    "target, inode, "
    "sha256, provider, attempts, crashes, next_attempt_at, error, started_at, finished_at, retried_at FROM "
    "jobs ";

job_row job_from(SQLite::Statement& s) {
  row_reader r{s};
  job_row row;
  row.id = r.u64();
  row.spec = spec_from_text(r.text());
  row.created_at = r.time();
  row.state = r.name(job_state_from);
  row.run_no = r.u32();
  row.identity.size = r.optional_u64();
  row.identity.etag = r.text();
  row.identity.digest = r.text();
  row.identity.last_modified = r.text();
  row.bytes_done = r.u64();
  row.part = r.text();
  row.target = r.text();
  row.inode = r.u64();
  row.sha256 = r.text();
  row.provider = r.text();
  row.attempts = r.u32();
  row.crashes = r.u32();
  row.next_attempt_at = r.optional_time();
  if (const auto error = r.optional_text())
    row.error = error_from_text(*error);
  row.started_at = r.optional_time();
  row.finished_at = r.optional_time();
  row.retried_at = r.optional_time();
  return row;
}

const std::string select_revisions = "SELECT revision, at, author, change, diff";

settings_revision revision_from(row_reader& r) {
  settings_revision out;
  out.revision = r.u64();
  out.at = r.time();
  out.author = r.text();
  out.change = r.text();
  out.diff = r.text();
  return out;
}

} // namespace

sqlite_reader::sqlite_reader(SQLite::Database& db)
    : db_(db),
      job_(db, select_jobs + "WHERE id = ?"),
      page_(db, select_jobs + "WHERE id < ? ORDER BY id DESC LIMIT ?"),
      page_of_state_(db, select_jobs + "WHERE state = ? AND id < ? ORDER BY id DESC LIMIT ?"),
      attempts_(
          db, "SELECT number, provider, outcome, fault, status, message, bytes, progressed, retry_after, "
              "started_at, "
              "finished_at FROM attempts WHERE job = ? ORDER BY number"),
      extents_(
          db, "SELECT offset, length, provider, attempt, validator, xxh3 FROM extents WHERE job = ? ORDER BY "
              "offset"),
      decisions_(db, "SELECT decision FROM decisions WHERE job = ? ORDER BY number"),
      events_(db, "SELECT number, at, kind, job, data FROM events WHERE number > ? ORDER BY number LIMIT ?") {
}

std::optional<job_record> sqlite_reader::find(job_id job) {
  job_record record;
  {
    statement_use use{job_};
    use.bind(job);
    if (!use.next())
      return std::nullopt;
    record.row = job_from(job_);
  }
  record.extents = extents_of(job);
  record.attempts = attempts_of(job);
  return record;
}

std::optional<job_trace> sqlite_reader::trace(job_id job) {
  {
    statement_use use{job_};
    use.bind(job);
    if (!use.next())
      return std::nullopt;
  }
  return job_trace{job, decisions_of(job), attempts_of(job)};
}

stored_page sqlite_reader::list(const job_filter& filter) {
  const auto limit = page_limit(filter);
  const auto before = std::min(filter.before.value_or(id_max), id_max);
  stored_page page;
  {
    auto& query = filter.state ? page_of_state_ : page_;
    statement_use use{query};
    if (filter.state)
      use.bind(to_string(*filter.state), before, limit + 1); // One more tells whether there is a next page.
    else
      use.bind(before, limit + 1);
    while (use.next())
      page.jobs.push_back({job_from(query), {}, {}});
  }
  if (page.jobs.size() > limit) {
    page.jobs.pop_back();
    page.next = page.jobs.back().row.id;
  }
  for (auto& job : page.jobs)
    job.attempts = attempts_of(job.row.id);
  return page;
}

std::vector<attempt_row> sqlite_reader::attempts_of(job_id job) {
  std::vector<attempt_row> out;
  statement_use use{attempts_};
  use.bind(job);
  while (use.next()) {
    row_reader r{attempts_};
    attempt_row a;
    a.number = r.u32();
    a.provider = r.text();
    a.result = r.name(outcome_from);
    a.cause = r.name(fault_from);
    a.status = r.i32();
    a.message = r.text();
    a.bytes = r.u64();
    a.progressed = r.i32() != 0;
    a.retry_after = r.optional_time();
    a.started_at = r.time();
    a.finished_at = r.time();
    out.push_back(std::move(a));
  }
  return out;
}

std::vector<extent> sqlite_reader::extents_of(job_id job) {
  std::vector<extent> out;
  statement_use use{extents_};
  use.bind(job);
  while (use.next()) {
    row_reader r{extents_};
    extent e;
    e.offset = r.u64();
    e.length = r.u64();
    e.provider = r.text();
    e.attempt = r.u32();
    e.validator = r.text();
    e.xxh3 = r.optional_u64();
    out.push_back(std::move(e));
  }
  return out;
}

std::vector<decision_row> sqlite_reader::decisions_of(job_id job) {
  std::vector<decision_row> out;
  statement_use use{decisions_};
  use.bind(job);
  while (use.next())
    out.push_back(decision_from_text(row_reader{decisions_}.text()));
  return out;
}

std::vector<event_row> sqlite_reader::events_after(std::uint64_t number, std::uint32_t limit) {
  std::vector<event_row> out;
  statement_use use{events_};
  use.bind(std::min(number, id_max), limit);
  while (use.next()) {
    row_reader r{events_};
    event_row e;
    e.number = r.u64();
    e.at = r.time();
    e.kind = r.text();
    e.job = r.u64();
    e.data = r.text();
    out.push_back(std::move(e));
  }
  return out;
}

std::uint64_t sqlite_reader::last_event() {
  return static_cast<std::uint64_t>(db_.execAndGet("SELECT coalesce(max(number), 0) FROM events").getInt64());
}

recovered_state sqlite_reader::recover() {
  recovered_state state;
  state.last_job = static_cast<job_id>(db_.execAndGet("SELECT coalesce(max(id), 0) FROM jobs").getInt64());
  state.last_event = last_event();
  SQLite::Statement pending{
      db_,
      "SELECT id, state, priority, run_no, coalesce(retried_at, created_at), next_attempt_at, output, "
      "fingerprint FROM jobs "
      "WHERE state IN ('queued', 'running', 'waiting', 'paused', 'verifying', 'publishing') ORDER BY id"};
  while (pending.executeStep()) {
    row_reader r{pending};
    pending_job job;
    job.id = r.u64();
    job.state = r.name(job_state_from);
    job.priority = r.i32();
    job.run_no = r.u32();
    job.created_at = r.time();
    job.next_attempt_at = r.optional_time();
    job.output = r.text();
    job.fingerprint = r.u64();
    state.pending.push_back(std::move(job));
  }
  SQLite::Statement leftovers{// Named, since the planner would walk all succeeded jobs.
                              db_, "SELECT id, part FROM jobs INDEXED BY jobs_with_leftover "
                                   "WHERE part <> '' AND state IN ('succeeded', 'cancelled') ORDER BY id"};
  while (leftovers.executeStep()) {
    row_reader r{leftovers};
    leftover_part left;
    left.job = r.u64();
    left.part = r.text();
    state.leftovers.push_back(std::move(left));
  }
  read_totals(state);
  const auto newest = db_.execAndGet("SELECT coalesce(max(revision), 0) FROM settings_revisions").getInt64();
  state.settings = revision(static_cast<std::uint64_t>(newest));
  return state;
}

std::optional<settings_revision> sqlite_reader::revision(std::uint64_t number) {
  SQLite::Statement one{db_, select_revisions + ", document FROM settings_revisions WHERE revision = ?"};
  statement_use use{one};
  use.bind(std::min(number, id_max));
  if (!use.next())
    return std::nullopt;
  row_reader r{one};
  auto out = revision_from(r);
  out.document = r.text();
  return out;
}

std::vector<settings_revision> sqlite_reader::revisions(std::uint64_t before, std::uint32_t limit) {
  SQLite::Statement page{
      db_, select_revisions + " FROM settings_revisions WHERE revision < ? ORDER BY revision DESC LIMIT ?"};
  statement_use use{page};
  use.bind(std::min(before, id_max), limit);
  std::vector<settings_revision> out;
  while (use.next()) {
    row_reader r{page};
    out.push_back(revision_from(r));
  }
  return out;
}

void sqlite_reader::read_totals(recovered_state& to) {
  SQLite::Statement totals{
      db_, "SELECT provider, outcome, attempts, first_attempts FROM attempt_totals ORDER BY provider"};
  while (totals.executeStep()) {
    row_reader r{totals};
    const auto provider = r.text();
    const auto result = r.name(outcome_from);
    const auto attempts = r.u64();
    if (to.stats.empty() || to.stats.back().provider != provider)
      to.stats.push_back({provider, {}});
    to.stats.back().attempts.at(static_cast<std::size_t>(result)) = attempts;
    to.attempts += attempts;
    to.jobs_attempted += r.u64();
  }
}

} // namespace tributary
