// `get`: downloads what it is told to, and shows how it goes.
#pragma once

#include "app/cli/server.hpp"
#include "messages/job.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tributary::cli {

struct get_options {
  server_options server; ///< `state` also is where an engine in this process keeps its journal.
  std::vector<std::string> urls;
  std::string input;            ///< -i: a list; "-" is standard input.
  job_spec like;                ///< What all wishes have in common; path or item where there are no URLs.
  std::filesystem::path folder; ///< -d: where an engine in this process publishes; "": here.
  std::filesystem::path config; ///< Settings of an engine in this process; "": defaults.
  std::optional<int> at_a_time; ///< -j
  std::optional<durability> flush;
  bool standalone = false, quiet = false, json = false;
};

inline constexpr int get_at_a_time = 16; ///< Without -j.

/// Returns the exit status: 0 only when every job succeeded; 130 when a signal ended it. @throws failure
[[nodiscard]] int get(const get_options& options);

} // namespace tributary::cli
