// Runs blocking file work on a few threads, first come first served.
#include "net/client/file_worker.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace tributary {
namespace {

class threaded_file_worker final : public file_worker {
public:
  explicit threaded_file_worker(unsigned threads) {
    for (unsigned i = 0; i < std::max(threads, 1u); ++i)
      threads_.emplace_back([this] { run(); });
  }

  ~threaded_file_worker() override { stop(); }

  bool post(std::function<void()> work) override {
    {
      std::lock_guard lock{mutex_};
      if (stopping_)
        return false;
      queue_.push_back(std::move(work));
    }
    wake_.notify_one();
    return true;
  }

  void stop() override {
    std::vector<std::thread> ending;
    {
      std::lock_guard lock{mutex_};
      stopping_ = true;
      ending.swap(threads_);
    }
    wake_.notify_all();
    for (auto& t : ending)
      t.join();
  }

private:
  void run() {
    std::unique_lock lock{mutex_};
    for (;;) {
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty())
        return;
      auto work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      work();
      work = nullptr; // What it holds may be large, or take this lock: let it go before locking again.
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_; // Bounded by its users: each has at most one piece of work in it.
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

class inline_file_worker final : public file_worker {
public:
  bool post(std::function<void()> work) override {
    if (stopped_)
      return false;
    work();
    return true;
  }
  void stop() override { stopped_ = true; }

private:
  std::atomic<bool> stopped_ = false;
};

} // namespace

std::shared_ptr<file_worker> make_file_worker(unsigned threads) {
  return std::make_shared<threaded_file_worker>(threads);
}

std::shared_ptr<file_worker> make_inline_file_worker() {
  return std::make_shared<inline_file_worker>();
}

} // namespace tributary
