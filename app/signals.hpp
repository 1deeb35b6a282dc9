// SIGINT and SIGTERM (and SIGHUP: the terminal went away) as an orderly stop; a second one stops at once.
#pragma once

#include <chrono>
#include <memory>

namespace tributary {

class stop_signals {
public:
  /// Blocks the signals in this thread and all that it starts from now on: make it first, in main().
  stop_signals();
  ~stop_signals();
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  /// Waits for the first signal, at most `at_most`. True: it came (now or before).
  bool wait_for(std::chrono::milliseconds at_most);

private:
  struct shared;
  std::unique_ptr<shared> shared_;
};

} // namespace tributary
