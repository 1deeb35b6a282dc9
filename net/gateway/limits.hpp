// Every bound that the gateway keeps, by name: DESIGN.md section 8. Tests run each one at the limit and just
// beyond. (JSON depth has its own: json_depth_max in config/json_source.hpp.)
#pragma once

#include "policy/time.hpp"

#include <cstddef>
#include <cstdint>

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
  std::size_t streams_max = 512;    ///< Event streams; one more is answered 503. Each is a connection, too.
  std::uint32_t stream_page_events = 256; ///< That wait for one reader: the next are fetched when these are
                                          ///< sent.
  milliseconds stream_page_deadline{30'000}; ///< For a reader to take what waits for it; a slower one is cut
                                             ///< off.
  int stream_kernel_bytes = 256 << 10; ///< That the kernel holds for the reader of a stream (SO_SNDBUF; left
                                       ///< alone it grows to megabytes for each one that reads nothing).
  milliseconds stream_heartbeat{15'000}; ///< After so long without an event, a stream gets a comment.
};

} // namespace tributary
