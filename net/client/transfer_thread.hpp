// One thread that transfers run on, and what its transfers share: the receive buffer, the connections, the
// names. Internal to net/client.
#pragma once

#include "net/client/bandwidth.hpp"
#include "net/client/connection_pool.hpp"
#include "net/client/file_worker.hpp"
#include "net/client/name_lookup.hpp"
#include "net/client/proxy_choice.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <mutex>
#include <thread>
#include <unordered_set>

namespace tributary::client {

class tls_contexts;

inline constexpr std::size_t receive_buffer_bytes = 1024 * 1024;

/// What all transfer threads share.
struct transfer_commons {
  std::shared_ptr<file_worker> files;
  std::function<wall_time()> wall; ///< For the dates in Retry-After.
  std::shared_ptr<tls_contexts> tls;
  proxy_environment proxies; ///< For providers that have no proxy of their own.
  bandwidth limit{std::nullopt};
};

class transfer_thread {
public:
  explicit transfer_thread(std::shared_ptr<transfer_commons> shared);
  ~transfer_thread();

  // Any thread:

  /// Runs `work` on the thread soon; false once it is closing, and then never.
  bool post(std::function<void()> work);
  /// Cancels every activity, closes the connections and lets the thread run out. Returns at once.
  void close();
  /// Waits for the end. After close().
  void join();

  // The thread itself:

  asio::io_context io{1};
  std::shared_ptr<transfer_commons> commons;
  std::vector<std::byte> buffer; ///< For one receive and the write that follows it, with no wait between.
  connection_pool pool{io};
  name_lookup names{io};
  std::unordered_set<activity*> active;

private:
  std::mutex mutex_;
  bool closing_ = false;
  asio::executor_work_guard<executor> staying_;
  std::thread thread_;
};

} // namespace tributary::client
