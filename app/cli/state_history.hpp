// What a state folder knows of earlier runs, read while no engine works in it. Blocking.
#pragma once

#include "app/cli/job_service.hpp"

#include <filesystem>
#include <optional>
#include <unordered_map>
#include <vector>

namespace tributary::cli {

struct history {
  std::vector<job_id> unfinished; ///< Empty unless they were asked for.
  std::uint64_t last_event = 0;
  std::unordered_multimap<std::uint64_t, job_row>
      succeeded; ///< By what they fetched; their files are still there.

  /// The job that has done just that already.
  [[nodiscard]] std::optional<job_status> find(const job_spec& wish) const;
  /// Takes out what was done already and says how it ended; the others stay in their order.
  [[nodiscard]] std::vector<job_status> take_done(std::vector<job_spec>& wishes) const;
};

/// Empty for a folder without a journal. @throws journal_error
[[nodiscard]] history read_history(
    const std::filesystem::path& state, const std::filesystem::path& downloads, bool with_unfinished);

[[nodiscard]] std::size_t count_unfinished(const std::filesystem::path& state);

/// Deletes the part files of unfinished jobs: nobody will go on with them.
void discard_parts(const std::filesystem::path& state, const std::filesystem::path& downloads);

} // namespace tributary::cli
