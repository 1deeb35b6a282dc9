// Connections that wait for their next request, by origin; the newest is used first. Belongs to one transfer
// thread. Internal to net/client.
#pragma once

#include "net/client/connection.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace tributary::client {

inline constexpr std::size_t idle_connections_per_origin_max = 32;
inline constexpr std::size_t idle_connections_max = 256; ///< Of all origins; the longest idle one makes room.
inline constexpr seconds idle_connection_kept{30};

class connection_pool {
public:
  explicit connection_pool(asio::io_context& io) : sweep_(io) {}

  /// A connection to the origin that still stands and has nothing unasked-for in it, or null. (RFC 9112
  /// section 6.3: what comes behind an answer is never the next one.)
  std::unique_ptr<connection> take(const std::string& origin, steady_time now);
  /// Keeps a connection whose last answer was read to its end. Closes it when there are enough.
  void put(const std::string& origin, std::unique_ptr<connection> link, steady_time now);
  [[nodiscard]] std::size_t size() const noexcept { return idle_; }
  /// Closes all, and keeps none from now on.
  void close();

private:
  struct idle {
    std::unique_ptr<connection> link;
    steady_time since;
  };
  void close_oldest();
  void sweep_later();
  void sweep(steady_time now);

  std::unordered_map<std::string, std::vector<idle>> by_origin_;
  std::size_t idle_ = 0; ///< In all of by_origin_.
  steady_timer sweep_;
  bool sweeping_ = false, closed_ = false;
};

} // namespace tributary::client
