// One question to a provider: connect or reuse, send, read the header, follow redirects. Internal to
// net/client.
#pragma once

#include "net/client/answer_rules.hpp"
#include "net/client/connection.hpp"
#include "net/client/http_settings.hpp"
#include "net/client/socket_errors.hpp"

#include <unordered_map>

namespace tributary::client {

class transfer_thread;

inline constexpr int redirects_max = 5;
inline constexpr int interim_answers_max = 16; ///< 1xx before the real one.

struct answer {
  std::unique_ptr<connection> link; ///< After the header; null: see `failed`, or the activity is over.
  std::string pool_key;             ///< Of the link.
  url from;                         ///< Who answered, or failed.
  response_head head;
  failure failed;
  nanoseconds connect{0}; ///< Look-up, connect and TLS together; zero on a reused connection.
  std::optional<steady_time> first_byte;
};

/// Asks for `range` of `target`. Ends early when `who` is over: link null and no failure.
task<answer>
ask(activity& who, transfer_thread& thread, std::shared_ptr<const http_settings> settings, url target,
    std::string range);

/// Gives the connection back for other requests if the answer's body is whole in what has arrived; closes it
/// if not.
void release(transfer_thread& thread, answer& a);

} // namespace tributary::client
