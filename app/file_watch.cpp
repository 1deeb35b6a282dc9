// Folders are watched, not the file: a file that is replaced takes its watch with it. What happened does not
// matter, only whether the file looks different afterwards.
#include "app/file_watch.hpp"

#include "net/client/descriptor.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <set>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace tributary {

namespace {

constexpr int rest_ms = 100; ///< Unchanged for so long: whoever wrote has finished.
constexpr int look_ms = 2000;
constexpr int for_ever = -1;
constexpr std::uint32_t interesting =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF;

} // namespace

class file_watch::watcher {
public:
  watcher(std::filesystem::path file, std::optional<file_stamp> seen, std::function<void()> changed)
      : file_(std::move(file)),
        seen_(std::move(seen)),
        changed_(std::move(changed)),
        stop_(::eventfd(0, EFD_CLOEXEC)),
        notifications_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    watch_folders();
    thread_ = std::thread([this] { run(); });
  }

  ~watcher() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof one); // Cannot fail: it counts.
    thread_.join();
  }

private:
  enum class woken : std::uint8_t { stop, event, timeout };

  void run() {
    while (come_to_rest()) {
      if (auto now = stamp_of(file_); now != seen_) {
        seen_ = std::move(now);
        watch_folders(); // A link may lead elsewhere now.
        changed_();
      }
      if (wait(watching_ ? for_ever : look_ms) == woken::stop)
        return;
    }
  }

  /// False: it is to stop.
  bool come_to_rest() {
    for (auto last = stamp_of(file_);;) {
      const auto why = wait(rest_ms);
      if (why == woken::stop)
        return false;
      auto now = stamp_of(file_);
      if (why == woken::timeout && now == last)
        return true;
      last = std::move(now);
    }
  }

  woken wait(int timeout_ms) {
    std::array<pollfd, 2> fds{{{stop_.get(), POLLIN, 0}, {notifications_.get(), POLLIN, 0}}};
    const nfds_t count = notifications_.get() < 0 ? 1 : 2;
    int ready = 0;
    do
      ready = ::poll(fds.data(), count, timeout_ms);
    while (ready < 0 && errno == EINTR);
    if (fds[0].revents != 0)
      return woken::stop;
    if (ready <= 0)
      return woken::timeout;
    forget_events();
    return woken::event;
  }

  void forget_events() {
    alignas(inotify_event) std::array<char, 4096> events{};
    while (::read(notifications_.get(), events.data(), events.size()) > 0) {
    }
  }

  /// The folder that names the file, and the one where it really is.
  void watch_folders() {
    if (notifications_.get() < 0)
      return;
    std::set<std::filesystem::path> folders{std::filesystem::absolute(file_).parent_path()};
    std::error_code gone;
    if (const auto real = std::filesystem::canonical(file_, gone); !gone)
      folders.insert(real.parent_path());
    watching_ = true;
    for (const auto& folder : folders)
      if (::inotify_add_watch(notifications_.get(), folder.c_str(), interesting | IN_ONLYDIR) < 0)
        watching_ = false;
  }

  std::filesystem::path file_;
  std::optional<file_stamp> seen_;
  std::function<void()> changed_;
  client::descriptor stop_, notifications_;
  bool watching_ = false;
  std::thread thread_;
};

file_watch::file_watch(
    std::filesystem::path file, std::optional<file_stamp> seen, std::function<void()> changed)
    : watcher_(std::make_unique<watcher>(std::move(file), std::move(seen), std::move(changed))) {}

file_watch::~file_watch() = default;

} // namespace tributary
