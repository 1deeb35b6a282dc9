// One write a line, mostly.
#include "app/stderr_sink.hpp"

#include <cerrno>
#include <string>
#include <string_view>
#include <unistd.h>

namespace tributary {

namespace {

constexpr std::string_view green = "\x1b[32m", yellow = "\x1b[33m", red = "\x1b[31m", plain = "\x1b[m";

std::string_view colour_of(spdlog::level::level_enum level) {
  return level >= spdlog::level::err ? red : level == spdlog::level::warn ? yellow : green;
}

/// What cannot be written is nobody's to be told.
void write_out(std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(STDERR_FILENO, text.data(), text.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

} // namespace

stderr_sink::stderr_sink() : colours_(::isatty(STDERR_FILENO) == 1) {}

void stderr_sink::sink_it_(const spdlog::details::log_msg& line) {
  spdlog::memory_buf_t formatted;
  formatter_->format(line, formatted);
  std::string text{formatted.data(), formatted.size()};
  if (colours_ && line.color_range_end > line.color_range_start) {
    text.insert(line.color_range_end, plain);
    text.insert(line.color_range_start, colour_of(line.level));
  }
  write_out(text);
}

} // namespace tributary
