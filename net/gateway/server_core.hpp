// What the acceptor and the sessions share. Everything in here belongs to the server's thread, except `io`
// (anybody may post) and what is set before the thread starts. Private to http_server.cpp and session.cpp.
#pragma once

#include "net/gateway/admission.hpp"
#include "net/gateway/http_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <thread>
#include <unordered_set>

namespace tributary::gateway {

namespace asio = boost::asio;

// The io_context has one thread, so its own executor is every session's strand; naming it spares the type
// erasure.
using executor = asio::io_context::executor_type;
using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, executor>;
using tcp_acceptor = asio::basic_socket_acceptor<asio::ip::tcp, executor>;
using timer = asio::basic_waitable_timer<
    std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, executor>;
template <class T>
using awaitable = asio::awaitable<T, executor>;
/// co_await f(.., no_throw) yields a tuple that begins with the error code.
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<executor>> no_throw{};

class session;

struct server_core : std::enable_shared_from_this<server_core> {
  explicit server_core(server_options o);

  /// "k3f9a1-42": unique in the process, and unlikely to be met again after a restart.
  [[nodiscard]] std::string next_request_id();
  /// Now, as a Date header wants it; made once a second.
  [[nodiscard]] std::string_view date();

  asio::io_context io{1};
  server_options options;
  admission admit;
  call_handler handler;
  tcp_acceptor acceptor{io};
  timer grace{io};                       ///< Runs while stopping.
  timer accept_pause{io};                ///< Runs while there are no descriptors left.
  std::unordered_set<session*> sessions; ///< That are served.
  std::unordered_set<session*> refusals; ///< That are being told 503.
  std::size_t asks = 0;                  ///< Requests given to the handler and not yet answered.
  std::shared_ptr<server_counters> counters = std::make_shared<server_counters>();
  bool stopping = false;
  std::thread thread;

private:
  std::string id_prefix_;
  std::uint64_t last_id_ = 0;
  std::chrono::sys_seconds dated_{};
  std::string date_;
};

} // namespace tributary::gateway
