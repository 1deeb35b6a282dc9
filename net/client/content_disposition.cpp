// The file name that a server proposes, made harmless.
#include "net/client/header_values.hpp"

#include <algorithm>

namespace tributary::client {
namespace {

constexpr std::size_t name_bytes_max = 255;

/// One code point of UTF-8 at `at`, which moves past it; nothing when the bytes are not UTF-8.
std::optional<char32_t> take_code_point(std::string_view text, std::size_t& at) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  char32_t c = byte(at);
  std::size_t more = c < 0x80                ? 0
                     : c >= 0xC2 && c < 0xE0 ? 1
                     : c >= 0xE0 && c < 0xF0 ? 2
                     : c >= 0xF0 && c < 0xF5 ? 3
                                             : 9;
  if (more == 9 || at + more >= text.size())
    return std::nullopt;
  if (more > 0)
    c &= 0x3Fu >> more;
  for (std::size_t i = 1; i <= more; ++i) {
    if ((byte(at + i) & 0xC0u) != 0x80u)
      return std::nullopt;
    c = (c << 6u) | (byte(at + i) & 0x3Fu);
  }
  auto overlong = (more == 2 && c < 0x800) || (more == 3 && c < 0x10000);
  if (overlong || (c >= 0xD800 && c < 0xE000) || c > 0x10FFFF)
    return std::nullopt;
  at += more + 1;
  return c;
}

/// Control characters, and those that turn the direction of what is displayed.
bool is_harmful(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

std::string sanitise(std::string_view name) {
  if (auto slash = name.find_last_of("/\\"); slash != std::string_view::npos)
    name.remove_prefix(slash + 1);
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    auto begin = at;
    auto c = take_code_point(name, at);
    if (!c)
      return {};
    if (is_harmful(*c) || (out.empty() && (*c == '.' || *c == ' ')))
      continue;
    if (out.size() + at - begin > name_bytes_max)
      break;
    out += name.substr(begin, at - begin);
  }
  while (out.ends_with(' '))
    out.pop_back();
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  auto low = c | 0x20;
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/// "UTF-8''na%C3%AFve.txt" (RFC 8187); other character sets are not understood.
std::string decode_extended(std::string_view value) {
  constexpr std::string_view charset = "utf-8'";
  auto is_charset = std::ranges::equal(
      value.substr(0, charset.size()), charset, [](char a, char b) { return (a | 0x20) == (b | 0x20); });
  auto language_end = is_charset ? value.find('\'', charset.size()) : std::string_view::npos;
  if (language_end == std::string_view::npos)
    return {};
  std::string out;
  for (auto i = language_end + 1; i < value.size(); ++i) {
    if (value[i] != '%') {
      out += value[i];
      continue;
    }
    auto high = i + 2 < value.size() ? hex_value(value[i + 1]) : -1;
    auto low = i + 2 < value.size() ? hex_value(value[i + 2]) : -1;
    if (high < 0 || low < 0)
      return {};
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t'))
    text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t'))
    text.remove_suffix(1);
  return text;
}

/// The value of one parameter, quotes and escapes taken off; `text` moves past it and its ';'.
std::string take_value(std::string_view& text) {
  std::string out;
  auto quoted = text.starts_with('"');
  std::size_t i = quoted ? 1 : 0;
  for (; i < text.size() && text[i] != (quoted ? '"' : ';'); ++i) {
    if (quoted && text[i] == '\\' && i + 1 < text.size())
      ++i;
    out += text[i];
  }
  auto end = text.find(';', std::min(i, text.size()));
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return quoted ? out : std::string(trim(out));
}

} // namespace

std::string file_name_from_disposition(std::string_view value) {
  std::string plain, extended;
  auto semicolon = value.find(';');
  value.remove_prefix(semicolon == std::string_view::npos ? value.size() : semicolon + 1);
  while (!value.empty()) {
    auto equals = value.find_first_of("=;");
    if (equals == std::string_view::npos)
      break;
    auto name = std::string(trim(value.substr(0, equals)));
    std::ranges::transform(
        name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    auto has_value = value[equals] == '=';
    value.remove_prefix(equals + 1);
    if (!has_value)
      continue;
    value = value.substr(std::min(value.find_first_not_of(" \t"), value.size()));
    auto text = take_value(value);
    if (name == "filename")
      plain = text;
    else if (name == "filename*")
      extended = decode_extended(text);
  }
  auto out = sanitise(extended);
  return out.empty() ? sanitise(plain) : out;
}

} // namespace tributary::client
