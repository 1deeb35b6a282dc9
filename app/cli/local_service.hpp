// `get` with an engine in this process, spoken to by messages. No CAF in this header.
#pragma once

#include "app/cli/job_service.hpp"
#include "config/settings.hpp"

#include <filesystem>
#include <memory>

namespace tributary::cli {

struct local_options {
  std::filesystem::path state; ///< "": a temporary one, removed at the end with the part files that it knows.
  std::filesystem::path downloads;
  settings document;
  bool resume_all = false; ///< Follow every unfinished job of the state folder, beside the wishes.
};

/// @throws failure when the engine does not start.
[[nodiscard]] std::unique_ptr<job_service> make_local_service(local_options options);

} // namespace tributary::cli
