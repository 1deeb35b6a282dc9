// The thread behind the sink, and what it shares with it.
#include "app/background_sink.hpp"

#include <spdlog/details/log_msg_buffer.h>

#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace tributary {

/// Outlives the sink where the thread hangs in a write.
struct background_sink::shared {
  explicit shared(std::shared_ptr<spdlog::sinks::sink> to, std::size_t most)
      : inner(std::move(to)), lines_max(most) {}

  std::shared_ptr<spdlog::sinks::sink> inner;
  const std::size_t lines_max;
  std::mutex mutex;
  std::condition_variable news, written;
  std::deque<spdlog::details::log_msg_buffer> lines;
  std::size_t lost = 0;
  bool writing = false, closed = false;

  void run() {
    std::unique_lock lock{mutex};
    for (;;) {
      news.wait(lock, [this] { return closed || !lines.empty(); });
      if (lines.empty())
        return;
      const auto line = std::move(lines.front());
      lines.pop_front();
      const auto missing = std::exchange(lost, 0);
      writing = true;
      lock.unlock();
      if (missing > 0)
        tell_lost(missing, line);
      inner->log(line);
      inner->flush();
      lock.lock();
      writing = false;
      if (lines.empty())
        written.notify_all();
    }
  }

  void tell_lost(std::size_t missing, const spdlog::details::log_msg& next) const {
    const auto text = std::to_string(missing) + " lines of this log were lost: they were not read in time";
    inner->log({next.time, {}, next.logger_name, spdlog::level::warn, text});
  }
};

background_sink::background_sink(std::shared_ptr<spdlog::sinks::sink> inner, std::size_t lines_max)
    : shared_(std::make_shared<shared>(std::move(inner), lines_max)) {
  // The first line may come before the process has said which signals it wants where: this thread wants none.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  std::thread{[kept = shared_] { kept->run(); }}.detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

background_sink::~background_sink() {
  std::lock_guard lock{shared_->mutex};
  shared_->closed = true;
  shared_->news.notify_one();
}

void background_sink::log(const spdlog::details::log_msg& line) {
  std::lock_guard lock{shared_->mutex};
  if (shared_->lines.size() >= shared_->lines_max) {
    shared_->lines.pop_front();
    ++shared_->lost;
  }
  shared_->lines.emplace_back(line);
  shared_->news.notify_one();
}

void background_sink::set_pattern(const std::string& pattern) {
  shared_->inner->set_pattern(pattern);
}

void background_sink::set_formatter(std::unique_ptr<spdlog::formatter> formatter) {
  shared_->inner->set_formatter(std::move(formatter));
}

bool background_sink::drain(std::chrono::milliseconds at_most) {
  std::unique_lock lock{shared_->mutex};
  return shared_->written.wait_for(
      lock, at_most, [this] { return shared_->lines.empty() && !shared_->writing; });
}

} // namespace tributary
