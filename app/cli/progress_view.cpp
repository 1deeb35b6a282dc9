#include "app/cli/progress_view.hpp"

#include "app/cli/table.hpp"
#include "app/cli/wording.hpp"

#include <algorithm>

namespace tributary::cli {

namespace {

constexpr std::size_t bar_columns = 20, name_columns_max = 40, name_columns_min = 12;

/// Space and cut, so that what follows stands in its column.
std::string fitted(const std::string& text, std::size_t columns) {
  auto out = cut_to(text, columns);
  out.append(columns - std::min(columns, cells(out)), ' ');
  return out;
}

std::string right(const std::string& text, std::size_t columns) {
  return std::string(columns - std::min(columns, cells(text)), ' ') + text;
}

std::string bar(std::optional<double> share) {
  const auto full = static_cast<std::size_t>(std::clamp(share.value_or(0), 0.0, 1.0) * bar_columns);
  return "[" + std::string(full, '#') + std::string(bar_columns - full, share ? '.' : ' ') + "]";
}

std::string failovers_of(const job_status& job) {
  const auto n = job.providers_tried > 0 ? job.providers_tried - 1 : 0;
  return n == 0 ? "" : ", " + std::to_string(n) + (n == 1 ? " failover" : " failovers");
}

} // namespace

std::string job_line(const job_status& job, const terminal& on) {
  std::optional<double> share;
  if (job.size && *job.size > 0)
    share = static_cast<double>(job.bytes_done) / static_cast<double>(*job.size);
  const auto name_columns = std::clamp(on.columns / 3, name_columns_min, name_columns_max);
  auto line = fitted(shown(job.output), name_columns) + " " + bar(share) + " " +
              right(share ? number_text(std::min(*share, 1.0) * 100, 0) + "%" : "", 4) + " " +
              right(bytes_text(job.bytes_done), 10) + " " + right(speed_text(job.rate_mbps), 12) + " " +
              right(duration_text(job.eta_seconds), 6);
  if (!job.provider.empty())
    line += "  " + shown(job.provider);
  return cut_to(line + failovers_of(job), on.columns - 1); // The last column would wrap.
}

std::string end_line(const job_status& job, const terminal& on) {
  const auto name = shown(job.output);
  if (job.state == job_state::succeeded)
    return painted("done", tone::good, on) + "    " + name + "  " + bytes_text(job.bytes_done) +
           (job.provider.empty() ? "" : " from " + shown(job.provider)) + failovers_of(job);
  const std::string what{job.state == job_state::cancelled ? "gone   " : "failed "};
  return painted(what, tone::bad, on) + " " + name + (job.error.empty() ? "" : ": " + shown(job.error));
}

std::string total_line(
    const get_totals& totals, std::span<const job_status> running, double seconds, const terminal& on) {
  auto bytes = totals.bytes;
  double mbps = 0;
  for (const auto& job : running) {
    bytes += job.bytes_done;
    mbps += job.rate_mbps.value_or(0);
  }
  auto line = std::to_string(totals.succeeded) + " of " + std::to_string(totals.jobs) + " done";
  if (totals.failed > 0)
    line += ", " + painted(std::to_string(totals.failed) + " failed", tone::bad, on);
  line += ", " + bytes_text(bytes);
  if (!running.empty())
    line += " at " + speed_text(mbps);
  return line + ", " + duration_text(seconds);
}

std::string bar_painter::redraw(const std::string& above, const std::vector<std::string>& lines) {
  std::string out;
  if (drawn_ > 0)
    out += "\x1b[" + std::to_string(drawn_) + "A";
  out += "\r\x1b[J" + above;
  for (const auto& line : lines)
    out += line + "\n";
  drawn_ = lines.size();
  return out;
}

} // namespace tributary::cli
