// Jobs and their traces for people, from the API's JSON.
#pragma once

#include "app/cli/json_view.hpp"
#include "app/cli/table.hpp"

namespace tributary::cli {

/// Of a page: {"jobs": [...]}.
[[nodiscard]] table jobs_table(json_view page);

/// One field a line.
void print_job(json_view job, const terminal& on);

/// Decisions and attempts in the order in which they came.
void print_trace(json_view trace, const terminal& on);

/// How the names of states are coloured.
[[nodiscard]] tone tone_of_state(std::string_view state);

} // namespace tributary::cli
