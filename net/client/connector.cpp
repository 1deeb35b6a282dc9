// The addresses race, the first connection wins; then the handshake, step by step on the non-blocking socket.
#include "net/client/connector.hpp"

#include "net/client/address_rules.hpp"
#include "net/client/tls.hpp"
#include "net/client/tunnel.hpp"

#include <boost/asio/error.hpp>

#include <charconv>

namespace tributary::client {
namespace {

using asio::ip::tcp;

failure refused_address(const std::string& host, const asio::ip::address& address) {
  return {
      fault::address_refused, host + " is at " + address.to_string() + ", an address that is never asked"};
}

/// Attempts under way. Kept alive by each of them.
class race final : public breakable, public std::enable_shared_from_this<race> {
public:
  explicit race(asio::io_context& io) : io_(io), changed_(io) {}

  void break_off() noexcept override { changed_.cancel(); }

  /// The socket that connected first. Nothing: all failed (see last()), or `who` is over.
  task<std::optional<tcp_socket>> run(activity& who, std::vector<tcp::endpoint> endpoints) {
    sockets_.reserve(endpoints.size());
    for (auto next = endpoints.begin(); !winner_ && !who.over();) {
      if (next != endpoints.end())
        attempt(*next++);
      else if (running_ == 0)
        break;
      if (!winner_ && running_ > 0)
        co_await change(who, next != endpoints.end());
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

  task<void> change(activity& who, bool more) {
    activity::waiting_for waiting{who, *this};
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

struct opened_socket {
  std::optional<tcp_socket> socket; ///< None: see `failed`, or `who` is over.
  failure failed;
};

/// `name`: of the endpoint, for messages.
task<opened_socket> open_socket(
    activity& who, name_lookup& names, const std::string& host, std::uint16_t port, const std::string& name) {
  opened_socket out;
  auto found = co_await names.find(who, host);
  if (who.over())
    co_return out;
  if (found.addresses.empty()) {
    out.failed = {
        found.short_of_means ? fault::disk : fault::name_not_found, // Ours: blames nobody, holds the job.
        "cannot find the host " + host + ": " + found.why};
    co_return out;
  }
  std::vector<tcp::endpoint> endpoints;
  for (const auto& a : found.addresses)
    if (!is_refused_address(a))
      endpoints.emplace_back(a, port);
  if (endpoints.empty()) {
    out.failed = refused_address(host, found.addresses.front());
    co_return out;
  }
  auto won = co_await race_to(who, std::move(endpoints));
  out.socket = std::move(won.socket);
  auto unprepared = won.last;
  if (out.socket)
    out.socket->non_blocking(true, unprepared);
  if (!who.over() && (!out.socket || unprepared)) {
    out.socket.reset();
    out.failed = connect_failure(unprepared, name);
    co_return out;
  }
  if (out.socket)
    out.socket->set_option(tcp::no_delay(true), unprepared); // A matter of speed only.
  co_return out;
}

std::uint16_t number_of(const std::string& port) {
  std::uint16_t out = 0;
  std::from_chars(port.data(), port.data() + port.size(), out);
  return out;
}

} // namespace

task<connect_result> connect_to(
    activity& who, name_lookup& names, url target, std::shared_ptr<const proxy_address> proxy,
    const tls_context* tls) {
  connect_result out;
  auto host = proxy ? proxy->host : target.host;
  auto port = proxy ? proxy->port : number_of(target.port);
  auto name = proxy ? name_of(*proxy) : target.endpoint();
  auto opened = co_await open_socket(who, names, host, port, name);
  out.failed = std::move(opened.failed);
  if (!opened.socket || who.over())
    co_return out;
  auto link = std::make_unique<connection>(std::move(*opened.socket));
  if (is_tunnelled(proxy.get(), target)) {
    arrived_head answer;
    co_await open_tunnel(who, *link, *proxy, target, answer);
    out.failed = std::move(answer.failed);
    out.refusal = std::move(answer.head);
  }
  if (tls && out.failed.cause == fault::none && !who.over()) {
    auto endpoint = target.endpoint();
    auto refused = co_await link->secure(who, *tls, target.host, endpoint);
    out.failed = std::move(refused);
  }
  if (out.failed.cause == fault::none && !who.over())
    out.link = std::move(link);
  co_return out;
}

task<race_result> race_to(activity& who, std::vector<tcp::endpoint> endpoints) {
  auto attempts = std::make_shared<race>(who.io());
  auto winner = co_await attempts->run(who, std::move(endpoints));
  co_return race_result{std::move(winner), attempts->last()};
}

std::optional<failure> refused_literal(const url& target) {
  auto address = literal_address(target.host);
  if (!address || !is_refused_address(*address))
    return std::nullopt;
  return refused_address(target.host, *address);
}

bool is_tunnelled(const proxy_address* proxy, const url& target) {
  return proxy && (target.tls() || proxy->speaks == proxy_address::kind::socks5);
}

} // namespace tributary::client
