#include "tests/support/network_pair.hpp"

#include "tests/support/process.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

namespace tributary::testing {

namespace {

std::string why_not(const char* what) {
  return std::string{what} + ": " + std::generic_category().message(errno);
}

bool write_text(const char* file, const std::string& text) {
  std::ofstream out{file};
  out << text;
  return static_cast<bool>(out.flush());
}

/// As root directly; else as the root of a user namespace of our own, where the system allows that.
std::string enter_namespace() {
  if (::unshare(CLONE_NEWNET) == 0)
    return {};
  const auto user = ::geteuid();
  const auto group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
    return why_not("network namespaces cannot be made here");
  if (!write_text("/proc/self/setgroups", "deny") ||
      !write_text("/proc/self/uid_map", "0 " + std::to_string(user) + " 1") ||
      !write_text("/proc/self/gid_map", "0 " + std::to_string(group) + " 1"))
    return why_not("a user namespace cannot be set up here");
  return {};
}

} // namespace

/// A thread in a namespace of its own that does what it is told, one thing after the other.
struct network_pair::far_thread {
  far_thread() : thread_([this] { run(); }) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return id != 0 || !refusal.empty(); });
  }
  ~far_thread() {
    {
      const std::lock_guard lock{mutex_};
      ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void perform(const std::function<void()>& work) {
    std::unique_lock lock{mutex_};
    work_ = &work;
    changed_.notify_all();
    changed_.wait(lock, [this] { return work_ == nullptr; });
    if (failure_)
      std::rethrow_exception(std::exchange(failure_, nullptr));
  }

  pid_t id = 0; ///< Of the thread: names its namespace.
  std::string refusal;

private:
  void run() {
    std::unique_lock lock{mutex_};
    if (::unshare(CLONE_NEWNET) == 0)
      id = ::gettid();
    else
      refusal = why_not("a second network namespace cannot be made here");
    changed_.notify_all();
    while (changed_.wait(lock, [this] { return ending_ || work_; }), !ending_) {
      try {
        (*work_)();
      } catch (...) {
        failure_ = std::current_exception();
      }
      work_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void()>* work_ = nullptr;
  std::exception_ptr failure_;
  bool ending_ = false;
  std::thread thread_; ///< Last: it uses the others.
};

network_pair::network_pair() : refusal_(enter_namespace()) {
  if (!refusal_.empty())
    return;
  far_ = std::make_unique<far_thread>();
  refusal_ = far_->refusal;
  if (!refusal_.empty())
    return;
  ip({"link", "set", "lo", "up"});
  ip({"link", "add", "near", "type", "veth", "peer", "name", "far", "netns", std::to_string(far_->id)});
  ip({"addr", "add", "10.77.1.2/24", "dev", "near"});
  ip({"addr", "add", "10.77.2.2/24", "dev", "near"});
  at_far_end([] {
    ip({"link", "set", "lo", "up"});
    ip({"addr", "add", "10.77.1.1/24", "dev", "far"});
    ip({"addr", "add", "10.77.2.1/24", "dev", "far"});
    ip({"link", "set", "far", "up"});
  });
  plug_in();
}

network_pair::~network_pair() = default;

void network_pair::at_far_end(const std::function<void()>& work) {
  far_->perform(work);
}

void network_pair::remove_far_address(const std::string& address) {
  at_far_end([&] { ip({"addr", "del", address + "/24", "dev", "far"}); });
}

void network_pair::ip(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "ip");
  process tool{arguments};
  const auto status = tool.wait(std::chrono::seconds{10});
  if (status == 0)
    return;
  std::string line;
  for (const auto& a : arguments)
    line += a + ' ';
  throw std::runtime_error(line + "failed: " + tool.errors());
}

} // namespace tributary::testing
