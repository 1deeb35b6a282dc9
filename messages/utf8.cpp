// Decodes one code point at a time; everything else is built on that.
#include "messages/utf8.hpp"

namespace tributary {

std::optional<code_point> first_code_point(std::string_view text) noexcept {
  if (text.empty())
    return std::nullopt;
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80)
    return code_point{lead, 1};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes)
    return std::nullopt;
  auto value = static_cast<char32_t>(lead & (0x7f >> bytes));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80)
      return std::nullopt;
    value = (value << 6) | (next & 0x3fu);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < least[bytes] || value > 0x10ffff || surrogate)
    return std::nullopt;
  return code_point{value, bytes};
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto next = first_code_point(text);
    if (!next)
      return false;
    text.remove_prefix(next->bytes);
  }
  return true;
}

std::string repaired_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto next = first_code_point(text);
    const auto bytes = next ? next->bytes : 1;
    out += next ? text.substr(0, bytes) : std::string_view{"\xef\xbf\xbd"};
    text.remove_prefix(bytes);
  }
  return out;
}

std::string plain_text_error(std::string_view text) {
  while (!text.empty()) {
    const auto next = first_code_point(text);
    if (!next)
      return "must be valid UTF-8";
    if (is_control(next->value))
      return "must not have control characters";
    text.remove_prefix(next->bytes);
  }
  return {};
}

} // namespace tributary
