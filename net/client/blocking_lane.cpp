// The thread is detached: nobody may wait for its end, not even at exit.
#include "net/client/blocking_lane.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

namespace tributary::client {

struct blocking_lane::state {
  explicit state(std::shared_ptr<lane_count> c) : count(std::move(c)) {}

  void loop() {
    std::unique_lock lock{mutex};
    for (;;) {
      wake.wait(lock, [this] { return next || closed; });
      if (!next)
        return;
      auto work = std::move(*next);
      next.reset();
      busy = true;
      lock.unlock();
      work();
      work = nullptr; // What it holds is closed here.
      lock.lock();
      busy = false;
      if (std::exchange(given_up, false))
        --count->stuck;
    }
  }

  std::mutex mutex;
  std::condition_variable wake;
  std::optional<std::function<void()>> next;
  bool closed = false, busy = false, given_up = false;
  std::shared_ptr<lane_count> count;
};

/// One call, seen from the transfer thread, which alone touches it.
struct blocking_lane::ticket {
  bool done = false;
  waiter* who = nullptr;
};

struct blocking_lane::waiter final : breakable {
  explicit waiter(asio::io_context& io) : timer(io, steady_time::max()) {}
  void break_off() noexcept override { timer.cancel(); }
  steady_timer timer;
};

std::unique_ptr<blocking_lane>
blocking_lane::open(const std::shared_ptr<transfer_thread>& thread, std::shared_ptr<lane_count> count) {
  if (count->stuck.load() >= stuck_lanes_max)
    return nullptr;
  auto shared = std::make_shared<state>(std::move(count));
  try {
    std::thread{[shared] { shared->loop(); }}.detach();
  } catch (const std::system_error&) {
    return nullptr; // The caller says that there is no lane.
  }
  return std::unique_ptr<blocking_lane>(new blocking_lane(std::move(shared), thread));
}

blocking_lane::blocking_lane(std::shared_ptr<state> s, std::weak_ptr<transfer_thread> thread)
    : state_(std::move(s)), thread_(std::move(thread)) {}

blocking_lane::~blocking_lane() {
  {
    std::lock_guard lock{state_->mutex};
    state_->closed = true;
  }
  state_->wake.notify_one();
}

void blocking_lane::give(std::function<void()> work) {
  {
    std::lock_guard lock{state_->mutex};
    state_->next = std::move(work);
  }
  state_->wake.notify_one();
}

void blocking_lane::release(std::shared_ptr<void> last) {
  give([held = std::move(last)] {});
}

task<bool> blocking_lane::run(activity& who, std::function<void()> work) {
  if (who.over())
    co_return false;
  auto mine = std::make_shared<ticket>();
  waiter here{who.io()};
  mine->who = &here;
  give([work = std::move(work), mine, thread = thread_] {
    work();
    if (auto t = thread.lock())
      t->post([mine] {
        mine->done = true;
        if (mine->who)
          mine->who->timer.cancel();
      });
  });
  activity::waiting_for waiting{who, here};
  while (!mine->done && !who.over()) {
    error_code woken;
    co_await here.timer.async_wait(asio::redirect_error(use_task, woken));
  }
  mine->who = nullptr;
  if (!mine->done) {
    std::lock_guard lock{state_->mutex};
    if (state_->busy && !std::exchange(state_->given_up, true))
      ++state_->count->stuck;
  }
  co_return mine->done;
}

} // namespace tributary::client
