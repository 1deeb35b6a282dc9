// The journal's schema, step by step. A file says by PRAGMA user_version how many steps it has seen.
#pragma once

#include <span>

namespace SQLite {
class Database;
}

namespace tributary {

/// SQL of the steps, the first one first. Append only: files in the field have run the earlier ones.
[[nodiscard]] std::span<const char* const> journal_schema() noexcept;

/// Runs the steps that the file has not seen, each in one transaction. @throws journal_error when the file is
/// newer than the steps, or is another program's database; SQLite::Exception otherwise. The file is left as
/// it was before the failing step.
void migrate(SQLite::Database& db, std::span<const char* const> steps);

} // namespace tributary
