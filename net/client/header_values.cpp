// Parsing of single header values. A value that is not understood is as good as absent.
#include "net/client/header_values.hpp"

#include "net/client/sha256.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <vector>

namespace tributary::client {
namespace {

using namespace std::chrono_literals;

constexpr seconds retry_after_max = std::chrono::weeks{1};

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

/// The part before `separator`, which is taken off `text` along with it.
std::string_view take_until(std::string_view& text, char separator) {
  auto end = text.find(separator);
  auto out = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return out;
}

std::optional<unsigned> month_of(std::string_view name) {
  constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto found = std::ranges::find(names, name);
  if (found == names.end())
    return std::nullopt;
  return static_cast<unsigned>(found - names.begin()) + 1;
}

struct civil_time {
  std::optional<std::uint64_t> year, day, hour, minute, second;
  std::optional<unsigned> month;

  void set_clock(std::string_view text) { // "08:49:37"
    hour = parse_decimal(take_until(text, ':'));
    minute = parse_decimal(take_until(text, ':'));
    second = parse_decimal(text);
  }

  [[nodiscard]] std::optional<wall_time> at() const {
    if (!year || !month || !day || !hour || !minute || !second || *year > 9999 || *hour > 23 ||
        *minute > 59 || *second > 60 || *day > 31)
      return std::nullopt;
    std::chrono::year_month_day date{
        std::chrono::year{static_cast<int>(*year)}, std::chrono::month{*month},
        std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok())
      return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second);
  }
};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty() && out.size() < 8)
    if (auto word = take_until(text, ' '); !word.empty())
      out.push_back(word);
  return out;
}

/// A two-digit year is in this century unless that is more than 50 years ahead.
std::optional<std::uint64_t> widen_year(std::optional<std::uint64_t> year, wall_time now) {
  if (!year || *year > 99)
    return std::nullopt;
  auto present = static_cast<std::uint64_t>(
      static_cast<int>(std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(now)}.year()));
  auto wide = present / 100 * 100 + *year;
  return wide > present + 50 ? wide - 100 : wide;
}

/// Lower-case hex of a base64 text that holds exactly 32 bytes, else "".
std::string hex_of_base64(std::string_view text) {
  std::array<unsigned char, 33> out{};
  if (text.size() != 44 || !text.ends_with('=') || text.find('=') != 43)
    return {};
  if (EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()), 44) != 33)
    return {};
  return to_hex(std::as_bytes(std::span(out).first(32)));
}

} // namespace

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t out = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || failed != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return out;
}

std::optional<content_range> parse_content_range(std::string_view value) {
  if (value.size() < 6 || !same_word(value.substr(0, 5), "bytes") || value[5] != ' ')
    return std::nullopt;
  auto rest = trim(value.substr(6));
  auto range = take_until(rest, '/');
  content_range out;
  if (rest != "*") {
    out.size = parse_decimal(rest);
    if (!out.size)
      return std::nullopt;
  }
  if (range == "*")
    return out.size ? std::optional(out) : std::nullopt;
  out.first = parse_decimal(take_until(range, '-'));
  out.last = parse_decimal(range);
  if (!out.first || !out.last || *out.last < *out.first || (out.size && *out.last >= *out.size))
    return std::nullopt;
  return out;
}

std::optional<wall_time> parse_http_date(std::string_view value, wall_time now) {
  auto words = words_of(value);
  civil_time t;
  if (words.size() == 6 && words[0].ends_with(',')) { // Sun, 06 Nov 1994 08:49:37 GMT
    t.day = parse_decimal(words[1]);
    t.month = month_of(words[2]);
    t.year = parse_decimal(words[3]);
    t.set_clock(words[4]);
    return words[5] == "GMT" ? t.at() : std::nullopt;
  }
  if (words.size() == 4 && words[0].ends_with(',')) { // Sunday, 06-Nov-94 08:49:37 GMT
    auto date = words[1];
    t.day = parse_decimal(take_until(date, '-'));
    t.month = month_of(take_until(date, '-'));
    t.year = widen_year(parse_decimal(date), now);
    t.set_clock(words[2]);
    return words[3] == "GMT" ? t.at() : std::nullopt;
  }
  if (words.size() == 5) { // Sun Nov  6 08:49:37 1994
    t.month = month_of(words[1]);
    t.day = parse_decimal(words[2]);
    t.set_clock(words[3]);
    t.year = parse_decimal(words[4]);
    return t.at();
  }
  return std::nullopt;
}

std::optional<seconds> parse_retry_after(std::string_view value, wall_time now) {
  if (!value.empty() && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; })) {
    auto number = parse_decimal(value).value_or(UINT64_MAX); // More digits than fit: long.
    return seconds(std::min<std::uint64_t>(number, static_cast<std::uint64_t>(retry_after_max.count())));
  }
  auto date = parse_http_date(value, now);
  if (!date)
    return std::nullopt;
  return std::clamp(std::chrono::ceil<seconds>(*date - now), 0s, retry_after_max);
}

std::string strong_etag(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.find('"', 1) != value.size() - 1)
    return {};
  return std::string(value);
}

std::string sha256_from_digest_field(std::string_view value) {
  while (!value.empty()) {
    auto member = trim(take_until(value, ','));
    if (!same_word(take_until(member, '='), "sha-256"))
      continue;
    member = trim(member.substr(0, member.find(';')));
    if (member.size() >= 2 && member.front() == ':' && member.back() == ':')
      member = member.substr(1, member.size() - 2);
    if (auto hex = hex_of_base64(member); !hex.empty())
      return "sha-256=" + hex;
  }
  return {};
}

} // namespace tributary::client
