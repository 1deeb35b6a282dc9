// Waits for the header of an answer on a connection; interim answers before it are skipped. Internal to
// net/client.
#pragma once

#include "net/client/answer_rules.hpp"
#include "net/client/connection.hpp"
#include "net/client/socket_errors.hpp"

#include <optional>

namespace tributary::client {

inline constexpr int interim_answers_max = 16; ///< 1xx before the real one.

struct arrived_head {
  response_head head;
  failure failed; ///< Its message is the rest of a sentence that begins with the peer's name.
  std::optional<steady_time> first_byte;
};

/// Reads into `link.arrived()`, where what follows the header stays. Ends early when `who` is over: neither
/// head nor failure.
task<void> read_head(activity& who, connection& link, arrived_head& out);

/// The failure of a connection that broke before its answer was complete.
[[nodiscard]] failure lost_before_answer(const error_code& why);

} // namespace tributary::client
