// Closing is one more piece of work in the queue, so that everything accepted before it still ends properly.
#include "net/client/transfer_thread.hpp"

namespace tributary::client {

transfer_thread::transfer_thread(std::shared_ptr<transfer_commons> shared)
    : commons(std::move(shared)),
      buffer(receive_buffer_bytes),
      staying_(io.get_executor()),
      thread_([this] { io.run(); }) {}

transfer_thread::~transfer_thread() {
  close();
  join();
}

bool transfer_thread::post(std::function<void()> work) {
  std::lock_guard lock{mutex_};
  if (closing_)
    return false;
  asio::post(io, std::move(work));
  return true;
}

void transfer_thread::close() {
  std::lock_guard lock{mutex_};
  if (std::exchange(closing_, true))
    return;
  asio::post(io, [this] { // After everything that was posted before: no transfer is missed.
    pool.close();
    for (auto* a : std::vector(active.begin(), active.end()))
      a->cancel_here();
    staying_.reset();
  });
}

void transfer_thread::join() {
  if (thread_.joinable())
    thread_.join();
}

} // namespace tributary::client
