// What is a URI at all is for uriparser to say; the rest is by hand, so that nothing is normalised on the
// way.
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

/// A reference taken apart as RFC 3986 appendix B does; nothing and empty are different things.
struct components {
  std::optional<std::string> scheme, authority, query, fragment;
  std::string path;

  static components of(std::string_view text) {
    components out;
    auto take = [&text](std::size_t end) {
      auto taken = std::string(text.substr(0, end));
      text.remove_prefix(std::min(end, text.size()));
      return taken;
    };
    if (auto end = text.find_first_of(":/?#"); end != std::string_view::npos && end > 0 && text[end] == ':') {
      out.scheme = take(end);
      text.remove_prefix(1);
    }
    if (text.starts_with("//")) {
      text.remove_prefix(2);
      out.authority = take(text.find_first_of("/?#"));
    }
    out.path = take(text.find_first_of("?#"));
    if (text.starts_with('?')) {
      text.remove_prefix(1);
      out.query = take(text.find('#'));
    }
    if (text.starts_with('#'))
      out.fragment = std::string(text.substr(1));
    return out;
  }

  /// Section 5.3.
  [[nodiscard]] std::string text() const {
    std::string out;
    if (scheme)
      out += *scheme + ":";
    if (authority)
      out += "//" + *authority;
    out += path;
    if (query)
      out += "?" + *query;
    if (fragment)
      out += "#" + *fragment;
    return out;
  }
};

/// Escapes, and what may stand there, stay; the rest is percent-encoded.
std::string mended(std::string_view text, std::string_view reserved = ":/?@!$&'()*+,;=") {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    auto escape = c == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]);
    if (escape || is_unreserved(c) || reserved.find(c) != std::string_view::npos)
      out += c;
    else
      append_encoded(out, c);
  }
  return out;
}

/// Section 5.2.3.
std::string merged(const components& base, const std::string& path) {
  if (base.authority && base.path.empty())
    return "/" + path;
  return base.path.substr(0, base.path.rfind('/') + 1) + path; // npos + 1 is 0: nothing of the base stays.
}

/// Section 5.2.4, for paths that begin with a slash, as all do that belong to an authority.
std::string without_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    auto end = std::min(path.find('/', 1), path.size());
    auto segment = path.substr(0, end);
    auto last = end == path.size();
    path.remove_prefix(end);
    if (segment == "/..")
      out.resize(std::min(out.rfind('/'), out.size()));
    else if (segment != "/.")
      out += segment;
    if (last && (segment == "/." || segment == "/.."))
      out += '/';
  }
  return out;
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
  if (out.host.find('%') != std::string::npos) // A proxy might read an address out of it.
    return "percent-encoded host names are not supported";
  auto port = port_of(parsed_uri::text(uri.portText), out.scheme);
  if (!port)
    return "the URL's port is not in 1-65535";
  out.port = *port;
  out.target = target_of(text);
  return out;
}

std::optional<std::string> resolve_reference(std::string_view base, std::string_view reference) {
  parsed_uri valid_base, valid_reference;
  if (!valid_base.parse(base) || !valid_reference.parse(reference))
    return std::nullopt;
  auto b = components::of(base), r = components::of(reference);
  components t = r;
  if (!r.scheme) { // RFC 3986 section 5.2.2, in its order.
    t.scheme = b.scheme;
    if (!r.authority) {
      t.authority = b.authority;
      t.path = r.path.empty() ? b.path : r.path.starts_with('/') ? r.path : merged(b, r.path);
      if (r.path.empty() && !r.query)
        t.query = b.query;
    }
  }
  if (r.scheme || r.authority || !r.path.empty())
    t.path = without_dot_segments(t.path);
  return t.text();
}

std::string mend_reference(std::string_view reference) {
  auto parts = components::of(reference);
  parts.path = mended(parts.path);
  for (auto* each : {&parts.scheme, &parts.query, &parts.fragment})
    if (*each)
      *each = mended(**each);
  if (parts.authority)
    parts.authority = mended(*parts.authority, ":@!$&'()*+,;=[]"); // Around an IPv6 address.
  return parts.text();
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
