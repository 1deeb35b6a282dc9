// Each minute is merged into its own row and into its hour's, so nothing has to be summed up later and a
// partial minute before a restart is completed by the one after it.
#include "store/sqlite_health.hpp"

#include "store/rollup_text.hpp"
#include "store/sqlite_values.hpp"

#include <algorithm>

namespace tributary {

namespace {

const std::string sums_columns =
    "outcomes, bytes, timed_bytes, body, ok_total, first_byte, first_bytes, up, down, "
    "checks, checks_passed, times";

rollup sums_from(row_reader& r) {
  rollup s;
  read_outcomes(r.text(), s);
  s.bytes = r.u64();
  s.timed_bytes = r.u64();
  s.body = nanoseconds{r.u64()};
  s.ok_total = nanoseconds{r.u64()};
  s.first_byte = nanoseconds{r.u64()};
  s.first_bytes = r.u64();
  s.up = nanoseconds{r.u64()};
  s.down = nanoseconds{r.u64()};
  s.checks = r.u64();
  s.checks_passed = r.u64();
  read_times(r.text(), s);
  return s;
}

std::int64_t ns(nanoseconds x) {
  return x.count();
}

/// The jobs that may go, oldest first: what refers to them goes before them.
const std::string old_jobs = "SELECT id FROM jobs WHERE finished_at < ?1 AND +state IN ('succeeded', "
                             "'failed', 'cancelled') AND part = '' "
                             "AND id <> (SELECT max(id) FROM jobs) ORDER BY finished_at, id LIMIT " +
                             std::to_string(prune_jobs_max);

} // namespace

sqlite_health::table::table(SQLite::Database& db, const std::string& name)
    : find(db, "SELECT " + sums_columns + " FROM " + name + " WHERE provider = ? AND at = ?"),
      put(db, "INSERT OR REPLACE INTO " + name + " (provider, at, " + sums_columns +
                  ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      range(
          db, "SELECT at, " + sums_columns + " FROM " + name +
                  " WHERE provider = ? AND at >= ? AND at < ? ORDER BY at"),
      prune(db, "DELETE FROM " + name + " WHERE provider = ? AND at < ?") {}

sqlite_health::sqlite_health(SQLite::Database& db)
    : db_(db),
      minutes_(db, "health_minutes"),
      hours_(db, "health_hours"),
      find_provider_(db, "SELECT id FROM health_providers WHERE name = ?"),
      add_provider_(db, "INSERT INTO health_providers (name) VALUES (?)"),
      providers_(db, "SELECT id, name, reset_at FROM health_providers ORDER BY name"),
      mark_reset_(db, "UPDATE health_providers SET reset_at = ? WHERE id = ?") {}

std::optional<std::uint64_t> sqlite_health::id_of(const std::string& provider) {
  statement_use use{find_provider_};
  use.bind(provider);
  if (!use.next())
    return std::nullopt;
  return row_reader{find_provider_}.u64();
}

std::uint64_t sqlite_health::make_id_of(const std::string& provider) {
  if (const auto id = id_of(provider))
    return *id;
  statement_use use{add_provider_};
  use.bind(provider);
  use.run();
  return static_cast<std::uint64_t>(db_.getLastInsertRowid());
}

void sqlite_health::write(const add_rollup& op) {
  const auto id = make_id_of(op.provider);
  merge(minutes_, id, op.minute, op.sums);
  merge(hours_, id, step_of(op.minute, an_hour), op.sums);
}

void sqlite_health::write(const mark_reset& op) {
  const auto id = make_id_of(op.provider);
  statement_use use{mark_reset_};
  use.bind(op.at, id);
  use.run();
}

void sqlite_health::merge(table& into, std::uint64_t provider, wall_time at, const rollup& sums) {
  auto all = sums;
  {
    statement_use use{into.find};
    use.bind(provider, at);
    if (use.next()) {
      row_reader row{into.find};
      all.merge(sums_from(row));
    }
  }
  const auto outcomes = outcomes_text(all), times = times_text(all);
  statement_use use{into.put};
  use.bind(
      provider, at, outcomes, all.bytes, all.timed_bytes, ns(all.body), ns(all.ok_total), ns(all.first_byte),
      all.first_bytes, ns(all.up), ns(all.down), all.checks, all.checks_passed, times);
  use.run();
}

void sqlite_health::prune(table& from, wall_time before) {
  statement_use each{providers_};
  while (each.next()) {
    const auto id = row_reader{providers_}.u64();
    statement_use use{from.prune};
    use.bind(id, before);
    use.run();
  }
}

void sqlite_health::write(const prune_history& op) {
  prune(minutes_, op.minutes_before);
  prune(hours_, op.hours_before);
  // Their numbers rise with time, near enough: what lies before the oldest that must stay goes.
  SQLite::Statement events{
      db_,
      "DELETE FROM events WHERE number <= (SELECT max(number) FROM (SELECT number, at FROM events ORDER BY "
      "number LIMIT " +
          std::to_string(prune_events_max) +
          ") WHERE at < ?1) AND number < (SELECT max(number) FROM events)"};
  {
    statement_use use{events};
    use.bind(op.ended_before);
    use.run();
  }
  for (const auto* child : {"extents", "attempts", "decisions"}) {
    SQLite::Statement rows{db_, std::string{"DELETE FROM "} + child + " WHERE job IN (" + old_jobs + ")"};
    statement_use use{rows};
    use.bind(op.ended_before);
    use.run();
  }
  SQLite::Statement jobs{db_, "DELETE FROM jobs WHERE id IN (" + old_jobs + ")"};
  statement_use use{jobs};
  use.bind(op.ended_before);
  use.run();
}

std::vector<stored_rollup> sqlite_health::history(const std::string& provider, const history_query& what) {
  std::vector<stored_rollup> steps;
  const auto id = id_of(provider);
  if (!id)
    return steps;
  auto& from = what.step < an_hour ? minutes_ : hours_;
  statement_use use{from.range};
  use.bind(*id, what.from, what.to);
  while (use.next()) {
    row_reader row{from.range};
    const auto at = row.time();
    add_to_steps(steps, {provider, at, sums_from(row)}, what.step);
  }
  return steps;
}

void sqlite_health::each_minute_since(
    wall_time from, const std::function<void(const stored_rollup&)>& visit) {
  statement_use each{providers_};
  while (each.next()) {
    row_reader who{providers_};
    const auto id = who.u64();
    const auto name = who.text();
    const auto since = std::max(from, who.time());
    statement_use use{minutes_.range};
    use.bind(id, since, wall_time::max());
    while (use.next()) {
      row_reader row{minutes_.range};
      const auto at = row.time();
      visit({name, at, sums_from(row)});
    }
  }
}

} // namespace tributary
