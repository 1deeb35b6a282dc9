#include "net/client/directory_question.hpp"

#include "net/client/launch.hpp"

namespace tributary::client {

directory_question::directory_question(
    std::shared_ptr<transfer_thread> thread, std::shared_ptr<lane_count> lanes, milliseconds limit,
    std::function<void()> work, std::function<void(question_end)> done)
    : activity(thread->io),
      thread_(std::move(thread)),
      lanes_(std::move(lanes)),
      limit_(limit),
      work_(std::move(work)),
      done_(std::move(done)) {}

void directory_question::start() {
  if (!launch(*thread_, std::static_pointer_cast<directory_question>(shared_from_this())))
    std::exchange(done_, nullptr)(question_end::cancelled);
}

task<void> directory_question::run() {
  thread_->active.insert(this);
  wait_until(std::chrono::steady_clock::now() + limit_);
  auto end = question_end::late;
  if (auto lane = blocking_lane::open(thread_, lanes_)) {
    auto answered = co_await lane->run(*this, std::move(work_));
    if (answered)
      end = question_end::answered;
    else if (cancelled())
      end = question_end::cancelled;
  }
  thread_->active.erase(this);
  end_waiting();
  std::exchange(done_, nullptr)(end);
}

} // namespace tributary::client
