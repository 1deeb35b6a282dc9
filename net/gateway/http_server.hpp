// The gateway's HTTP side: one thread with its own io_context, an acceptor and its sessions. Knows nothing of
// actors: each authorised request goes to one function, with a responder. No Asio in this header, since
// actors include it.
#pragma once

#include "net/gateway/auth.hpp"
#include "net/gateway/limits.hpp"
#include "net/gateway/responder.hpp"
#include "net/gateway/server_counters.hpp"
#include "policy/time.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace tributary::gateway {

struct server_options {
  std::string host = "127.0.0.1"; ///< An IP address, or "localhost" for 127.0.0.1.
  std::uint16_t port = 0;         ///< 0: any free one.
  bool allow_plain_remote = false;
  std::vector<std::string> allowed_hosts;
  gateway_limits limits;
  token_list tokens;
  std::function<wall_time()> wall;           ///< For the Date header; called on the server's thread.
  std::function<void(std::string_view)> log; ///< Warnings; called on the server's thread.
  std::shared_ptr<const std::atomic<bool>> metrics_open; ///< Is /metrics answered without a token? Null: no.
};

/// Takes an authorised request. Called on the server's thread; must not block.
using call_handler = std::function<void(call)>;

struct server_core;

class http_server {
public:
  /// Binds and listens, but accepts nothing yet; or says why not, for people.
  [[nodiscard]] static std::variant<std::unique_ptr<http_server>, std::string> open(server_options options);

  /// Stops as stop() does.
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// Never null; may be kept longer than the server.
  [[nodiscard]] std::shared_ptr<const server_counters> counters() const;

  /// Starts the thread. Once.
  void start(call_handler handler);

  /// Accepts nothing more, closes idle connections, and the others after their answer. Returns at once; any
  /// thread.
  void close();

  /// close(), then waits until all sessions have ended (after limits.stop_grace they are cut off) and joins
  /// the thread. Idempotent; not from the server's own thread. The handler and all that it holds is released.
  void stop();

private:
  http_server(std::shared_ptr<server_core> core, std::uint16_t port);

  std::shared_ptr<server_core> core_; ///< Shared with the thread and with responders that are still out.
  std::uint16_t port_;
};

} // namespace tributary::gateway
