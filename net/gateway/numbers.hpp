// Whole numbers in paths and queries.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace tributary::gateway {

/// The text as a decimal number, all of it; nothing when it is none or too large.
template <class Number>
[[nodiscard]] std::optional<Number> number_from(std::string_view text) {
  Number n = 0;
  const auto [end, why] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (why != std::errc{} || end != text.data() + text.size() || text.empty())
    return std::nullopt;
  return n;
}

} // namespace tributary::gateway
