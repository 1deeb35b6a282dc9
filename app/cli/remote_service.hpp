// `get` with an engine that runs elsewhere, spoken to over its API.
#pragma once

#include "app/cli/job_service.hpp"
#include "app/cli/server.hpp"

#include <memory>

namespace tributary::cli {

/// `at_a_time`: jobs of ours that are unfinished there at a time.
[[nodiscard]] std::unique_ptr<job_service>
make_remote_service(const api_endpoint& engine, std::size_t at_a_time);

/// Does an engine answer there?
[[nodiscard]] bool is_alive(const api_endpoint& engine);

} // namespace tributary::cli
