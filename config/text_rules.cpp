#include "config/text_rules.hpp"

#include "config/secrets.hpp"
#include "config/settings_json.hpp"
#include "config/wording.hpp"

#include <uriparser/Uri.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>

namespace tributary {
namespace {

constexpr std::size_t provider_name_max = 63, url_max = 2048, path_max = 4096, label_max = 255;
constexpr std::size_t entry_name_max = 128, entry_value_max = 4096;

constexpr std::array<std::string_view, 10> reserved_names{
    "available", "best", "config", "export", "failover", "global", "health", "history", "import", "rollback"};

/// Framing, connection and range headers, and those that decide which bytes come: the engine's own business.
constexpr std::array<std::string_view, 24> engine_headers{
    "accept-encoding",
    "accept-ranges",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "expect",
    "host",
    "http2-settings",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade"};

constexpr bool is_alnum(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}
constexpr bool is_token(char c) noexcept {
  return is_alnum(c) || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

std::string lowered(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

std::string too_long(std::size_t bytes_max) {
  return "is longer than " + std::to_string(bytes_max) + " bytes";
}

std::string_view view(const UriTextRangeA& range) {
  return range.first ? std::string_view{range.first, static_cast<std::size_t>(range.afterLast - range.first)}
                     : std::string_view{};
}

std::string port_error(const UriTextRangeA& range) {
  if (!range.first)
    return {};
  const auto text = view(range);
  std::uint32_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535)
    return "has a port that is not a number between 1 and 65535";
  return {};
}

std::string value_error(std::string_view value) {
  if (auto why = secret_reference_error(value); !why.empty())
    return why;
  if (value.size() > entry_value_max)
    return too_long(entry_value_max);
  if (std::ranges::any_of(value, is_control))
    return "must not contain line breaks or other control characters";
  return {};
}

} // namespace

std::span<const std::string_view> reserved_provider_names() noexcept {
  return reserved_names;
}

std::string provider_name_error(std::string_view name) {
  if (name.empty())
    return "a provider's name must not be empty";
  if (name.size() > provider_name_max)
    return "a provider's name has at most " + std::to_string(provider_name_max) + " characters";
  const auto allowed = [](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; };
  if (!is_alnum(name.front()) || !std::ranges::all_of(name, allowed))
    return "a provider's name begins with a letter or digit and goes on with letters, digits, `.`, `_` or "
           "`-`";
  if (std::ranges::find(reserved_names, name) != reserved_names.end())
    return quoted(name) + " is a reserved word of the API: choose another provider name";
  return {};
}

std::string base_url_error(std::string_view url) {
  if (url.size() > url_max)
    return too_long(url_max);
  UriUriA parsed{};
  const char* bad = nullptr;
  if (uriParseSingleUriExA(&parsed, url.data(), url.data() + url.size(), &bad) != URI_SUCCESS)
    return "is not a URL" +
           (bad && bad < url.data() + url.size() ? " (unexpected " + quoted({bad, 1}) + ")" : std::string{});
  const std::unique_ptr<UriUriA, void (*)(UriUriA*)> cleanup{&parsed, uriFreeUriMembersA};
  const auto scheme = lowered(view(parsed.scheme));
  if (scheme != "http" && scheme != "https")
    return "must begin with http:// or https://";
  if (parsed.userInfo.first)
    return "must not contain a user name or password: use `custom_headers`";
  if (view(parsed.hostText).empty())
    return "has no host";
  if (view(parsed.hostText).find('%') != std::string_view::npos)
    return "has a host with percent signs";
  if (auto why = port_error(parsed.portText); !why.empty())
    return why;
  if (parsed.query.first)
    return "must not contain a query: use `custom_params`";
  if (parsed.fragment.first)
    return "must not contain a fragment (#)";
  return {};
}

std::string absolute_path_error(std::string_view path) {
  if (path.size() > path_max)
    return too_long(path_max);
  if (!path.starts_with('/'))
    return "must be an absolute path";
  if (std::ranges::any_of(path, is_control))
    return "must not contain control characters";
  return {};
}

std::string label_error(std::string_view label) {
  if (label.empty())
    return "must not be empty: leave it out, or write null";
  if (label.size() > label_max)
    return too_long(label_max);
  if (std::ranges::any_of(label, is_control))
    return "must not contain control characters";
  return {};
}

std::string check_path_error(std::string_view path) {
  if (path.empty())
    return "must not be empty: leave it out, or write null";
  if (path.size() > url_max)
    return too_long(url_max);
  if (path.find("://") != std::string_view::npos || path.starts_with("//"))
    return "must be a path below `base_url`, not a URL";
  if (std::ranges::any_of(path, [](char c) { return is_control(c) || c == ' ' || c == '#'; }))
    return "must not contain spaces, `#` or control characters: percent-encode them";
  return {};
}

std::string header_error(std::string_view name, std::string_view value) {
  if (name.empty() || !std::ranges::all_of(name, is_token))
    return "is not a header name: letters, digits and !#$%&'*+-.^_`|~ are allowed";
  if (name.size() > entry_name_max)
    return "has a name that " + too_long(entry_name_max);
  if (std::ranges::find(engine_headers, lowered(name)) != engine_headers.end())
    return "is set by the engine itself and cannot be a custom header";
  if (value.starts_with(' ') || value.ends_with(' '))
    return "must not begin or end with a space";
  return value_error(value);
}

std::string param_error(std::string_view name, std::string_view value) {
  if (name.empty())
    return "is not a parameter name: it is empty";
  if (name.size() > entry_name_max)
    return "has a name that " + too_long(entry_name_max);
  if (std::ranges::any_of(name, is_control))
    return "has a name with control characters";
  return value_error(value);
}

bool same_header(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

} // namespace tributary
