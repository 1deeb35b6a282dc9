// URLs are taken apart by uriparser (RFC 3986); the rules about them are here.
#include "messages/resource_url.hpp"

#include "messages/output_name.hpp"

#include <uriparser/Uri.h>

#include <algorithm>
#include <charconv>

namespace tributary {

namespace {

/// A parsed URL; points into the text that it was made from.
class parsed_url {
public:
  explicit parsed_url(const std::string& text)
      : ok_(uriParseSingleUriExA(&uri_, text.data(), text.data() + text.size(), nullptr) == URI_SUCCESS) {}
  ~parsed_url() {
    if (ok_)
      uriFreeUriMembersA(&uri_);
  }
  parsed_url(const parsed_url&) = delete;
  parsed_url& operator=(const parsed_url&) = delete;

  explicit operator bool() const noexcept { return ok_; }
  [[nodiscard]] std::string_view scheme() const { return text(uri_.scheme); }
  [[nodiscard]] std::string_view host() const { return text(uri_.hostText); }
  [[nodiscard]] std::string_view port() const { return text(uri_.portText); }
  [[nodiscard]] bool has_user_info() const { return uri_.userInfo.first != nullptr; }
  [[nodiscard]] std::string_view last_segment() const {
    return uri_.pathTail ? text(uri_.pathTail->text) : std::string_view{};
  }

private:
  static std::string_view text(const UriTextRangeA& range) {
    return range.first
               ? std::string_view{range.first, static_cast<std::size_t>(range.afterLast - range.first)}
               : std::string_view{};
  }
  UriUriA uri_{};
  bool ok_;
};

std::string lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(
      out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool is_port(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= 1 && value <= 65535;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const auto* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

} // namespace

std::string resource_url_error(const std::string& url) {
  if (url.size() > url_bytes_max)
    return "must not be longer than " + std::to_string(url_bytes_max) + " bytes";
  const parsed_url parsed{url};
  if (!parsed)
    return "is not a valid URL; percent-encode what RFC 3986 does not allow";
  const auto scheme = lower(parsed.scheme());
  if (scheme.empty())
    return "must be absolute, beginning with http:// or https://";
  if (scheme != "http" && scheme != "https")
    return scheme + " is not supported; use http or https";
  if (parsed.host().empty())
    return "has no host name";
  if (parsed.has_user_info())
    return "must not carry a user name or password; use a provider with custom_headers";
  if (!parsed.port().empty() && !is_port(parsed.port()))
    return "has a port outside 1-65535";
  return {};
}

bool has_dot_segments(std::string_view url) {
  const auto path = percent_decoded(url.substr(0, url.find_first_of("?#")));
  for (std::string_view rest = path; !rest.empty();) {
    const auto end = std::min(rest.find_first_of("/\\"), rest.size());
    auto segment = rest.substr(0, end);
    segment = segment.substr(0, segment.find(';'));
    if (segment == "." || segment == "..")
      return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

std::string suggested_name_of_url(const std::string& url) {
  const parsed_url parsed{url};
  auto name = percent_decoded(parsed.last_segment());
  std::ranges::replace(name, '/', '_'); // A decoded %2F belongs to the name, it does not divide it.
  return suggested_name(name);
}

} // namespace tributary
