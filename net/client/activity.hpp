// What a transfer and a check have in common: they run as one coroutine on one thread, wait for a limited
// time, and can be cancelled. Internal to net/client.
#pragma once

#include "net/client/asio.hpp"
#include "policy/time.hpp"

#include <memory>

namespace tributary::client {

/// Something that a coroutine waits for, and that its thread can break off: the wait then ends at once.
class breakable {
public:
  virtual void break_off() noexcept = 0;

protected:
  ~breakable() = default;
};

/// Only its own thread may call it. Whoever waits looks at over() before and after.
class activity : public std::enable_shared_from_this<activity> {
public:
  explicit activity(asio::io_context& io) : io_(io), timer_(io), pause_(io) {}
  virtual ~activity() = default;
  activity(const activity&) = delete;
  activity& operator=(const activity&) = delete;

  [[nodiscard]] asio::io_context& io() noexcept { return io_; }

  /// Waits break off as late from `deadline` on. Moving it further off costs nothing.
  void wait_until(steady_time deadline);
  /// Waits break off as cancelled from now on.
  void cancel_here();
  /// For tests: cancels itself when it begins its n-th wait, counted from 1. Before its thread knows it.
  void cancel_at_wait(unsigned n) noexcept { cancel_at_ = n; }

  [[nodiscard]] bool late() const noexcept { return late_; }
  [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }
  [[nodiscard]] bool over() const noexcept { return late_ || cancelled_; }

  /// A pause that cancelling breaks off and that never counts as late; it moves the deadline by its length.
  task<void> pause(nanoseconds duration);

  /// While it lives, `what` is broken off when the activity is over.
  class waiting_for {
  public:
    waiting_for(activity& who, breakable& what) : who_(who), before_(who.pending_) {
      who_.pending_ = &what;
      who_.count_wait();
    }
    ~waiting_for() { who_.pending_ = before_; }
    waiting_for(const waiting_for&) = delete;
    waiting_for& operator=(const waiting_for&) = delete;

  private:
    activity& who_;
    breakable* before_;
  };

protected:
  /// Lets the timer go, so that nothing keeps the object alive.
  void end_waiting();

private:
  void arm();
  void break_off();
  void count_wait();

  asio::io_context& io_;
  steady_timer timer_, pause_;
  steady_time deadline_ = steady_time::max(), armed_ = steady_time::max();
  breakable* pending_ = nullptr;
  bool late_ = false, cancelled_ = false;
  unsigned waits_ = 0, cancel_at_ = 0;
};

} // namespace tributary::client
