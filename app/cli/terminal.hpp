// What can be shown where: is it a terminal, how wide, with colours? And text that is safe to show there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tributary::cli {

struct terminal {
  bool interactive = false; ///< A terminal that can move its cursor (TERM is not "dumb").
  bool colours = false;     ///< ... and NO_COLOR is not set.
  std::size_t columns = 80;
};

/// Of an open descriptor (1: standard output, 2: standard error), as it is now.
[[nodiscard]] terminal terminal_of(int descriptor);

/// The text on one line: control and bidirectional characters and broken UTF-8 become U+FFFD, so that no
/// remote name or message can move the cursor, hide or reorder what is shown.
[[nodiscard]] std::string shown(std::string_view text);

/// Columns that it takes in a terminal: wide East Asian characters and emoji take two, combining marks none.
[[nodiscard]] std::size_t cells(std::string_view text) noexcept;

/// At most `columns` wide; what is cut off leaves an ellipsis.
[[nodiscard]] std::string cut_to(std::string_view text, std::size_t columns);

} // namespace tributary::cli
