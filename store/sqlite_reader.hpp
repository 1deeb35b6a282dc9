// Reads jobs, their history and the events from the journal's tables.
#pragma once

#include "messages/store.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

namespace tributary {

/// @throws SQLite::Exception when the file cannot be read, another std::exception when a row makes no sense.
class sqlite_reader {
public:
  explicit sqlite_reader(SQLite::Database& db);

  [[nodiscard]] std::optional<job_record> find(job_id job);
  [[nodiscard]] std::optional<job_trace> trace(job_id job);
  [[nodiscard]] stored_page list(const job_filter& filter);
  [[nodiscard]] std::vector<event_row> events_after(std::uint64_t number, std::uint32_t limit);
  [[nodiscard]] recovered_state recover();
  [[nodiscard]] std::uint64_t last_event();
  [[nodiscard]] std::optional<settings_revision> revision(std::uint64_t number);
  [[nodiscard]] std::vector<settings_revision> revisions(std::uint64_t before, std::uint32_t limit);

private:
  std::vector<attempt_row> attempts_of(job_id job);
  std::vector<extent> extents_of(job_id job);
  std::vector<decision_row> decisions_of(job_id job);
  void read_totals(recovered_state& to);

  SQLite::Database& db_;
  SQLite::Statement job_, page_, page_of_state_, attempts_, extents_, decisions_, events_;
};

} // namespace tributary
