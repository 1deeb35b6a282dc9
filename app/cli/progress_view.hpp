// What `get` shows while it works: bars that are drawn over and over on a terminal, one line a finished job
// elsewhere, or nothing. Text only: who draws it, and when, is get's business.
#pragma once

#include "app/cli/job_service.hpp"
#include "app/cli/terminal.hpp"

#include <span>
#include <string>

namespace tributary::cli {

struct get_totals {
  std::size_t jobs = 0, succeeded = 0, failed = 0;
  std::uint64_t bytes = 0; ///< Of finished jobs.

  [[nodiscard]] std::size_t ended() const noexcept { return succeeded + failed; }
};

/// One running job: name, bar, share, size, speed, time left, provider, failovers; cut to the terminal.
[[nodiscard]] std::string job_line(const job_status& job, const terminal& on);

/// One finished job: "name  4.0 MiB from nas", or why not.
[[nodiscard]] std::string end_line(const job_status& job, const terminal& on);

/// All of it: "12 of 40 done, 1 failed, 3.2 GiB at 80.1 MiB/s".
[[nodiscard]] std::string
total_line(const get_totals& totals, std::span<const job_status> running, double seconds, const terminal& on);

/// Bars that replace each other: remembers how many lines stand there.
class bar_painter {
public:
  /// Text that wipes the lines drawn last and draws these; `above` stays for good.
  [[nodiscard]] std::string redraw(const std::string& above, const std::vector<std::string>& lines);

private:
  std::size_t drawn_ = 0;
};

} // namespace tributary::cli
