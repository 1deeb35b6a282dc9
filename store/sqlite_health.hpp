// Provider history in the journal's tables, and what the journal forgets. An open transaction is the
// caller's.
#pragma once

#include "messages/store.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tributary {

/// @throws SQLite::Exception when the file cannot be used, another std::exception when a row makes no sense.
class sqlite_health {
public:
  explicit sqlite_health(SQLite::Database& db);

  void write(const add_rollup& op);
  void write(const mark_reset& op);
  void write(const prune_history& op);

  [[nodiscard]] std::vector<stored_rollup> history(const std::string& provider, const history_query& what);
  void each_minute_since(wall_time from, const std::function<void(const stored_rollup&)>& visit);

private:
  /// Minutes or hours.
  struct table {
    table(SQLite::Database& db, const std::string& name);
    SQLite::Statement find, put, range, prune;
  };
  [[nodiscard]] std::optional<std::uint64_t> id_of(const std::string& provider);
  std::uint64_t make_id_of(const std::string& provider);
  void merge(table& into, std::uint64_t provider, wall_time at, const rollup& sums);
  void prune(table& from, wall_time before);

  SQLite::Database& db_;
  table minutes_, hours_;
  SQLite::Statement find_provider_, add_provider_, providers_, mark_reset_;
};

} // namespace tributary
