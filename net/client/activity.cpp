// One timer per activity. It is set again only when it fires too early, so a deadline that moves with every
// read costs no timer work.
#include "net/client/activity.hpp"

#include <boost/asio/post.hpp>

namespace tributary::client {

void activity::wait_until(steady_time deadline) {
  deadline_ = deadline;
  if (deadline < armed_)
    arm();
}

void activity::arm() {
  armed_ = deadline_;
  timer_.expires_at(armed_);
  timer_.async_wait([self = shared_from_this()](error_code aborted) {
    if (aborted)
      return; // Set again, or let go.
    self->armed_ = steady_time::max();
    if (std::chrono::steady_clock::now() < self->deadline_) {
      self->arm();
      return;
    }
    self->late_ = true;
    self->break_off();
  });
}

void activity::cancel_here() {
  cancelled_ = true;
  break_off();
}

void activity::break_off() {
  pause_.cancel();
  if (pending_)
    pending_->break_off();
}

/// As if somebody had cancelled in the middle of the wait: it has begun when the cancel comes.
void activity::count_wait() {
  if (++waits_ == cancel_at_)
    asio::post(io_, [self = shared_from_this()] { self->cancel_here(); });
}

task<void> activity::pause(nanoseconds duration) {
  if (over())
    co_return;
  count_wait();
  if (deadline_ != steady_time::max())
    wait_until(deadline_ + duration);
  pause_.expires_after(duration);
  error_code aborted;
  co_await pause_.async_wait(asio::redirect_error(use_task, aborted));
}

void activity::end_waiting() {
  deadline_ = armed_ = steady_time::max();
  timer_.cancel();
}

} // namespace tributary::client
