// Binds, accepts, counts connections, stops.
#include "net/gateway/http_server.hpp"

#include "net/gateway/server_core.hpp"
#include "net/gateway/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <openssl/rand.h>

#include <array>
#include <cassert>
#include <cstdio>

namespace tributary::gateway {

namespace {

constexpr milliseconds accept_pause_after_error{100};

std::vector<std::string> allowed_hosts(const server_options& o) {
  auto hosts = o.allowed_hosts;
  hosts.push_back(o.host);
  return hosts;
}

std::string random_prefix() {
  std::array<unsigned char, 3> bytes{};
  [[maybe_unused]] const int ok = RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%02x%02x%02x-", bytes[0], bytes[1], bytes[2]);
  return text.data();
}

std::string imf_fixdate(std::chrono::sys_seconds t) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day ymd{day};
  const std::chrono::hh_mm_ss time{t - day};
  std::array<char, 40> text{};
  std::snprintf(
      text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
      days[std::chrono::weekday{day}.c_encoding()], unsigned{ymd.day()}, months[unsigned{ymd.month()} - 1],
      int{ymd.year()}, static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()));
  return text.data();
}

/// Runs a session to its end. The coroutine keeps it alive; the set lets stop() find it.
void run(
    server_core& core, tcp_socket socket, std::unordered_set<session*>& kept,
    awaitable<void> (session::*life)()) {
  const auto s = std::make_shared<session>(std::move(socket), core);
  kept.insert(s.get());
  ++core.counters->connections;
  asio::co_spawn(core.io.get_executor(), ((*s).*life)(), [&core, &kept, s](const std::exception_ptr& failed) {
    if (failed)
      core.options.log("a connection ended by an exception");
    s->cut();
    --core.counters->connections;
    kept.erase(s.get());
    if (core.stopping && core.sessions.empty() && core.refusals.empty())
      core.grace.cancel();
  });
}

void welcome(server_core& core, tcp_socket socket) {
  boost::system::error_code ignored; // Only costs latency.
  socket.set_option(asio::ip::tcp::no_delay{true}, ignored);
  if (core.sessions.size() < core.options.limits.connections_max) {
    run(core, std::move(socket), core.sessions, &session::serve);
    return;
  }
  ++core.counters->refused;
  if (core.refusals.size() < core.options.limits.refusals_max)
    run(core, std::move(socket), core.refusals, &session::refuse);
}

awaitable<void> accept_loop(server_core& core) {
  bool accepted = true; // The last time: a shortage is told once.
  while (!core.stopping) {
    auto [why, socket] = co_await core.acceptor.async_accept(no_throw);
    if (core.stopping)
      co_return;
    if (!why)
      welcome(core, std::move(socket));
    if (why == asio::error::connection_aborted)
      continue; // That client is gone already.
    if (why && accepted)
      core.options.log("cannot accept connections: " + why.message());
    accepted = !why;
    if (why) { // Out of descriptors, most likely: never a reason to stop serving.
      core.accept_pause.expires_after(accept_pause_after_error);
      co_await core.accept_pause.async_wait(no_throw);
    }
  }
}

void begin_stop(server_core& core) {
  if (std::exchange(core.stopping, true))
    return;
  boost::system::error_code ignored; // It is closed either way.
  core.acceptor.close(ignored);
  core.accept_pause.cancel();
  for (auto* s : core.sessions) // They leave the set later, when their coroutine ends.
    s->close_when_idle();
  if (core.sessions.empty() && core.refusals.empty())
    return;
  core.grace.expires_after(core.options.limits.stop_grace);
  core.grace.async_wait([&core](const boost::system::error_code& why) {
    if (why)
      return;
    for (auto* all : {&core.sessions, &core.refusals})
      for (auto* s : *all)
        s->cut();
  });
}

std::string cannot_listen(const server_options& o, const std::string& why) {
  return "cannot listen on " + o.host + ":" + std::to_string(o.port) + ": " + why;
}

} // namespace

server_core::server_core(server_options o)
    : options(std::move(o)),
      admit(
          authenticator{std::move(options.tokens)}, allowed_hosts(options), options.limits,
          options.metrics_open),
      id_prefix_(random_prefix()) {}

std::string server_core::next_request_id() {
  return id_prefix_ + std::to_string(++last_id_);
}

std::string_view server_core::date() {
  if (!options.wall)
    return {};
  const auto now = std::chrono::floor<std::chrono::seconds>(options.wall());
  if (now != dated_ || date_.empty()) {
    dated_ = now;
    date_ = imf_fixdate(now);
  }
  return date_;
}

std::variant<std::unique_ptr<http_server>, std::string> http_server::open(server_options options) {
  boost::system::error_code why;
  const auto address = asio::ip::make_address(options.host == "localhost" ? "127.0.0.1" : options.host, why);
  if (why)
    return cannot_listen(options, "the host must be an IP address or localhost");
  if (!address.is_loopback() && !options.allow_plain_remote)
    return cannot_listen(
        options, "beyond this machine, tokens would travel unencrypted; put a TLS proxy in front of "
                 "127.0.0.1, or allow "
                 "plain remote access explicitly (--allow-plain-remote)");
  if (!options.log)
    options.log = [](std::string_view) {};
  auto core = std::make_shared<server_core>(std::move(options));
  const asio::ip::tcp::endpoint at{address, core->options.port};
  auto& acceptor = core->acceptor;
  acceptor.open(at.protocol(), why);
  if (!why)
    acceptor.set_option(asio::socket_base::reuse_address{true}, why);
  if (!why)
    acceptor.bind(at, why);
  if (!why)
    acceptor.listen(asio::socket_base::max_listen_connections, why);
  if (why == asio::error::address_in_use)
    return cannot_listen(core->options, "the address is in use by another program");
  if (why)
    return cannot_listen(core->options, why.message());
  const auto port = acceptor.local_endpoint(why).port();
  return std::unique_ptr<http_server>{new http_server{std::move(core), port}};
}

http_server::http_server(std::shared_ptr<server_core> core, std::uint16_t port)
    : core_(std::move(core)), port_(port) {}

http_server::~http_server() {
  stop();
}

std::shared_ptr<const server_counters> http_server::counters() const {
  return core_->counters;
}

void http_server::start(call_handler handler) {
  assert(!core_->thread.joinable());
  core_->handler = std::move(handler);
  asio::co_spawn(core_->io.get_executor(), accept_loop(*core_), asio::detached);
  core_->thread = std::thread{[core = core_.get()] { core->io.run(); }};
}

void http_server::close() {
  asio::post(core_->io, [core = core_.get()] { begin_stop(*core); });
}

void http_server::stop() {
  close();
  if (!core_->thread.joinable())
    return;
  core_->thread.join();
  core_->handler = nullptr;
}

} // namespace tributary::gateway
