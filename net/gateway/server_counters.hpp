// What the HTTP server counts. Written on its thread only, read by anybody.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tributary::gateway {

struct server_counters {
  static constexpr std::size_t statuses = 600;

  std::atomic<std::uint64_t> connections{0};                    ///< Now.
  std::atomic<std::uint64_t> streams{0};                        ///< Event streams, now.
  std::atomic<std::uint64_t> streams_cut{0};                    ///< Since their readers were too slow.
  std::atomic<std::uint64_t> refused{0};                        ///< Connections beyond the limit.
  std::array<std::atomic<std::uint64_t>, statuses> responses{}; ///< By status.

  void count_response(int status) {
    if (status >= 0 && static_cast<std::size_t>(status) < statuses)
      ++responses[static_cast<std::size_t>(status)];
  }
};

} // namespace tributary::gateway
