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

/// Outlives the worker where its last owner was a piece of work.
struct work_queue {
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void()>>
      waiting; // Bounded by its users: each has at most one piece of work in it.
  bool stopping = false;

  void run() {
    std::unique_lock lock{mutex};
    for (;;) {
      wake.wait(lock, [this] { return stopping || !waiting.empty(); });
      if (waiting.empty())
        return;
      auto work = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      work();
      work = nullptr; // What it holds may be large, or take this lock: let it go before locking again.
      lock.lock();
    }
  }
};

class threaded_file_worker final : public file_worker {
public:
  explicit threaded_file_worker(unsigned threads) {
    for (unsigned i = 0; i < std::max(threads, 1u); ++i)
      threads_.emplace_back([queue = queue_] { queue->run(); });
  }

  ~threaded_file_worker() override { stop(); }

  bool post(std::function<void()> work) override {
    {
      std::lock_guard lock{queue_->mutex};
      if (queue_->stopping)
        return false;
      queue_->waiting.push_back(std::move(work));
    }
    queue_->wake.notify_one();
    return true;
  }

  void stop() override {
    std::vector<std::thread> ending;
    {
      std::lock_guard lock{queue_->mutex};
      queue_->stopping = true;
      ending.swap(threads_);
    }
    queue_->wake.notify_all();
    for (auto& t : ending)
      if (t.get_id() == std::this_thread::get_id())
        t.detach(); // The work that runs here let the worker go: it ends after that.
      else
        t.join();
  }

private:
  std::shared_ptr<work_queue> queue_ = std::make_shared<work_queue>();
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
