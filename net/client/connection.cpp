// Plain sockets by non-blocking calls, TLS by OpenSSL on the same descriptor; Asio only waits.
#include "net/client/connection.hpp"

#include "net/client/tls.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <sys/socket.h>

namespace tributary::client {

connection::connection(tcp_socket socket) : socket_(std::move(socket)) {
  arrived_.reserve(header_buffer_bytes);
}

connection::~connection() = default;

task<failure> connection::secure(
    activity& who, const tls_context& trusted, const std::string& host, const std::string& endpoint) {
  tls_ = std::make_unique<tls_session>(trusted, socket_.native_handle(), host);
  auto step = tls_->shake_hands();
  while (step == asio::error::would_block && !who.over()) {
    activity::waiting_for waiting{who, *this};
    error_code aborted;
    auto direction = tls_->wants_write() ? tcp_socket::wait_write : tcp_socket::wait_read;
    co_await socket_.async_wait(direction, asio::redirect_error(use_task, aborted));
    if (!who.over())
      step = tls_->shake_hands();
  }
  if (step && !who.over())
    co_return tls_->why_refused(endpoint);
  co_return failure{};
}

task<void> connection::wait_readable(activity& who) {
  if (who.over())
    co_return;
  if (tls_ &&
      !drained_) { // Bytes may wait in the session while the socket is silent: only give others their turn.
    co_await asio::post(socket_.get_executor(), use_task);
    co_return;
  }
  activity::waiting_for waiting{who, *this};
  error_code aborted;
  auto direction = tls_ && tls_->wants_write() ? tcp_socket::wait_write : tcp_socket::wait_read;
  co_await socket_.async_wait(direction, asio::redirect_error(use_task, aborted));
}

std::size_t connection::receive(std::span<std::byte> into, error_code& why) {
  if (!tls_)
    return socket_.receive(asio::buffer(into.data(), into.size()), 0, why);
  auto n = tls_->receive(into, why);
  drained_ = why == asio::error::would_block;
  return n;
}

task<error_code> connection::send(activity& who, std::string_view text) {
  error_code why;
  while (!text.empty() && !who.over()) {
    auto n = tls_ ? tls_->send(text, why) : socket_.send(asio::buffer(text), MSG_NOSIGNAL, why);
    text.remove_prefix(n);
    if (why && why != asio::error::would_block)
      co_return why;
    if (text.empty() || n > 0)
      continue;
    activity::waiting_for waiting{who, *this};
    auto direction = tls_ && !tls_->wants_write() ? tcp_socket::wait_read : tcp_socket::wait_write;
    error_code aborted;
    co_await socket_.async_wait(direction, asio::redirect_error(use_task, aborted));
  }
  co_return error_code{};
}

bool connection::is_quiet() {
  std::byte unasked{};
  error_code why;
  auto n = receive(
      {&unasked, 1}, why); // A TLS peer may send session tickets at any time: they are no bytes of it.
  return n == 0 && why == asio::error::would_block;
}

void connection::break_off() noexcept {
  error_code ignored; // Nothing pending is fine.
  socket_.cancel(ignored);
}

} // namespace tributary::client
