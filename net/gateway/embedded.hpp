// Text files of the source tree that are built into the program (cmake/embed.cmake):
// net/gateway/CMakeLists.txt lists them.
#pragma once

#include <span>
#include <string_view>

namespace tributary::gateway {

struct embedded_file {
  std::string_view name; ///< Its path below net/gateway.
  std::string_view text;
};

/// All of them, in the order of that list. They live as long as the program.
[[nodiscard]] std::span<const embedded_file> embedded_files() noexcept;

} // namespace tributary::gateway
