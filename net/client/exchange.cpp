// Redirects are followed above, one question at a time below; only the latter knows connections.
#include "net/client/exchange.hpp"

#include "net/client/body_framing.hpp"
#include "net/client/connector.hpp"
#include "net/client/head_reader.hpp"
#include "net/client/tls_contexts.hpp"
#include "net/client/transfer_thread.hpp"
#include "net/client/tunnel.hpp"

#include <algorithm>

namespace tributary::client {
namespace {

std::span<std::byte> arrived_bytes(connection& link) {
  auto data = link.arrived().data();
  return {static_cast<std::byte*>(data.data()), data.size()};
}

/// Asks once, on a connection of the pool or on a fresh one; redirects are answers like others.
class single_question {
public:
  single_question(
      activity& who, transfer_thread& thread, const http_settings& settings, const url& target,
      std::shared_ptr<const proxy_address> proxy)
      : who_(who), thread_(thread), settings_(settings), proxy_(std::move(proxy)) {
    out_.from = target;
    out_.pool_key = asks_proxy() ? "" : target.origin();
    if (target.tls() && settings.ca_file) // Trust is part of a connection's identity, and so is its way.
      out_.pool_key += " " + *settings.ca_file;
    if (proxy_)
      out_.pool_key += " " + key_of(*proxy_);
  }

  /// The proxy that is asked for the whole URL; null: the origin is asked.
  [[nodiscard]] const proxy_address* asks_proxy() const {
    return proxy_ && !is_tunnelled(proxy_.get(), out_.from) ? proxy_.get() : nullptr;
  }

  task<answer> run(std::string request, connect_by by) {
    // GCC 12 miscompiles co_await within && and ||: one statement each.
    if (by == connect_by::reuse_or_fresh)
      out_.link = thread_.pool.take(out_.pool_key, std::chrono::steady_clock::now());
    if (out_.link)
      co_await attempt(request);
    if (out_.link && !out_.first_byte) {
      out_.link.reset(); // Closed while it waited in the pool: nobody's fault, and nothing was answered.
      out_.failed = {};
    }
    if (!out_.link && !who_.over())
      co_await connect();
    if (out_.link && !out_.first_byte)
      co_await attempt(request);
    if (out_.failed.cause != fault::none || who_.over())
      out_.link.reset();
    co_return std::move(out_);
  }

private:
  /// Connections with other credentials are other connections.
  static std::string key_of(const proxy_address& proxy) {
    auto socks = proxy.speaks == proxy_address::kind::socks5;
    return (socks ? "socks5://" : "http://") + proxy.user + "\n" + proxy.password + "\n" + proxy.endpoint();
  }

  task<void> connect() {
    const tls_context* tls = nullptr;
    if (out_.from.tls()) {
      auto context = thread_.commons->tls->get(settings_.ca_file);
      if (auto* why = std::get_if<std::string>(&context)) {
        out_.failed = {fault::tls, *why};
        co_return;
      }
      tls_ = std::get<std::shared_ptr<const tls_context>>(std::move(context));
      tls = tls_.get();
    }
    auto begun = std::chrono::steady_clock::now();
    auto connected = co_await connect_to(who_, thread_.names, out_.from, proxy_, tls);
    out_.connect = std::chrono::steady_clock::now() - begun;
    out_.link = std::move(connected.link);
    out_.failed = std::move(connected.failed);
    out_.head = std::move(connected.refusal);
    out_.by_proxy = out_.head.status != 0 && !out_.link;
  }

  task<void> attempt(const std::string& request) {
    auto& buffer = out_.link->arrived();
    buffer.consume(buffer.size());
    arrived_head came;
    auto why = co_await out_.link->send(who_, request);
    if (why)
      came.failed = lost_before_answer(why);
    else
      co_await read_head(who_, *out_.link, came);
    out_.head = std::move(came.head);
    out_.first_byte = came.first_byte;
    out_.failed = std::move(came.failed);
    if (out_.failed.cause != fault::none)
      out_.failed.message = (asks_proxy() ? name_of(*proxy_) : out_.from.endpoint()) + out_.failed.message;
  }

  activity& who_;
  transfer_thread& thread_;
  const http_settings& settings_;
  std::shared_ptr<const proxy_address> proxy_;
  std::shared_ptr<const tls_context> tls_;
  answer out_;
};

/// There was nothing to ask.
answer unasked(const url& target, failure why) {
  answer out;
  out.from = target;
  out.failed = std::move(why);
  return out;
}

/// Where a redirect leads, or why it is not followed.
std::variant<url, failure> follow(const answer& a) {
  auto where = resolve_reference(a.from.origin() + a.from.target, mend_reference(a.head.location));
  auto parsed = where ? parse_url(*where) : std::variant<url, std::string>("not a valid URL");
  auto refuse = [&](const std::string& why) {
    return failure{fault::unsupported, "redirect from " + a.from.endpoint() + " refused: " + why};
  };
  if (auto* why = std::get_if<std::string>(&parsed))
    return refuse(*why);
  auto& target = std::get<url>(parsed);
  if (a.from.tls() && !target.tls())
    return refuse("it leads from https to http");
  return std::move(target);
}

/// A circle, or too long a way.
failure too_far(const std::vector<std::string>& asked, const url& next, const answer& a) {
  if (std::ranges::find(asked, next.origin() + next.target) != asked.end())
    return {fault::status, "redirects in a circle, the last from " + a.from.endpoint()};
  if (asked.size() > redirects_max)
    return {
        fault::status,
        "more than " + std::to_string(redirects_max) + " redirects, the last from " + a.from.endpoint()};
  return {};
}

} // namespace

task<answer>
ask(activity& who, transfer_thread& thread, std::shared_ptr<const http_settings> settings, url target,
    std::string range, connect_by by) {
  auto home = target.origin();
  nanoseconds connect{0};
  std::vector<std::string> asked;
  for (;;) {
    auto choice = settings->proxy ? proxy_choice(*settings->proxy) : thread.commons->proxies.choose(target);
    if (auto* why = std::get_if<std::string>(&choice)) {
      auto none = unasked(target, failure{fault::unsupported, *why});
      co_return none;
    }
    auto proxy = std::get<std::shared_ptr<const proxy_address>>(std::move(choice));
    auto refused = proxy ? refused_literal(target) : std::nullopt;
    if (refused) {
      auto none = unasked(target, std::move(*refused));
      co_return none;
    }
    single_question once{who, thread, *settings, target, std::move(proxy)};
    auto request = request_text(*settings, target, range, target.origin() == home, once.asks_proxy());
    auto out = co_await once.run(std::move(request), by);
    connect += out.connect;
    out.connect = connect;
    if (!out.link || !is_redirect(out.head))
      co_return out;
    asked.push_back(target.origin() + target.target);
    auto next = follow(out);
    if (auto* why = std::get_if<failure>(&next))
      out.failed = std::move(*why);
    else
      out.failed = too_far(asked, std::get<url>(next), out);
    release(thread, out);
    if (out.failed.cause != fault::none)
      co_return out;
    target = std::get<url>(std::move(next));
  }
}

void release(transfer_thread& thread, answer& a) {
  if (!a.link)
    return;
  auto link = std::move(a.link);
  body_framing framing{a.head};
  auto step = framing.take(arrived_bytes(*link));
  auto surplus = link->arrived().size() > step.consumed;
  if (a.head.keep_alive && a.head.defect.empty() && framing.at() == body_framing::state::done && !surplus)
    thread.pool.put(a.pool_key, std::move(link), std::chrono::steady_clock::now());
}

} // namespace tributary::client
