// SIGINT and SIGTERM as an orderly stop, where a second one stops at once; SIGHUP as the wish to read the
// settings file again.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace tributary {

enum class wish : std::uint8_t { none, reload, stop };

class stop_signals {
public:
  /// Blocks the signals in this thread and all that it starts from now on: make it first, in main().
  stop_signals();
  ~stop_signals();
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  /// Waits for a signal, at most `at_most`. `stop` stays; any number of SIGHUPs is one `reload`.
  [[nodiscard]] wish wait_for(std::chrono::milliseconds at_most);

  /// As a first SIGTERM. Any thread; never blocks for long.
  void stop();

private:
  struct shared;
  std::unique_ptr<shared> shared_;
};

} // namespace tributary
