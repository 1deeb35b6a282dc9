// Events as people and browsers get them: one JSON object each, and the frames of an event stream
// (text/event-stream, WHATWG HTML section 9.2). Pure.
#pragma once

#include "messages/event.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tributary::gateway {

/// Which events a stream carries; each that is set must hold.
struct event_filter {
  std::vector<std::string> kinds; ///< "job.failed", or "job" for every kind that begins with "job.".
  std::optional<job_id> job;
};

[[nodiscard]] bool matches(const event_filter& f, const event_row& e);

/// {"id":"42","at":"..","kind":"job.queued","job":"7","data":{..}} on one line, valid UTF-8; `job` is null
/// when it is about none.
[[nodiscard]] std::string event_json(const event_row& e);

/// The first bytes of a stream: how long to wait before coming back, and where it begins.
[[nodiscard]] std::string stream_opening(std::uint64_t after);

/// Those of the page that match. When the last one does not, its number is sent all the same, so that a
/// client that comes back need not pass over it again. @pre the page is not empty.
[[nodiscard]] std::string stream_part(const event_filter& f, const std::vector<event_row>& page);

/// A comment: keeps proxies and clients from taking silence for a dead connection.
inline constexpr std::string_view stream_heartbeat = ": still here\n\n";

} // namespace tributary::gateway
