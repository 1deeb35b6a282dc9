#include "net/gateway/process_figures.hpp"

#include "net/gateway/numbers.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace tributary::gateway {

namespace {

/// Words of a text that are separated by single spaces.
std::string_view word(std::string_view text, std::size_t index) {
  for (; index > 0; --index) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos)
      return {};
    text.remove_prefix(space + 1);
  }
  return text.substr(0, text.find_first_of(" \n"));
}

std::string read_all(const char* path) {
  std::ifstream in{path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::optional<double> boot_time_seconds() {
  const auto stat = read_all("/proc/stat");
  constexpr std::string_view key = "\nbtime ";
  const auto at = stat.find(key);
  if (at == std::string::npos)
    return std::nullopt;
  return number_from<double>(word(std::string_view{stat}.substr(at + key.size()), 0));
}

std::optional<std::uint64_t> count_fds() {
  std::error_code why;
  std::filesystem::directory_iterator at{"/proc/self/fd", why};
  if (why)
    return std::nullopt;
  std::uint64_t n = 0;
  for (; at != std::filesystem::directory_iterator{} && !why; at.increment(why))
    ++n;
  return n > 0 ? n - 1 : n; // One of them looks at the folder.
}

double seconds_of(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

} // namespace

std::optional<std::uint64_t> start_ticks(std::string_view stat) {
  const auto name_end = stat.rfind(')');
  if (name_end == std::string_view::npos)
    return std::nullopt;
  constexpr std::size_t words_after_name = 20; // Field 22, where ")" ends field 2 and a space follows.
  return number_from<std::uint64_t>(word(stat.substr(name_end + 1), words_after_name));
}

process_figures read_process_figures() {
  process_figures f;
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0)
    f.cpu_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
  const auto ticks = start_ticks(read_all("/proc/self/stat"));
  const auto boot = boot_time_seconds();
  if (ticks && boot)
    f.start_time_seconds = *boot + static_cast<double>(*ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto statm = read_all("/proc/self/statm");
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  if (const auto pages = number_from<std::uint64_t>(word(statm, 0)))
    f.virtual_bytes = *pages * page_bytes;
  if (const auto pages = number_from<std::uint64_t>(word(statm, 1)))
    f.resident_bytes = *pages * page_bytes;
  f.open_fds = count_fds();
  if (rlimit limit{}; ::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    f.max_fds = limit.rlim_cur;
  return f;
}

} // namespace tributary::gateway
