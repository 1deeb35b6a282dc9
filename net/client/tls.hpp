// TLS by OpenSSL over a non-blocking socket: certificates checked against the system's roots or a file, host
// name checked, TLS 1.2 at least. Internal to net/client.
#pragma once

#include "net/client/socket_errors.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

struct ssl_ctx_st;
struct ssl_st;

namespace tributary::client {

/// Whom to trust. Made once and shared by all threads. Reading the roots blocks for some milliseconds.
class tls_context {
public:
  /// Or why it cannot be made. `ca_file`: PEM; none: the system's roots.
  [[nodiscard]] static std::variant<std::shared_ptr<const tls_context>, std::string>
  make(const std::optional<std::string>& ca_file);

  [[nodiscard]] ssl_ctx_st* get() const noexcept { return context_.get(); }

private:
  struct release {
    void operator()(ssl_ctx_st* context) const noexcept;
  };
  std::unique_ptr<ssl_ctx_st, release> context_;
};

/// One connection's session. The descriptor stays the caller's and outlives it.
class tls_session {
public:
  /// `host`: a name or an address, checked against the certificate.
  tls_session(const tls_context& context, int fd, const std::string& host);

  /// One step of the handshake; would_block: wait for the socket (see wants_write) and call again.
  error_code shake_hands();
  /// Why the handshake failed.
  [[nodiscard]] failure why_refused(const std::string& endpoint) const;

  /// Fills `into` as far as it can without waiting. would_block comes only when nothing is left inside.
  std::size_t receive(std::span<std::byte> into, error_code& why);
  std::size_t send(std::string_view text, error_code& why);

  /// What the last would_block waits for: room to write, else bytes to read.
  [[nodiscard]] bool wants_write() const noexcept { return wants_write_; }

private:
  struct release {
    void operator()(ssl_st* session) const noexcept;
  };
  error_code explain(int result);

  std::unique_ptr<ssl_st, release> session_;
  std::string detail_; ///< OpenSSL's words for the last failure.
  bool wants_write_ = false;
};

} // namespace tributary::client
