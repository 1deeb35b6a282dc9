#include "app/cli/terminal.hpp"

#include "messages/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace tributary::cli {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd", ellipsis = "\xe2\x80\xa6";

struct block {
  char32_t first, last;
};

/// Unicode's blocks of wide characters (East Asian Width W and F, emoji), coarsely.
constexpr std::array wide_blocks{
    block{0x1100, 0x115f},   block{0x2e80, 0x303e},   block{0x3041, 0x33ff}, block{0x3400, 0x4dbf},
    block{0x4e00, 0x9fff},   block{0xa000, 0xa4cf},   block{0xac00, 0xd7a3}, block{0xf900, 0xfaff},
    block{0xfe30, 0xfe4f},   block{0xff00, 0xff60},   block{0xffe0, 0xffe6}, block{0x1f300, 0x1f64f},
    block{0x1f900, 0x1f9ff}, block{0x20000, 0x3fffd},
};

/// Combining marks, joiners and variation selectors.
constexpr std::array narrow_blocks{
    block{0x0300, 0x036f}, block{0x1ab0, 0x1aff}, block{0x1dc0, 0x1dff}, block{0x200b, 0x200d},
    block{0x20d0, 0x20ff}, block{0xfe00, 0xfe0f}, block{0xfe20, 0xfe2f},
};

template <class Blocks>
bool within(const Blocks& blocks, char32_t c) {
  return std::ranges::any_of(blocks, [c](block b) { return c >= b.first && c <= b.last; });
}

std::size_t width_of(char32_t c) {
  return within(narrow_blocks, c) ? 0 : within(wide_blocks, c) ? 2 : 1;
}

} // namespace

terminal terminal_of(int descriptor) {
  terminal t;
  const char* kind = std::getenv("TERM");
  t.interactive = ::isatty(descriptor) == 1 && kind && *kind && std::string_view{kind} != "dumb";
  const char* plain = std::getenv("NO_COLOR");
  t.colours = t.interactive && !(plain && *plain);
  winsize size{};
  if (t.interactive && ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    t.columns = size.ws_col;
  return t;
}

std::string shown(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto next = first_code_point(text);
    const auto bytes = next ? next->bytes : 1;
    const bool fine = next && !is_control(next->value) && !is_bidirectional_control(next->value);
    out += fine ? text.substr(0, bytes) : replacement;
    text.remove_prefix(bytes);
  }
  return out;
}

std::size_t cells(std::string_view text) noexcept {
  std::size_t sum = 0;
  while (!text.empty()) {
    const auto next = first_code_point(text);
    sum += next ? width_of(next->value) : 1;
    text.remove_prefix(next ? next->bytes : 1);
  }
  return sum;
}

std::string cut_to(std::string_view text, std::size_t columns) {
  if (cells(text) <= columns)
    return std::string{text};
  std::size_t bytes = 0, used = 1; // The ellipsis takes one.
  while (columns > 0) {
    const auto next = first_code_point(text.substr(bytes));
    const auto width = next ? width_of(next->value) : 1;
    if (used + width > columns)
      break;
    used += width;
    bytes += next ? next->bytes : 1;
  }
  return std::string{text.substr(0, bytes)} + std::string{columns > 0 ? ellipsis : std::string_view{}};
}

} // namespace tributary::cli
