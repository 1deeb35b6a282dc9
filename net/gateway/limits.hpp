// Every bound that the gateway keeps, by name: DESIGN.md section 8. Tests run each one at the limit and just
// beyond. (JSON depth has its own: json_depth_max in config/json_source.hpp.)
#pragma once

#include "policy/time.hpp"

#include <cstddef>

namespace tributary {

struct gateway_limits {
  std::size_t header_bytes_max = 16 * 1024; ///< Request line and fields together; beyond: 431.
  std::size_t body_bytes_max = 1024 * 1024; ///< Also of a chunked body; beyond: 413.
  std::size_t connections_max = 1024;       ///< One more is answered 503 and closed.
  std::size_t refusals_max = 64; ///< Connections that are just being told 503; beyond: closed unanswered.
  std::size_t asks_max = 1024;   ///< Requests that wait for an actor; one more is answered 503.
  milliseconds header_deadline{
      10'000}; ///< From the first byte (a new connection: from accept) to the empty line.
  milliseconds request_deadline{
      30'000}; ///< From the first byte to the last of the body; then again for the answer.
  milliseconds idle_deadline{75'000}; ///< Between two requests of one connection.
  milliseconds linger{1'000}; ///< A cut-off sender is listened to that long, so that it reads the answer.
  milliseconds ask_timeout{10'000}; ///< How long an actor may take to answer; beyond: 504.
  milliseconds stop_grace{2'000};   ///< How long stop() waits for answers that are being sent.
};

} // namespace tributary
