// What the kernel says of this process, for the metrics. Reads /proc (memory, no disk); what cannot be read
// is left empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tributary::gateway {

struct process_figures {
  std::optional<double> cpu_seconds, start_time_seconds; ///< start: UTC, since 1970.
  std::optional<std::uint64_t> resident_bytes, virtual_bytes, open_fds, max_fds;
};

[[nodiscard]] process_figures read_process_figures();

/// The start time of a process in clock ticks since boot: field 22 of its /proc/PID/stat (proc(5)). The
/// program's name, field 2, may hold spaces and parentheses.
[[nodiscard]] std::optional<std::uint64_t> start_ticks(std::string_view stat);

} // namespace tributary::gateway
