// How an event reads in the log. Pure.
#pragma once

#include "messages/event.hpp"

#include <string>

namespace tributary {

/// "#12 job.running job 3 {...}"; a change of a provider's availability in words:
/// "#13 provider.state alpha: available -> unavailable until 2027-01-15T08:01:00Z, 3 incidents in a row,
/// ...".
[[nodiscard]] std::string log_line(const event_row& e);

/// Somebody or something cannot be reached any more.
[[nodiscard]] bool is_warning(const event_row& e);

} // namespace tributary
