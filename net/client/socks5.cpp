// Each answer of the proxy is read in parts of known size, so that nothing behind it is ever taken.
#include "net/client/socks5.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>

namespace tributary::client {
namespace {

constexpr unsigned char version = 5, credentials_version = 1, connect_command = 1;
constexpr unsigned char no_credentials = 0, by_password = 2, no_method = 0xFF;
constexpr unsigned char kind_v4 = 1, kind_name = 3, kind_v6 = 4;
constexpr std::size_t port_bytes = 2, name_bytes_max = 255;

void put(std::string& out, unsigned byte) {
  out += static_cast<char>(static_cast<unsigned char>(byte));
}

void put_sized(std::string& out, const std::string& text) {
  put(out, static_cast<unsigned>(text.size()));
  out += text;
}

/// @pre a name has at most 255 bytes
void put_host(std::string& out, const std::string& host) {
  boost::system::error_code not_an_address;
  auto address = boost::asio::ip::make_address(host, not_an_address);
  if (not_an_address) {
    put(out, kind_name);
    put_sized(out, host);
    return;
  }
  put(out, address.is_v4() ? kind_v4 : kind_v6);
  auto append = [&](const auto& bytes) { out.append(bytes.begin(), bytes.end()); };
  if (address.is_v4())
    append(address.to_v4().to_bytes());
  else
    append(address.to_v6().to_bytes());
}

struct refusal {
  fault cause;
  const char* words;
};

/// RFC 1928 section 6.
refusal refusal_of(unsigned char code) {
  switch (code) {
  case 1:
    return {fault::reset, "general failure"};
  case 2:
    return {fault::unsupported, "not allowed by its rules"};
  case 3:
    return {fault::network_unreachable, "network unreachable"};
  case 4: // Also what proxies say of names that they cannot find.
    return {fault::network_unreachable, "host unreachable"};
  case 5:
    return {fault::refused, "connection refused"};
  case 6:
    return {fault::network_unreachable, "time to live expired"};
  case 7:
    return {fault::unsupported, "command not supported"};
  case 8:
    return {fault::unsupported, "kind of address not supported"};
  default:
    return {fault::malformed, "unknown reason"};
  }
}

} // namespace

socks5_dialogue::socks5_dialogue(const proxy_address& proxy, const url& target)
    : user_(proxy.user),
      password_(proxy.password),
      host_(target.host),
      has_credentials_(proxy.has_credentials) {
  std::from_chars(target.port.data(), target.port.data() + target.port.size(), port_);
  if (host_.size() > name_bytes_max) {
    fail(fault::unsupported, "takes no host name of more than 255 bytes");
    return;
  }
  put(outgoing_, version);
  put(outgoing_, has_credentials_ ? 2 : 1);
  put(outgoing_, no_credentials);
  if (has_credentials_)
    put(outgoing_, by_password);
}

void socks5_dialogue::fail(fault cause, std::string why) {
  state_ = state::failed;
  cause_ = cause;
  why_ = std::move(why);
  outgoing_.clear();
}

void socks5_dialogue::refuse(std::string why) {
  fail(fault::status, std::move(why));
  credentials_refused_ = true;
}

void socks5_dialogue::expect(step next, std::size_t bytes) noexcept {
  step_ = next;
  wanted_ = bytes;
}

void socks5_dialogue::request() {
  put(outgoing_, version);
  put(outgoing_, connect_command);
  put(outgoing_, 0);
  put_host(outgoing_, host_);
  put(outgoing_, port_ >> 8u);
  put(outgoing_, port_ & 0xFFu);
  expect(step::reply, 4);
}

void socks5_dialogue::take_method(unsigned char method) {
  if (method == no_credentials)
    return request();
  if (method == no_method)
    return refuse(
        has_credentials_ ? "accepts neither the credentials nor none" : "wants a user name and password");
  if (method != by_password || !has_credentials_)
    return fail(fault::malformed, "chose a way to authenticate that was not on offer");
  put(outgoing_, credentials_version);
  put_sized(outgoing_, user_);
  put_sized(outgoing_, password_);
  expect(step::credentials, 2);
}

void socks5_dialogue::take_reply(std::span<const std::byte> bytes) {
  auto code = std::to_integer<unsigned char>(bytes[1]);
  if (code != 0) {
    auto [cause, words] = refusal_of(code);
    return fail(cause, "did not connect to " + host_ + ":" + std::to_string(port_) + ": " + words);
  }
  switch (std::to_integer<unsigned char>(bytes[3])) {
  case kind_v4:
    return expect(step::address, 4 + port_bytes);
  case kind_v6:
    return expect(step::address, 16 + port_bytes);
  case kind_name:
    return expect(step::address_size, 1);
  default:
    return fail(fault::malformed, "sent an answer that is not SOCKS5");
  }
}

void socks5_dialogue::feed(std::span<const std::byte> bytes) {
  auto byte = [&](std::size_t i) { return std::to_integer<unsigned char>(bytes[i]); };
  auto expected = step_ == step::credentials ? credentials_version : version;
  auto has_version = step_ == step::method || step_ == step::credentials || step_ == step::reply;
  if (has_version && byte(0) != expected)
    return fail(fault::malformed, "sent an answer that is not SOCKS5");
  switch (step_) {
  case step::method:
    return take_method(byte(1));
  case step::credentials:
    return byte(1) == 0 ? request() : refuse("refused the user name or password");
  case step::reply:
    return take_reply(bytes);
  case step::address_size:
    return expect(step::address, byte(0) + port_bytes);
  case step::address:
    state_ = state::done;
    return;
  }
}

} // namespace tributary::client
