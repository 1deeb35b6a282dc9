// The addresses race, the first connection wins; then the handshake, step by step on the non-blocking socket.
#include "net/client/connector.hpp"

#include "net/client/address_rules.hpp"
#include "net/client/tls.hpp"

#include <boost/asio/error.hpp>

#include <charconv>

namespace tributary::client {
namespace {

using asio::ip::tcp;

/// Attempts under way. Kept alive by each of them.
class race final : public breakable, public std::enable_shared_from_this<race> {
public:
  explicit race(asio::io_context& io) : io_(io), changed_(io) {}

  void break_off() noexcept override { changed_.cancel(); }

  /// The socket that connected first. Nothing: all failed (see last()), or `who` is over.
  task<std::optional<tcp_socket>> run(activity& who, std::vector<tcp::endpoint> endpoints) {
    activity::waiting_for waiting{who, *this};
    sockets_.reserve(endpoints.size());
    for (auto next = endpoints.begin(); !winner_ && !who.over();) {
      if (next != endpoints.end())
        attempt(*next++);
      else if (running_ == 0)
        break;
      if (!winner_ && running_ > 0)
        co_await change(next != endpoints.end());
    }
    std::optional<tcp_socket> out;
    if (winner_ && !who.over())
      out = std::move(sockets_[*winner_]);
    sockets_.clear(); // The others break off; their handlers keep this object until they ran.
    co_return out;
  }

  [[nodiscard]] const error_code& last() const { return last_; }

private:
  void attempt(const tcp::endpoint& to) {
    auto i = sockets_.size();
    auto& socket = sockets_.emplace_back(io_);
    ++running_;
    socket.async_connect(to, [self = shared_from_this(), i](error_code why) {
      --self->running_;
      if (why)
        self->last_ = why;
      else if (!self->winner_)
        self->winner_ = i;
      self->changed_.cancel();
    });
  }

  task<void> change(bool more) {
    if (more)
      changed_.expires_after(attempt_delay);
    else
      changed_.expires_at(steady_time::max());
    error_code woken;
    co_await changed_.async_wait(asio::redirect_error(use_task, woken));
  }

  asio::io_context& io_;
  steady_timer changed_;
  std::vector<tcp_socket> sockets_;
  std::optional<std::size_t> winner_;
  std::size_t running_ = 0;
  error_code last_;
};

/// Waits for the steps of a handshake.
class handshake final : public breakable {
public:
  explicit handshake(tcp_socket& socket) : socket_(socket) {}
  void break_off() noexcept override {
    error_code ignored;
    socket_.cancel(ignored);
  }

  task<error_code> run(activity& who, tls_session& session) {
    activity::waiting_for waiting{who, *this};
    auto step = session.shake_hands();
    while (step == asio::error::would_block && !who.over()) {
      error_code aborted;
      auto direction = session.wants_write() ? tcp_socket::wait_write : tcp_socket::wait_read;
      co_await socket_.async_wait(direction, asio::redirect_error(use_task, aborted));
      if (!who.over())
        step = session.shake_hands();
    }
    co_return step;
  }

private:
  tcp_socket& socket_;
};

connect_result failed(fault cause, std::string message) {
  return {nullptr, {cause, std::move(message)}};
}

} // namespace

task<connect_result>
connect_to(activity& who, name_lookup& names, std::string host, std::string port, const tls_context* tls) {
  auto endpoint = (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
  auto found = co_await names.find(who, host);
  if (who.over())
    co_return connect_result{};
  if (found.addresses.empty())
    co_return failed(fault::name_not_found, "cannot find the host " + host + ": " + found.why);
  std::uint16_t number = 0;
  std::from_chars(port.data(), port.data() + port.size(), number);
  std::vector<tcp::endpoint> endpoints;
  for (const auto& a : found.addresses)
    if (!is_refused_address(a))
      endpoints.emplace_back(a, number);
  if (endpoints.empty())
    co_return failed(
        fault::address_refused,
        host + " is at " + found.addresses.front().to_string() + ", an address that is never asked");

  auto attempts = std::make_shared<race>(who.io());
  auto socket = co_await attempts->run(who, std::move(endpoints));
  if (who.over())
    co_return connect_result{};
  if (!socket)
    co_return connect_result{nullptr, connect_failure(attempts->last(), endpoint)};
  error_code unprepared;
  socket->non_blocking(true, unprepared);
  if (unprepared)
    co_return connect_result{nullptr, connect_failure(unprepared, endpoint)};
  socket->set_option(tcp::no_delay(true), unprepared); // A matter of speed only.
  std::unique_ptr<tls_session> session;
  if (tls) {
    session = std::make_unique<tls_session>(*tls, socket->native_handle(), host);
    handshake steps{*socket};
    auto refused = co_await steps.run(who, *session);
    if (refused || who.over())
      co_return who.over() ? connect_result{} : connect_result{nullptr, session->why_refused(endpoint)};
  }
  co_return connect_result{std::make_unique<connection>(std::move(*socket), std::move(session)), {}};
}

} // namespace tributary::client
