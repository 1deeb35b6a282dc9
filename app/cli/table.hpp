// A table for people: columns as wide as their widest cell, numbers to the right, colours where the terminal
// has them. Cells may hold anything a remote server said: they are made safe here.
#pragma once

#include "app/cli/terminal.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tributary::cli {

enum class tone : std::uint8_t { plain, good, bad, warning, faint };

struct cell {
  cell(std::string t, tone c = tone::plain) : text(std::move(t)), colour(c) {}
  cell(const char* t) : text(t) {}
  std::string text;
  tone colour = tone::plain;
};

/// The text in that colour, where the terminal has colours.
[[nodiscard]] std::string painted(std::string_view text, tone colour, const terminal& on);

class table {
public:
  /// Heads of the columns; one that begins with '>' is set to the right (and shown without it).
  explicit table(std::vector<std::string> heads);

  /// @pre as many cells as columns.
  void add(std::vector<cell> row);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }

  /// Lines, each ending with a newline. On an interactive terminal the last column is cut to what fits.
  [[nodiscard]] std::string text(const terminal& on) const;

private:
  std::vector<std::string> heads_;
  std::vector<bool> to_the_right_;
  std::vector<std::vector<cell>> rows_;
};

} // namespace tributary::cli
