#include "config/proxy_address.hpp"

#include "config/secrets.hpp"

#include <uriparser/Uri.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

namespace tributary {
namespace {

constexpr std::size_t text_max = 2048;
constexpr std::string_view secret_prefix = "secret://";
constexpr std::size_t credential_max = 255; // What SOCKS5 can carry (RFC 1929 section 2).

std::string_view view(const UriTextRangeA& range) {
  return range.first ? std::string_view{range.first, static_cast<std::size_t>(range.afterLast - range.first)}
                     : std::string_view{};
}

std::string lowered(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// @pre the text has been parsed as a URI, so every '%' is followed by two digits.
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned char byte = 0;
    std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

/// Fills in user and password; "" or what is wrong with them.
std::string read_credentials(const UriTextRangeA& range, proxy_address& out) {
  if (!range.first)
    return {};
  const auto text = view(range);
  const auto colon = text.find(':');
  out.has_credentials = true;
  out.user = percent_decoded(text.substr(0, colon));
  out.password = colon == std::string_view::npos ? std::string{} : percent_decoded(text.substr(colon + 1));
  if (out.user.empty())
    return "has a password without a user name";
  if (out.user.size() > credential_max || out.password.size() > credential_max)
    return "has a user name or password of more than " + std::to_string(credential_max) + " bytes";
  if (has_control(out.user) || has_control(out.password))
    return "has a user name or password with control characters";
  if (out.speaks == proxy_address::kind::http && out.user.find(':') != std::string::npos)
    return "has a user name with a colon, which HTTP cannot carry";
  if (out.speaks == proxy_address::kind::socks5 && out.password.empty())
    return "has a user name without a password, which SOCKS5 cannot carry";
  return {};
}

std::optional<std::uint16_t> port_of(std::string_view text, proxy_address::kind speaks) {
  if (text.empty())
    return static_cast<std::uint16_t>(speaks == proxy_address::kind::http ? 80 : 1080);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0)
    return std::nullopt;
  return port;
}

/// A secret is a whole address: a password within one would have to be percent-encoded.
std::string secret_error(std::string_view text) {
  const auto names = secret_names(text);
  if (names.size() != 1 || names[0].size() + secret_prefix.size() != text.size())
    return "must be secret://NAME and nothing else, or an address";
  return secret_reference_error(text);
}

} // namespace

std::string proxy_address::endpoint() const {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

std::variant<proxy_address, std::string> parse_proxy(std::string_view text) {
  if (text.size() > text_max)
    return "is longer than " + std::to_string(text_max) + " bytes";
  const auto whole =
      text.find("://") == std::string_view::npos ? "http://" + std::string{text} : std::string{text};
  UriUriA parsed{};
  if (uriParseSingleUriExA(&parsed, whole.data(), whole.data() + whole.size(), nullptr) != URI_SUCCESS)
    return "is not a proxy's address: write http://HOST:PORT or socks5://HOST:PORT";
  const std::unique_ptr<UriUriA, void (*)(UriUriA*)> cleanup{&parsed, uriFreeUriMembersA};
  proxy_address out;
  const auto scheme = lowered(view(parsed.scheme));
  if (scheme == "socks5" || scheme == "socks5h")
    out.speaks = proxy_address::kind::socks5;
  else if (scheme == "https")
    return "asks for TLS to the proxy itself, which is not supported: use http:// (https downloads stay "
           "encrypted through it)";
  else if (scheme != "http")
    return "must begin with http:// or socks5://";
  out.host = lowered(view(parsed.hostText));
  if (out.host.empty())
    return "has no host";
  if (out.host.find('%') != std::string::npos)
    return "has a host with percent signs";
  const auto port = port_of(view(parsed.portText), out.speaks);
  if (!port)
    return "has a port that is not a number between 1 and 65535";
  out.port = *port;
  if (parsed.pathHead && (parsed.pathHead->next || !view(parsed.pathHead->text).empty()))
    return "must not have a path";
  if (parsed.query.first || parsed.fragment.first)
    return "must not have a query or fragment";
  if (auto why = read_credentials(parsed.userInfo, out); !why.empty())
    return why;
  return out;
}

std::string proxy_error(std::string_view text) {
  if (text == no_proxy_word)
    return {};
  if (text.starts_with(secret_prefix))
    return secret_error(text);
  auto parsed = parse_proxy(text);
  const auto* why = std::get_if<std::string>(&parsed);
  return why ? *why : std::string{};
}

} // namespace tributary
