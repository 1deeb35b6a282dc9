// Writes the ops of admitted batches into an open transaction, by prepared statements.
#pragma once

#include "messages/store.hpp"
#include "store/commit_plan.hpp"
#include "store/sqlite_health.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

namespace tributary {

class sqlite_writer {
public:
  /// `health` writes its own ops; it must outlive the writer.
  sqlite_writer(SQLite::Database& db, sqlite_health& health);

  [[nodiscard]] std::optional<job_fence> fence_of(job_id job);
  [[nodiscard]] std::optional<claimed_key> owner_of(const std::string& key);
  [[nodiscard]] std::uint64_t newest_revision();

  /// Events get the numbers after `last_event`, which moves along.
  commit_result apply(const store_batch& batch, std::uint64_t& last_event);

private:
  void write(const insert_job& op);
  void write(const save_job& op);
  void write(const save_extents& op);
  void write(const add_attempt& op);
  void write(const add_decision& op);
  void write(const clear_part& op);
  void write(const add_rollup& op) { health_.write(op); }
  void write(const mark_reset& op) { health_.write(op); }
  void write(const prune_history& op) { health_.write(op); }
  void write(const add_revision& op);
  void write(const reopen_job& op);
  void write(const claim_key& op);
  void write(const find_claim&) {}
  void write(const event_row& row, std::uint64_t number);

  sqlite_health& health_;
  void save(const job_row& row);

  SQLite::Statement fence_, insert_job_, save_job_, clear_extents_, insert_extent_, insert_attempt_,
      count_attempt_, insert_decision_, insert_event_, clear_part_, insert_revision_, forget_revisions_,
      newest_revision_, key_, insert_key_, forget_keys_;
};

} // namespace tributary
