// The two clocks of the engine. Policies never read either: the time comes in as an argument.
#pragma once

#include <chrono>

namespace tributary {

/// Monotonic time: windows, timeouts, measured durations. Means nothing outside this process.
using steady_time = std::chrono::steady_clock::time_point;

/// UTC with milliseconds: all that is stored, shown or survives a restart.
using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

} // namespace tributary
