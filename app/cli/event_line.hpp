// An event for people: one line, from the API's JSON. Pure.
#pragma once

#include "app/cli/json_view.hpp"
#include "app/cli/terminal.hpp"

#include <string>

namespace tributary::cli {

/// "2026-11-23T20:48:31.250Z  #42  job.failed  job 7  b.iso  from nas: connection refused", without a
/// newline.
[[nodiscard]] std::string event_line(json_view event, const terminal& on);

} // namespace tributary::cli
