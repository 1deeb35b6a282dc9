// The journal: jobs, attempts, decisions, extents, events and settings revisions, written in transactions.
// Synchronous; knows no actors. Two bodies (SQLite, memory) pass one contract test. One thread at a time.
#pragma once

#include "messages/store.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace tributary {

/// The journal cannot be read or written (full disk, read-only folder, damaged file): what() is for people.
struct journal_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline constexpr std::uint32_t page_jobs_max = 500;

[[nodiscard]] constexpr std::uint32_t page_limit(const job_filter& filter) noexcept {
  return filter.limit < 1 ? 1 : filter.limit > page_jobs_max ? page_jobs_max : filter.limit;
}

class journal {
public:
  virtual ~journal() = default;

  /// Commits all batches in one durable transaction and answers one result per batch, in order. A batch that
  /// does not hold (see commit_result) is left out whole; the others hold. @throws journal_error: nothing was
  /// written.
  virtual std::vector<commit_result> commit(std::span<const store_batch> batches) = 0;

  /// @throws journal_error in each of these.
  virtual std::optional<job_record> find(job_id job) = 0;
  virtual std::optional<job_trace> trace(job_id job) = 0;
  /// A limit outside 1-500 counts as the nearer of the two.
  virtual stored_page list(const job_filter& filter) = 0;
  virtual std::vector<event_row> events_after(std::uint64_t number, std::uint32_t limit) = 0;
  virtual recovered_state recover() = 0;
  /// A provider's history, merged into steps; those left out of which nothing is known. Minutes serve steps
  /// of less than an hour, hours the others.
  virtual std::vector<stored_rollup> history(const std::string& provider, const history_query& what) = 0;
  /// Shows the minutes that began at `from` or later, and not before their provider's last reset: by
  /// provider, then in order of time.
  virtual void each_minute_since(wall_time from, const std::function<void(const stored_rollup&)>& visit) = 0;
  virtual std::optional<settings_revision> revision(std::uint64_t number) = 0;
  /// Kept ones below `before`, newest first, at most `limit`, without their documents.
  virtual std::vector<settings_revision> revisions(std::uint64_t before, std::uint32_t limit) = 0;

  /// Makes the next start cheap (SQLite: a checkpoint). Called once at the end; further calls are errors.
  virtual void close() = 0;
};

[[nodiscard]] std::unique_ptr<journal> make_memory_journal();

/// What a commit survives: a power cut, or only the sudden end of this process (for a journal that nobody
/// looks at after one).
enum class journal_safety : std::uint8_t { power_cut, process_end };

/// Opens or creates FILE, and brings an older schema up to date in one transaction. @throws journal_error
[[nodiscard]] std::unique_ptr<journal>
open_sqlite_journal(const std::filesystem::path& file, journal_safety safety = journal_safety::power_cut);

} // namespace tributary
