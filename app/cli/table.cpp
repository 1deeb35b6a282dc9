#include "app/cli/table.hpp"

#include <algorithm>
#include <cassert>

namespace tributary::cli {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t last_column_min = 8; ///< Less is of no use: then the line may wrap.

std::string_view escape_of(tone t) {
  switch (t) {
  case tone::good:
    return "\x1b[32m";
  case tone::bad:
    return "\x1b[31m";
  case tone::warning:
    return "\x1b[33m";
  case tone::faint:
    return "\x1b[2m";
  case tone::plain:
    break;
  }
  return {};
}

} // namespace

std::string painted(std::string_view text, tone colour, const terminal& on) {
  const auto escape = escape_of(colour);
  if (!on.colours || escape.empty() || text.empty())
    return std::string{text};
  return std::string{escape}.append(text).append("\x1b[0m");
}

table::table(std::vector<std::string> heads) : heads_(std::move(heads)) {
  for (auto& head : heads_) {
    to_the_right_.push_back(head.starts_with('>'));
    if (to_the_right_.back())
      head.erase(0, 1);
  }
}

void table::add(std::vector<cell> row) {
  assert(row.size() == heads_.size());
  for (auto& c : row)
    c.text = shown(c.text.empty() ? "-" : c.text);
  rows_.push_back(std::move(row));
}

std::string table::text(const terminal& on) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    widths.push_back(cells(heads_[i]));
    for (const auto& row : rows_)
      widths[i] = std::max(widths[i], cells(row[i].text));
  }
  std::size_t before_last = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i)
    before_last += widths[i] + gap;
  const auto room = on.interactive && on.columns >= before_last + last_column_min ? on.columns - before_last
                                                                                  : std::string::npos;
  std::string out;
  const auto add_line = [&](const std::vector<cell>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool last = i + 1 == row.size();
      const auto text = last ? cut_to(row[i].text, room) : row[i].text;
      const auto padding = widths[i] - std::min(widths[i], cells(text));
      if (to_the_right_[i])
        out.append(padding, ' ');
      out += painted(text, row[i].colour, on);
      if (!last)
        out.append((to_the_right_[i] ? 0 : padding) + gap, ' ');
    }
    out += '\n';
  };
  std::vector<cell> head;
  for (const auto& h : heads_)
    head.emplace_back(h, tone::faint);
  add_line(head);
  for (const auto& row : rows_)
    add_line(row);
  return out;
}

} // namespace tributary::cli
