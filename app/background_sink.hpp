// Standard error may be a pipe that nobody reads, and writing to it then blocks for ever. So lines are handed
// to a thread of their own: who logs never waits.
#pragma once

#include <spdlog/sinks/sink.h>

#include <chrono>
#include <cstddef>
#include <memory>

namespace tributary {

/// Lines that wait to be written; beyond it the oldest are lost, and how many is said once there is room
/// again.
inline constexpr std::size_t log_lines_max = 4096;

/// A sink in front of another one. Any thread may log; only its own thread calls the inner sink.
class background_sink final : public spdlog::sinks::sink {
public:
  explicit background_sink(std::shared_ptr<spdlog::sinks::sink> inner, std::size_t lines_max = log_lines_max);
  /// Lets the thread go: it writes what waits and ends, or hangs where it hangs.
  ~background_sink() override;

  void log(const spdlog::details::log_msg& line) override;
  void flush() override {}
  void set_pattern(const std::string& pattern) override;
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override;

  /// Waits until all is written that was logged before; false: not within that time.
  bool drain(std::chrono::milliseconds at_most);

private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

} // namespace tributary
