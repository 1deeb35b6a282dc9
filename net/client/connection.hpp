// One connection to an origin: plain or TLS behind the same three verbs (wait, receive, send), never
// blocking. Used by one activity at a time, on its thread. Internal to net/client.
#pragma once

#include "net/client/activity.hpp"
#include "net/client/socket_errors.hpp"

#include <boost/beast/core/flat_buffer.hpp>

#include <memory>
#include <span>
#include <string_view>

namespace tributary::client {

class tls_context;
class tls_session;

/// Reserved for a header, so that a small body often comes with it.
inline constexpr std::size_t header_buffer_bytes = 16 * 1024;

class connection final : public breakable {
public:
  /// Plain, until secure().
  explicit connection(tcp_socket socket);
  ~connection();

  /// The TLS handshake; all that follows goes through it. `host` is checked against the certificate;
  /// `endpoint` is for messages. Ends early when `who` is over: good for nothing then, as after a failure.
  task<failure>
  secure(activity& who, const tls_context& trusted, const std::string& host, const std::string& endpoint);

  /// What arrived and was not looked at yet. Reused from answer to answer.
  [[nodiscard]] boost::beast::flat_buffer& arrived() noexcept { return arrived_; }

  /// Until something can be received, or `who` is over.
  task<void> wait_readable(activity& who);

  /// What there is now. 0 and would_block: nothing more for now; 0 and eof: the peer has ended it properly.
  std::size_t receive(std::span<std::byte> into, error_code& why);

  /// Sends all of it, unless `who` is over before that.
  task<error_code> send(activity& who, std::string_view text);

  /// Does an idle connection still stand, with nothing unasked-for in it?
  [[nodiscard]] bool is_quiet();

  void break_off() noexcept override;

private:
  tcp_socket socket_;
  std::unique_ptr<tls_session> tls_;
  boost::beast::flat_buffer arrived_;
  bool drained_ =
      true; ///< TLS: the last receive said would_block, so nothing is left in the session's own buffer.
};

} // namespace tributary::client
