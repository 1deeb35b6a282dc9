#include "app/signals.hpp"

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <unistd.h>

namespace tributary {

namespace {

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  for (int s : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) // SIGUSR1 only wakes our own thread to end it.
    sigaddset(&set, s);
  return set;
}

} // namespace

struct stop_signals::shared {
  std::mutex guard;
  std::condition_variable changed;
  bool asked = false;
  std::thread waiter;

  void watch() {
    const auto set = watched();
    for (;;) {
      int got = 0;
      if (sigwait(&set, &got) != 0 || got == SIGUSR1)
        return;
      const std::lock_guard hold{guard};
      if (asked)
        ::_exit(128 + got); // The second one: at once. The journal is made for it.
      asked = true;
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
  pthread_kill(shared_->waiter.native_handle(), SIGUSR1);
  shared_->waiter.join();
}

bool stop_signals::wait_for(std::chrono::milliseconds at_most) {
  std::unique_lock hold{shared_->guard};
  return shared_->changed.wait_for(hold, at_most, [this] { return shared_->asked; });
}

} // namespace tributary
