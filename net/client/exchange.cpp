// Redirects are followed above, one question at a time below; only the latter knows connections.
#include "net/client/exchange.hpp"

#include "net/client/body_framing.hpp"
#include "net/client/connector.hpp"
#include "net/client/head_parser.hpp"
#include "net/client/tls_contexts.hpp"
#include "net/client/transfer_thread.hpp"

#include <boost/asio/error.hpp>

namespace tributary::client {
namespace {

std::span<std::byte> arrived_bytes(connection& link) {
  auto data = link.arrived().data();
  return {static_cast<std::byte*>(data.data()), data.size()};
}

/// Asks once, on a connection of the pool or on a fresh one; redirects are answers like others.
class single_question {
public:
  single_question(activity& who, transfer_thread& thread, const http_settings& settings, const url& target)
      : who_(who), thread_(thread), settings_(settings), out_() {
    out_.from = target;
    out_.pool_key = target.origin();
    if (target.tls() && settings.ca_file) // Trust is part of a connection's identity.
      out_.pool_key += " " + *settings.ca_file;
  }

  task<answer> run(std::string request) {
    // GCC 12 miscompiles co_await within && and ||: one statement each.
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
    auto connected = co_await connect_to(who_, thread_.names, out_.from.host, out_.from.port, tls);
    out_.connect = std::chrono::steady_clock::now() - begun;
    out_.link = std::move(connected.link);
    out_.failed = std::move(connected.failed);
  }

  task<void> attempt(const std::string& request) {
    auto& buffer = out_.link->arrived();
    buffer.consume(buffer.size());
    auto why = co_await out_.link->send(who_, request);
    if (why)
      lost(why);
    for (int interim = 0; out_.failed.cause == fault::none; ++interim) {
      auto complete = co_await read_head();
      if (!complete)
        co_return;
      if (out_.head.status < 100 || out_.head.status > 199 || out_.head.status == 101)
        co_return;
      if (interim == interim_answers_max)
        out_.failed = {fault::malformed, "too many interim answers from " + out_.from.endpoint()};
    }
  }

  task<bool> read_head() {
    head_parser parser;
    auto& buffer = out_.link->arrived();
    for (;;) {
      auto state = buffer.size() > 0 ? parser.feed(buffer) : head_parser::state::more;
      if (state == head_parser::state::more) {
        auto came = co_await receive_more();
        if (!came)
          co_return false;
        continue;
      }
      out_.head = std::move(parser.head());
      if (state == head_parser::state::bad)
        out_.failed = {fault::malformed, "answer of " + out_.from.endpoint() + ": " + out_.head.defect};
      co_return state == head_parser::state::done;
    }
  }

  task<bool> receive_more() {
    auto& buffer = out_.link->arrived();
    auto room =
        std::max(header_buffer_bytes - std::min(buffer.size(), header_buffer_bytes), header_buffer_bytes / 4);
    for (;;) {
      co_await out_.link->wait_readable(who_);
      if (who_.over())
        co_return false;
      auto into = buffer.prepare(room);
      error_code why;
      auto n = out_.link->receive({static_cast<std::byte*>(into.data()), into.size()}, why);
      if (n > 0) {
        buffer.commit(n);
        if (!out_.first_byte)
          out_.first_byte = std::chrono::steady_clock::now();
        co_return true;
      }
      if (why != asio::error::would_block)
        co_return lost(why);
    }
  }

  bool lost(const error_code& why) {
    auto how = why == asio::error::eof ? std::string(" closed the connection")
                                       : " broke the connection (" + why.message() + ")";
    out_.failed = {fault::reset, out_.from.endpoint() + how + " before its answer was complete"};
    return false;
  }

  activity& who_;
  transfer_thread& thread_;
  const http_settings& settings_;
  std::shared_ptr<const tls_context> tls_;
  answer out_;
};

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

} // namespace

task<answer>
ask(activity& who, transfer_thread& thread, std::shared_ptr<const http_settings> settings, url target,
    std::string range) {
  auto home = target.origin();
  nanoseconds connect{0};
  for (int hops = 0;; ++hops) {
    auto request = request_text(*settings, target, range, target.origin() == home);
    single_question once{who, thread, *settings, target};
    auto out = co_await once.run(std::move(request));
    connect += out.connect;
    out.connect = connect;
    if (!out.link || !is_redirect(out.head))
      co_return out;
    auto next = follow(out);
    if (auto* refused = std::get_if<failure>(&next))
      out.failed = std::move(*refused);
    else if (hops == redirects_max)
      out.failed = {
          fault::status,
          "more than " + std::to_string(redirects_max) + " redirects, the last from " + target.endpoint()};
    if (out.failed.cause != fault::none) {
      release(thread, out);
      co_return out;
    }
    target = std::get<url>(std::move(next));
    release(thread, out);
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
