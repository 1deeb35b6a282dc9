// Parses request targets (RFC 9112 section 3.2).
#include "net/gateway/target.hpp"

#include <charconv>

namespace tributary::gateway {

namespace {

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      unsigned char byte = 0;
      const auto hex = text.substr(i + 1, 2);
      const auto [end, why] = std::from_chars(hex.data(), hex.data() + hex.size(), byte, 16);
      if (hex.size() != 2 || why != std::errc{} || end != hex.data() + 2 || byte == 0)
        return std::nullopt;
      out += static_cast<char>(byte);
      i += 2;
    }
  }
  return out;
}

/// Cuts the text before the first `separator` off the front.
std::string_view take_until(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  const auto taken = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  return taken;
}

} // namespace

std::optional<target_parts> split_target(std::string_view target) {
  target_parts parts;
  constexpr std::string_view scheme = "http://";
  if (target.starts_with(scheme)) {
    target.remove_prefix(scheme.size());
    const auto end = target.find_first_of("/?");
    parts.authority = target.substr(0, end);
    target = end == std::string_view::npos ? "/" : target.substr(end);
    if (parts.authority.empty())
      return std::nullopt;
  }
  auto path = take_until(target, '?');
  parts.query = target;
  if (path.empty() && !parts.authority.empty())
    path = "/"; // http://host?query
  if (!path.starts_with('/'))
    return std::nullopt;
  path.remove_prefix(1);
  while (true) {
    const bool last = path.find('/') == std::string_view::npos;
    auto segment = percent_decode(take_until(path, '/'), false);
    if (!segment)
      return std::nullopt;
    parts.segments.push_back(std::move(*segment));
    if (last)
      return parts;
  }
}

std::optional<query_params> parse_query(std::string_view query) {
  query_params params;
  while (!query.empty()) {
    auto value = take_until(query, '&');
    if (value.empty())
      continue; // "a=1&&b=2"
    const auto name = percent_decode(take_until(value, '='), true);
    const auto decoded = percent_decode(value, true);
    if (!name || !decoded)
      return std::nullopt;
    params.emplace_back(*name, *decoded);
  }
  return params;
}

} // namespace tributary::gateway
