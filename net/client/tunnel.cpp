// Neither way reads a byte behind the proxy's answer: what follows belongs to the origin.
#include "net/client/tunnel.hpp"

#include "net/client/proxy_choice.hpp"
#include "net/client/socks5.hpp"

#include <boost/asio/error.hpp>

#include <array>

namespace tributary::client {
namespace {

constexpr std::size_t socks5_part_max = 257; // A name of 255 bytes and a port.

std::string connect_text(const proxy_address& proxy, const url& target) {
  auto to = target.endpoint();
  return "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n" + proxy_authorization(proxy) + "\r\n";
}

task<void>
ask_http(activity& who, connection& link, const proxy_address& proxy, const url& target, arrived_head& out) {
  auto text = connect_text(proxy, target);
  auto why = co_await link.send(who, text);
  if (why)
    out.failed = lost_before_answer(why);
  else
    co_await read_head(who, link, out);
  if (out.failed.cause != fault::none || who.over())
    co_return;
  auto status = out.head.status;
  if (status < 200 || status > 299) {
    auto reason = std::string(reason_of(status));
    out.failed = {
        fault::status, " did not connect to " + target.endpoint() + ": HTTP " + std::to_string(status) +
                           (reason.empty() ? "" : " ") + reason};
  } else if (link.arrived().size() > 0) {
    out.failed = {fault::malformed, " sent bytes before anything was asked for"};
  }
}

/// Fills `into`. False: `who` is over, or the connection is lost.
task<bool> read_exactly(activity& who, connection& link, std::span<std::byte> into, arrived_head& out) {
  while (!into.empty()) {
    co_await link.wait_readable(who);
    if (who.over())
      co_return false;
    error_code why;
    auto n = link.receive(into, why);
    into = into.subspan(n);
    if (n == 0 && why != asio::error::would_block) {
      out.failed = lost_before_answer(why);
      co_return false;
    }
  }
  co_return true;
}

task<void> ask_socks5(
    activity& who, connection& link, const proxy_address& proxy, const url& target, arrived_head& out) {
  socks5_dialogue dialogue{proxy, target};
  std::array<std::byte, socks5_part_max> part{};
  while (dialogue.at() == socks5_dialogue::state::more) {
    auto text = dialogue.take_outgoing();
    auto why = co_await link.send(who, text);
    if (why)
      out.failed = lost_before_answer(why);
    if (why || who.over())
      co_return;
    auto bytes = std::span(part).first(dialogue.wanted());
    auto read = co_await read_exactly(who, link, bytes, out);
    if (!read)
      co_return;
    dialogue.feed(bytes);
  }
  if (dialogue.at() == socks5_dialogue::state::done)
    co_return;
  out.failed = {dialogue.cause(), " " + dialogue.why()};
  if (dialogue.credentials_refused())
    out.head.status = 407; // The same in HTTP's words.
}

} // namespace

std::string name_of(const proxy_address& proxy) {
  return "the proxy " + proxy.endpoint();
}

task<void> open_tunnel(
    activity& who, connection& link, const proxy_address& proxy, const url& target, arrived_head& out) {
  if (proxy.speaks == proxy_address::kind::http)
    co_await ask_http(who, link, proxy, target, out);
  else
    co_await ask_socks5(who, link, proxy, target, out);
  if (out.failed.cause != fault::none)
    out.failed.message = name_of(proxy) + out.failed.message;
}

} // namespace tributary::client
