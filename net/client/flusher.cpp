// fdatasync runs elsewhere; its answer comes back as one more piece of work for the transfer thread.
#include "net/client/flusher.hpp"

#include "policy/time.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <cerrno>

namespace tributary::client {

flusher::flusher(
    asio::io_context& io, std::shared_ptr<file_worker> files, std::shared_ptr<part_file> target,
    std::uint64_t durable_end, std::function<void()> advanced)
    : io_(io),
      files_(std::move(files)),
      target_(std::move(target)),
      advanced_(std::move(advanced)),
      durable_end_(durable_end),
      wanted_(durable_end),
      idle_(io, steady_time::max()) {}

void flusher::request(std::uint64_t end) {
  wanted_ = std::max(wanted_, end);
  if (!running_)
    begin();
}

void flusher::begin() {
  if (wanted_ <= durable_end_ || failed_)
    return;
  running_ = true;
  auto work = [this, end = wanted_, target = target_, stay = asio::make_work_guard(io_)] {
    auto failed = target->flush();
    asio::post(io_, [this, end, failed = std::move(failed)] { finish(end, failed); });
  };
  if (!files_->post(std::move(work)))
    finish(durable_end_, {ECANCELED, "cannot flush " + target_->name() + ": the engine is stopping"});
}

void flusher::finish(std::uint64_t end, file_error failed) {
  running_ = false;
  failed_ = std::move(failed);
  if (!failed_ && end > durable_end_) {
    durable_end_ = end;
    advanced_();
  }
  begin();
  if (!running_)
    idle_.cancel();
}

task<void> flusher::settle() {
  while (running_) {
    error_code woken;
    co_await idle_.async_wait(asio::redirect_error(use_task, woken));
  }
}

} // namespace tributary::client
