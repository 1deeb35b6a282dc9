// The client's half of SOCKS5: what to send, how much to read, what the answers mean (RFC 1928; user name and
// password by RFC 1929). Pure: bytes in, bytes out. Internal to net/client.
#pragma once

#include "config/proxy_address.hpp"
#include "net/client/url.hpp"
#include "policy/outcome.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace tributary::client {

class socks5_dialogue {
public:
  /// To reach the target's host and port; the proxy looks its name up.
  socks5_dialogue(const proxy_address& proxy, const url& target);

  enum class state : std::uint8_t { more, done, failed };
  [[nodiscard]] state at() const noexcept { return state_; }

  /// What is to be sent now, once; "" when nothing is.
  [[nodiscard]] std::string take_outgoing() { return std::exchange(outgoing_, {}); }
  /// Exactly so many bytes are to be read and fed next, 1-257: never more than belong to the dialogue.
  [[nodiscard]] std::size_t wanted() const noexcept { return wanted_; }
  /// @pre bytes.size() == wanted(), state more
  void feed(std::span<const std::byte> bytes);

  /// When failed: the class of the failure, and the rest of a sentence that begins with the proxy's name.
  [[nodiscard]] fault cause() const noexcept { return cause_; }
  [[nodiscard]] const std::string& why() const noexcept { return why_; }
  /// The proxy wants other credentials, or any at all: as an HTTP proxy says with 407.
  [[nodiscard]] bool credentials_refused() const noexcept { return credentials_refused_; }

private:
  enum class step : std::uint8_t { method, credentials, reply, address_size, address };
  void fail(fault cause, std::string why);
  void refuse(std::string why);
  void expect(step next, std::size_t bytes) noexcept;
  void request();
  void take_method(unsigned char method);
  void take_reply(std::span<const std::byte> bytes);

  std::string user_, password_, host_;
  std::uint16_t port_ = 0;
  bool has_credentials_ = false, credentials_refused_ = false;
  state state_ = state::more;
  step step_ = step::method;
  std::size_t wanted_ = 2;
  std::string outgoing_, why_;
  fault cause_ = fault::none;
};

} // namespace tributary::client
