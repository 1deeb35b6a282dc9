// One question to a provider: connect or reuse, send, read the header, follow redirects. Internal to
// net/client.
#pragma once

#include "net/client/answer_rules.hpp"
#include "net/client/connection.hpp"
#include "net/client/http_settings.hpp"
#include "net/client/socket_errors.hpp"

#include <cstdint>
#include <unordered_map>

namespace tributary::client {

class transfer_thread;

inline constexpr std::size_t redirects_max = 5;

/// Whether a question may go out on a connection that was kept from an earlier one.
enum class connect_by : std::uint8_t {
  reuse_or_fresh, ///< One of the pool where there is one: fast.
  fresh           ///< Always a new one: only that shows whether the provider can be reached now.
};

struct answer {
  std::unique_ptr<connection> link; ///< After the header; null: see `failed`, or the activity is over.
  std::string pool_key;             ///< Of the link.
  url from;                         ///< Who answered, or failed.
  bool by_proxy = false;            ///< The header is a proxy's, which refused to connect to `from`.
  response_head head;
  failure failed;
  nanoseconds connect{0}; ///< Look-up, connect and TLS together; zero on a reused connection.
  std::optional<steady_time> first_byte;
};

/// Asks for `range` of `target`, "" for all of it, directly or through the proxy that the settings or the
/// environment name for it; anew at each redirect. Ends early when `who` is over: link null and no failure.
task<answer>
ask(activity& who, transfer_thread& thread, std::shared_ptr<const http_settings> settings, url target,
    std::string range, connect_by by = connect_by::reuse_or_fresh);

/// Gives the connection back for other requests if the answer's body is whole in what has arrived; closes it
/// if not.
void release(transfer_thread& thread, answer& a);

} // namespace tributary::client
