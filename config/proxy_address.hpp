// The address of a proxy, as people write it in the settings and in the environment. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace tributary {

/// Instead of a proxy's address in the settings: none, whatever the environment says.
inline constexpr std::string_view no_proxy_word = "direct";

struct proxy_address {
  enum class kind : std::uint8_t {
    http,  ///< RFC 9110: absolute form for http, CONNECT for https.
    socks5 ///< RFC 1928; it resolves the names.
  };
  kind speaks = kind::http;
  std::string host; ///< Lower-case; an IPv6 address without its brackets.
  std::uint16_t port = 0;
  bool has_credentials = false;
  std::string user, password; ///< Percent-decoded.

  /// "host:port", for people; IPv6 in brackets.
  [[nodiscard]] std::string endpoint() const;
  friend bool operator==(const proxy_address&, const proxy_address&) = default;
};

/// "[http://|socks5://|socks5h://][USER:PASSWORD@]HOST[:PORT]"; without a scheme it is http, without a port
/// 80 or 1080. Else what is wrong, as the rest of a sentence, without repeating the text: it may hold a
/// password.
[[nodiscard]] std::variant<proxy_address, std::string> parse_proxy(std::string_view text);

/// The rule for the setting `proxy`, an address, `direct`, or secret://NAME for a whole address that is kept
/// elsewhere: "" when all is well, else what is wrong.
[[nodiscard]] std::string proxy_error(std::string_view text);

} // namespace tributary
