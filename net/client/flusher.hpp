// Makes what a transfer has written durable, on the file threads, while the transfer goes on. One flush at a
// time: what is written meanwhile belongs to the next. Internal to net/client.
#pragma once

#include "net/client/asio.hpp"
#include "net/client/file_worker.hpp"
#include "net/client/part_file.hpp"

#include <functional>
#include <memory>

namespace tributary::client {

/// Lives on one transfer thread; settle() must have returned before it goes away.
class flusher {
public:
  /// `advanced` is called on the transfer thread whenever durable_end has moved.
  flusher(
      asio::io_context& io, std::shared_ptr<file_worker> files, std::shared_ptr<part_file> target,
      std::uint64_t durable_end, std::function<void()> advanced);

  /// All below `end` is written: make it durable soon.
  void request(std::uint64_t end);

  /// Waits until all that was requested is durable, or has failed.
  task<void> settle();

  [[nodiscard]] std::uint64_t durable_end() const noexcept { return durable_end_; }
  [[nodiscard]] const file_error& failed() const noexcept { return failed_; }

private:
  void begin();
  void finish(std::uint64_t end, file_error failed);

  asio::io_context& io_;
  std::shared_ptr<file_worker> files_;
  std::shared_ptr<part_file> target_;
  std::function<void()> advanced_;
  std::uint64_t durable_end_, wanted_;
  bool running_ = false;
  file_error failed_;
  steady_timer idle_;
};

} // namespace tributary::client
