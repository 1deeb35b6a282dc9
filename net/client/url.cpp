// Parsing and resolution by uriparser; the encoding and joining of our own parts by hand.
#include "net/client/url.hpp"

#include <uriparser/Uri.h>

#include <algorithm>
#include <charconv>

namespace tributary::client {
namespace {

/// A parsed URI; the text that it was made from must outlive it.
class parsed_uri {
public:
  parsed_uri() = default;
  ~parsed_uri() { uriFreeUriMembersA(&uri_); }
  parsed_uri(const parsed_uri&) = delete;
  parsed_uri& operator=(const parsed_uri&) = delete;

  [[nodiscard]] bool parse(std::string_view text) {
    return uriParseSingleUriExA(&uri_, text.data(), text.data() + text.size(), nullptr) == URI_SUCCESS;
  }
  [[nodiscard]] UriUriA* get() { return &uri_; }

  [[nodiscard]] static std::string_view text(const UriTextRangeA& range) {
    return range.first
               ? std::string_view(range.first, static_cast<std::size_t>(range.afterLast - range.first))
               : std::string_view{};
  }

  [[nodiscard]] std::optional<std::string> to_string() {
    int chars = 0;
    if (uriToStringCharsRequiredA(&uri_, &chars) != URI_SUCCESS)
      return std::nullopt;
    std::string out(static_cast<std::size_t>(chars) + 1, '\0');
    if (uriToStringA(out.data(), &uri_, chars + 1, nullptr) != URI_SUCCESS)
      return std::nullopt;
    out.resize(static_cast<std::size_t>(chars));
    return out;
  }

private:
  UriUriA uri_{};
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void append_encoded(std::string& out, char c) {
  constexpr auto digits = "0123456789ABCDEF";
  auto b = static_cast<unsigned char>(c);
  (out += '%') += digits[b >> 4u];
  out += digits[b & 15u];
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string_view default_port(std::string_view scheme) {
  return scheme == "https" ? "443" : "80";
}

std::optional<std::string> port_of(std::string_view text, std::string_view scheme) {
  if (text.empty())
    return std::string(default_port(scheme));
  unsigned number = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size() || number < 1 || number > 65'535)
    return std::nullopt;
  return std::to_string(number);
}

/// Path and query, straight from the text: uriparser splits the path, and nothing may be normalised on the
/// way.
std::string target_of(std::string_view text) {
  auto authority = text.find("//") + 2;
  auto begin = text.find_first_of("/?#", authority);
  if (begin == std::string_view::npos)
    return "/";
  auto target = text.substr(begin, text.find('#', begin) - begin);
  return target.starts_with('/') ? std::string(target) : "/" + std::string(target);
}

} // namespace

std::string url::endpoint() const {
  return bracketed(host) + ":" + port;
}
std::string url::authority() const {
  return port == default_port(scheme) ? bracketed(host) : endpoint();
}
std::string url::origin() const {
  return scheme + "://" + endpoint();
}
std::string url::shown() const {
  return scheme + "://" + authority() + target.substr(0, target.find('?'));
}

std::variant<url, std::string> parse_url(std::string_view text) {
  parsed_uri parsed;
  if (!parsed.parse(text))
    return "not a valid URL";
  const auto& uri = *parsed.get();
  url out;
  out.scheme = lower(parsed_uri::text(uri.scheme));
  if (out.scheme != "http" && out.scheme != "https")
    return out.scheme.empty() ? "not an absolute URL" : "the scheme " + out.scheme + " is not supported";
  if (uri.userInfo.first)
    return "user names in URLs are not supported, use custom_headers";
  out.host = lower(parsed_uri::text(uri.hostText));
  if (out.host.empty())
    return "the URL has no host";
  auto port = port_of(parsed_uri::text(uri.portText), out.scheme);
  if (!port)
    return "the URL's port is not in 1-65535";
  out.port = *port;
  out.target = target_of(text);
  return out;
}

std::optional<std::string> resolve_reference(std::string_view base, std::string_view reference) {
  parsed_uri b, r, out;
  if (!b.parse(base) || !r.parse(reference) || uriAddBaseUriA(out.get(), r.get(), b.get()) != URI_SUCCESS)
    return std::nullopt;
  return out.to_string();
}

std::string mend_reference(std::string_view reference) {
  constexpr std::string_view reserved = ":/?#[]@!$&'()*+,;=";
  std::string out;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    auto c = reference[i];
    auto escape =
        c == '%' && i + 2 < reference.size() && is_hex(reference[i + 1]) && is_hex(reference[i + 2]);
    if (escape || is_unreserved(c) || reserved.find(c) != std::string_view::npos)
      out += c;
    else
      append_encoded(out, c);
  }
  return out;
}

std::string percent_encode(std::string_view text, bool keep_slash) {
  std::string out;
  out.reserve(text.size());
  for (auto c : text) {
    if (is_unreserved(c) || (keep_slash && c == '/'))
      out += c;
    else
      append_encoded(out, c);
  }
  return out;
}

url beneath_base(const url& base, std::string_view path) {
  auto question = base.target.find('?');
  auto folder = base.target.substr(0, question);
  while (folder.ends_with('/'))
    folder.pop_back();
  while (path.starts_with('/'))
    path.remove_prefix(1);
  auto out = base;
  out.target = folder + "/" + percent_encode(path, true);
  if (question != std::string::npos)
    out.target += base.target.substr(question);
  return out;
}

url with_params(url target, const std::map<std::string, std::string>& params) {
  for (const auto& [name, value] : params) {
    auto question = target.target.find('?');
    if (question == std::string::npos)
      target.target += '?';
    else if (question + 1 != target.target.size())
      target.target += '&';
    target.target += percent_encode(name, false) + "=" + percent_encode(value, false);
  }
  return target;
}

} // namespace tributary::client
