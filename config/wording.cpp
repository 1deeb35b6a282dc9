#include "config/wording.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <vector>

namespace tributary {
namespace {

/// Typing errors between two names: a letter too many, too few, wrong, or two swapped (restricted
/// Damerau-Levenshtein).
std::size_t typing_errors(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

/// Length of the well-formed UTF-8 sequence that `text` begins with; 0: none.
std::size_t utf8_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length > text.size())
    return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0u) != 0x80)
      return 0;
  return length;
}

/// Of one well-formed sequence; the C1 controls (U+0080 to U+009F) have two bytes.
bool steers_terminal(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  return byte(0) < ' ' || byte(0) == 0x7F || (byte(0) == 0xC2 && byte(1) < 0xA0);
}

/// Takes the first character off the text and returns it as it may be shown.
std::string_view take_printable(std::string_view& text) {
  const auto length = utf8_length(text);
  const auto taken = text.substr(0, std::max<std::size_t>(length, 1));
  text.remove_prefix(taken.size());
  return length == 0 || steers_terminal(taken) ? "?" : taken;
}

constexpr std::size_t quoted_max = 64;
constexpr std::size_t short_name = 5; ///< Up to this length two errors could turn a name into any other.

} // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty())
    out += take_printable(text);
  return out;
}

std::string quoted(std::string_view text) {
  std::string out = "`";
  while (!text.empty()) {
    const auto before = text.size();
    const auto next = take_printable(text);
    if (out.size() + (before - text.size()) > quoted_max + 1) {
      out += "...";
      break;
    }
    out += next;
  }
  return out + '`';
}

std::string_view kind_of(const boost::json::value& v) noexcept {
  switch (v.kind()) {
  case boost::json::kind::null:
    return "null";
  case boost::json::kind::bool_:
    return v.get_bool() ? "true" : "false";
  case boost::json::kind::int64:
  case boost::json::kind::uint64:
    return "a whole number";
  case boost::json::kind::double_:
    return "a number";
  case boost::json::kind::string:
    return "a string";
  case boost::json::kind::array:
    return "an array";
  case boost::json::kind::object:
    return "an object";
  }
  std::abort(); // All kinds are named above.
}

std::string number_text(double x) {
  std::array<char, 32> out{};
  const auto size = std::abs(x);
  const bool everyday = size == 0 || (size >= 1e-4 && size < 1e15);
  const auto format = everyday ? std::chars_format::fixed : std::chars_format::general;
  const auto [end, error] = std::to_chars(out.data(), out.data() + out.size(), x, format);
  return error == std::errc{} ? std::string(out.data(), end) : std::string{};
}

std::string pointer_to(std::string_view pointer, std::string_view token) {
  std::string out{pointer};
  out += '/';
  for (const char c : token) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

std::string pointer_token(std::string_view escaped) {
  std::string out;
  for (std::size_t i = 0; i < escaped.size(); ++i)
    if (escaped[i] == '~' && i + 1 < escaped.size())
      out += escaped[++i] == '1' ? '/' : '~';
    else
      out += escaped[i];
  return out;
}

std::string_view nearest(std::string_view name, std::span<const std::string_view> known) {
  std::string_view best;
  auto fewest = name.size() <= short_name ? std::size_t{2} : std::size_t{3};
  for (const auto candidate : known) {
    const auto gap =
        candidate.size() > name.size() ? candidate.size() - name.size() : name.size() - candidate.size();
    if (gap >= fewest)
      continue;
    if (const auto errors = typing_errors(name, candidate); errors < fewest) {
      fewest = errors;
      best = candidate;
    }
  }
  if (!best.empty())
    return best;
  for (const auto candidate : known) // The shortest that goes on with a unit.
    if (candidate.starts_with(name) && candidate.substr(name.size()).starts_with('_') &&
        (best.empty() || candidate.size() < best.size()))
      best = candidate;
  return best;
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> known) {
  const auto best = nearest(name, known);
  return best.empty() ? std::string{} : ", did you mean `" + std::string{best} + "`?";
}

} // namespace tributary
