// Addresses of remote resources: taken apart, built from a base and a path, and resolved as RFC 3986 says.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace tributary::client {

/// An absolute http or https URL, ready to be asked for.
struct url {
  std::string scheme; ///< "http" or "https".
  std::string host;   ///< Lower-case; an IPv6 address without its brackets.
  std::string port;   ///< Always a number.
  std::string target; ///< Path and query as they are sent; begins with "/".

  [[nodiscard]] bool tls() const { return scheme == "https"; }
  /// "host:port", for people; IPv6 in brackets.
  [[nodiscard]] std::string endpoint() const;
  /// What the Host header says: the port is left out where it is the scheme's own.
  [[nodiscard]] std::string authority() const;
  /// "scheme://host:port": who shares credentials and connections.
  [[nodiscard]] std::string origin() const;
  /// Without query: what may be shown.
  [[nodiscard]] std::string shown() const;
};

/// The URL, or what is wrong with it (without repeating it: it may hold secrets). Refuses other schemes, user
/// names, percent-encoded host names, and ports outside 1-65535.
[[nodiscard]] std::variant<url, std::string> parse_url(std::string_view text);

/// `reference` as seen from `base`, an absolute URL with an authority (RFC 3986 section 5, strict); nothing
/// when either cannot be parsed.
[[nodiscard]] std::optional<std::string> resolve_reference(std::string_view base, std::string_view reference);

/// As servers send them in Location: characters that a URI may not hold where they stand are percent-encoded.
[[nodiscard]] std::string mend_reference(std::string_view reference);

/// All but unreserved characters and, when `keep_slash`, "/" as %XX.
[[nodiscard]] std::string percent_encode(std::string_view text, bool keep_slash);

/// `base` with `path` (not encoded) under it, after exactly one "/". The query of the base stays.
[[nodiscard]] url beneath_base(const url& base, std::string_view path);

/// `target` with the parameters appended to its query.
[[nodiscard]] url with_params(url target, const std::map<std::string, std::string>& params);

} // namespace tributary::client
