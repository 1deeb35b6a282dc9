// A thread of its own for calls that may never return, such as those on a mount that hangs. Whoever waits is
// broken off like at a socket, and the thread is left alone with its call. Internal to net/client.
#pragma once

#include "net/client/activity.hpp"
#include "net/client/transfer_thread.hpp"

#include <atomic>
#include <functional>
#include <memory>

namespace tributary::client {

/// Lanes of one provider whose call nobody waits for any more; beyond it no new ones are opened.
inline constexpr int stuck_lanes_max = 8;

/// Shared by the lanes of one provider.
struct lane_count {
  std::atomic<int> stuck{0};
};

/// Used on one transfer thread. The lane ends with its owner, as soon as its call returns.
class blocking_lane {
public:
  /// Null when too many lanes are stuck, or no thread can be had.
  [[nodiscard]] static std::unique_ptr<blocking_lane>
  open(const std::shared_ptr<transfer_thread>& thread, std::shared_ptr<lane_count> count);
  ~blocking_lane();
  blocking_lane(const blocking_lane&) = delete;
  blocking_lane& operator=(const blocking_lane&) = delete;

  /// Runs `work` on the lane. False: `who` was over before it had ended, and the lane is good for nothing
  /// else; so `work` must own what it touches.
  task<bool> run(activity& who, std::function<void()> work);

  /// Lets go of the last of something on the lane, where nobody waits: closing a file may block as well.
  void release(std::shared_ptr<void> last);

private:
  struct state;
  struct ticket;
  struct waiter;
  void give(std::function<void()> work);
  blocking_lane(std::shared_ptr<state> s, std::weak_ptr<transfer_thread> thread);

  std::shared_ptr<state> state_;
  std::weak_ptr<transfer_thread> thread_;
};

} // namespace tributary::client
