// A child process for end-to-end tests: started with its output read, ended by its id, never left behind.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace tributary::testing {

class process {
public:
  struct options {
    std::map<std::string, std::string> environment; ///< On top of ours.
    std::optional<int> inherit_fd;                  ///< Handed on as descriptor 3.
  };
  explicit process(std::vector<std::string> command);
  process(std::vector<std::string> command, options o);
  /// Kills it when it still runs.
  ~process();
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// Reads standard output until a line starts with `prefix`, and returns that line; empty when the output
  /// ends or the time is up first.
  std::optional<std::string> wait_for_line(const std::string& prefix, std::chrono::milliseconds at_most);

  void signal(int number) const;

  /// The exit status (128 + signal for a killed process), or nothing when it still runs after `at_most`.
  std::optional<int> wait(std::chrono::milliseconds at_most);

  /// SIGKILL for it and all that it started, and waits for its end.
  void kill();

  /// All of standard output and standard error that was read so far (call wait() first for the rest).
  [[nodiscard]] const std::string& output() const noexcept { return output_; }
  [[nodiscard]] const std::string& errors() const noexcept { return errors_; }

private:
  bool pump(std::chrono::steady_clock::time_point
                until); ///< Reads once; false: both pipes ended or the time is up.
  pid_t pid_ = -1;
  int out_ = -1, err_ = -1;
  std::optional<int> status_;
  std::string output_, errors_;
  std::size_t scanned_ = 0;
};

/// Asks `holds` again and again, 5 ms apart, until it is true. For what another process does: there is no
/// other way to wait for that. False: it was not true within `at_most`.
template <class Predicate>
bool eventually(std::chrono::milliseconds at_most, Predicate holds);

/// Lets 5 ms pass.
void let_others_work();

template <class Predicate>
bool eventually(std::chrono::milliseconds at_most, Predicate holds) {
  const auto end = std::chrono::steady_clock::now() + at_most;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end)
      return false;
    let_others_work();
  }
  return true;
}

} // namespace tributary::testing
