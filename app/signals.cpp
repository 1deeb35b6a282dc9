#include "app/signals.hpp"

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace tributary {

namespace {

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  for (int s : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) // SIGUSR1 only wakes our own thread when it is to end.
    sigaddset(&set, s);
  return set;
}

} // namespace

struct stop_signals::shared {
  std::mutex guard;
  std::condition_variable changed;
  bool stop = false, reload = false, ending = false;
  std::thread waiter;

  void watch() {
    const auto set = watched();
    for (;;) {
      int got = 0;
      if (sigwait(&set, &got) != 0)
        return;
      const std::lock_guard hold{guard};
      if (got == SIGUSR1 && ending)
        return;
      if (got == SIGUSR1) // A stray one must not make us deaf to the others.
        continue;
      if (got == SIGHUP)
        reload = true;
      else if (std::exchange(stop, true))
        ::_exit(128 + got); // The second one: at once. The journal is made for it.
      changed.notify_all();
    }
  }
};

stop_signals::stop_signals() : shared_(std::make_unique<shared>()) {
  const auto set = watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  shared_->waiter = std::thread([s = shared_.get()] { s->watch(); });
}

stop_signals::~stop_signals() {
  {
    const std::lock_guard hold{shared_->guard};
    shared_->ending = true;
  }
  pthread_kill(shared_->waiter.native_handle(), SIGUSR1);
  shared_->waiter.join();
}

void stop_signals::stop() {
  const std::lock_guard hold{shared_->guard};
  shared_->stop = true;
  shared_->changed.notify_all();
}

wish stop_signals::wait_for(std::chrono::milliseconds at_most) {
  auto& s = *shared_;
  std::unique_lock hold{s.guard};
  s.changed.wait_for(hold, at_most, [&] { return s.stop || s.reload; });
  if (s.stop)
    return wish::stop;
  return std::exchange(s.reload, false) ? wish::reload : wish::none;
}

} // namespace tributary
