// Host names to addresses, on threads of their own: the system's resolver blocks and cannot be broken off, so
// nobody may wait for its end, not even at exit. One per transfer thread. Internal to net/client.
#pragma once

#include "net/client/activity.hpp"

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace tributary::client {

/// Lookups under way at once, per transfer thread; more wait their turn.
inline constexpr std::size_t lookups_max = 16;
/// Names remembered, per transfer thread.
inline constexpr std::size_t lookups_kept_max = 1'000;
/// How long addresses are used again.
inline constexpr seconds lookup_kept{10};

class name_lookup {
public:
  explicit name_lookup(asio::io_context& io);
  ~name_lookup();

  struct result {
    std::vector<asio::ip::address> addresses; ///< IPv6 and IPv4 in turn; empty: not found, or `who` is over.
    std::string why;                          ///< When empty and not over.
    /// This machine lacks descriptors, memory or threads: that says nothing of the name.
    bool short_of_means = false;
  };

  /// The addresses of a name, or of a literal address without asking anybody.
  task<result> find(activity& who, std::string host);

private:
  struct mailbox;

  /// One activity's wait for a lookup that others may wait for, too.
  struct waiter final : breakable {
    explicit waiter(asio::io_context& io) : timer(io, steady_time::max()) {}
    void break_off() noexcept override { timer.cancel(); }
    steady_timer timer;
    result found;
  };

  struct entry {
    result found;
    steady_time until{};
    bool running = false;
    std::vector<waiter*> waiters;
  };

  void begin(const std::string& host);
  void finish(const std::string& host, result found);
  void forget_old(steady_time now);

  asio::io_context& io_;
  std::shared_ptr<mailbox> mailbox_;
  std::unordered_map<std::string, entry> entries_;
  std::deque<std::string> queue_;
  std::size_t running_ = 0;
};

} // namespace tributary::client
