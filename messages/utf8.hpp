// UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing above U+10FFFF. What comes from outside
// passes here before it becomes a file name or JSON.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tributary {

struct code_point {
  char32_t value = 0;
  std::size_t bytes = 0; ///< That it takes in the text, 1-4.
};

/// The first code point of `text`; nothing when the text is empty or begins with an invalid sequence.
[[nodiscard]] std::optional<code_point> first_code_point(std::string_view text) noexcept;

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// The text with each invalid byte replaced by U+FFFD; valid text comes back unchanged.
[[nodiscard]] std::string repaired_utf8(std::string_view text);

/// C0 and C1 controls and DEL.
[[nodiscard]] constexpr bool is_control(char32_t c) noexcept {
  return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/// Why the text cannot be shown as it is ("must ..."), "" when it can: invalid UTF-8, or a control character.
[[nodiscard]] std::string plain_text_error(std::string_view text);

/// Marks that change the order in which a name is shown, so that it reads as another one.
[[nodiscard]] constexpr bool is_bidirectional_control(char32_t c) noexcept {
  return c == 0x200e || c == 0x200f || c == 0x061c || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

} // namespace tributary
