// A catalogue is small: it is read whole, never resumed, and parsed away from the transfers.
#include "net/client/http_catalog.hpp"

#include "net/client/body_framing.hpp"
#include "net/client/catalog.hpp"
#include "net/client/catalog_document.hpp"
#include "net/client/header_values.hpp"
#include "net/client/launch.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace tributary::client {
namespace {

/// The provider's own header lines, and the validators of the copy at hand.
std::shared_ptr<const http_settings>
with_validators(const http_settings& settings, const document_version& known) {
  auto out = std::make_shared<http_settings>(settings);
  if (!known.etag.empty())
    out->fields += "If-None-Match: " + known.etag + "\r\n";
  else if (!known.last_modified.empty())
    out->fields += "If-Modified-Since: " + known.last_modified + "\r\n";
  return out;
}

} // namespace

http_catalog::http_catalog(
    std::shared_ptr<transfer_thread> thread, std::shared_ptr<const http_settings> settings,
    document_version known, callback done)
    : activity(thread->io),
      thread_(std::move(thread)),
      settings_(with_validators(*settings, known)),
      known_(std::move(known)),
      done_(std::move(done)) {}

void http_catalog::start() {
  if (launch(*thread_, std::static_pointer_cast<http_catalog>(shared_from_this())))
    return;
  fail(fault::cancelled, "the engine is stopping");
  std::exchange(done_, nullptr)(std::move(result_));
}

task<void> http_catalog::run() {
  thread_->active.insert(this);
  begun_ = std::chrono::steady_clock::now();
  wait_until(begun_ + std::min<milliseconds>(settings_->timeout, catalog_read_max));
  co_await read();
  thread_->active.erase(this);
  end_waiting();
  finish();
}

task<void> http_catalog::read() {
  if (!settings_->defect.empty()) {
    fail(fault::unsupported, settings_->defect);
    co_return;
  }
  auto target = address_of(*settings_, std::string{catalog_file_name}, "");
  if (auto* why = std::get_if<std::string>(&target)) {
    fail(fault::unsupported, *why);
    co_return;
  }
  auto a = co_await ask(*this, *thread_, settings_, std::get<url>(std::move(target)), "0-");
  note(a);
  auto endpoint = a.from.endpoint();
  const bool unchanged = a.head.status == 304 && !(known_.etag.empty() && known_.last_modified.empty());
  if (over()) {
    fail_over(endpoint);
  } else if (a.failed.cause != fault::none) {
    fail(a.failed.cause, a.failed.message);
  } else if (unchanged) {
    result_.version = known_;
  } else if (auto d = judge({}, a.head); d.what != ruling::kind::take) {
    fail(
        d.what == ruling::kind::complete ? fault::malformed : d.cause,
        d.what == ruling::kind::complete ? "its catalogue is empty" : d.message + " from " + endpoint);
  } else {
    co_await read_body(a);
  }
  release(*thread_, a);
}

void http_catalog::note(const answer& a) {
  result_.status = a.head.status;
  result_.connect = a.connect;
  if (a.first_byte)
    result_.first_byte = *a.first_byte - begun_;
  result_.retry_after = parse_retry_after(a.head.retry_after, thread_->commons->wall());
  result_.version = {a.head.etag, a.head.last_modified};
}

task<void> http_catalog::read_body(answer& a) {
  body_framing framing{a.head};
  auto endpoint = a.from.endpoint();
  auto link = std::move(a.link); // Not for the pool: it may hold more than this answer.
  auto take = [&](std::span<std::byte> raw) {
    auto step = framing.take(raw);
    result_.bytes += step.body;
    if (text_.size() + step.body > catalog_bytes_max)
      fail(
          fault::malformed,
          "its catalogue is larger than " + std::to_string(catalog_bytes_max >> 20) + " MiB");
    else
      text_.append(reinterpret_cast<const char*>(raw.data()), step.body);
  };
  auto early = link->arrived().data();
  take({static_cast<std::byte*>(early.data()), early.size()});
  while (result_.cause == fault::none && framing.at() == body_framing::state::more) {
    auto now = std::chrono::steady_clock::now();
    wait_until(std::min(now + settings_->timeout, begun_ + catalog_read_max));
    co_await link->wait_readable(*this);
    if (over()) {
      fail_over(endpoint);
      co_return;
    }
    error_code why;
    auto into = std::span(thread_->buffer);
    auto n = link->receive(into, why);
    if (n > 0)
      take(into.first(n));
    if (why == asio::error::eof && framing.ends_with_connection())
      break;
    if (why && why != asio::error::would_block && framing.at() == body_framing::state::more)
      fail(fault::truncated, "its catalogue was cut off after " + std::to_string(text_.size()) + " bytes");
  }
  if (framing.at() == body_framing::state::bad)
    fail(fault::malformed, "the chunks sent by " + endpoint + " are broken");
  complete_ = result_.cause == fault::none;
}

void http_catalog::fail(fault cause, std::string message) {
  result_.cause = cause;
  result_.message = std::move(message);
  result_.result = verdict_of(cause, result_.status, result_.retry_after.has_value()).result;
}

void http_catalog::fail_over(const std::string& endpoint) {
  if (cancelled())
    fail(fault::cancelled, "cancelled");
  else
    fail(
        result_.first_byte ? fault::stalled : fault::connect_timeout,
        "no whole catalogue from " + endpoint + " in time");
}

void http_catalog::finish() {
  result_.message = without_secrets(std::move(result_.message), settings_->secrets);
  if (!complete_) {
    std::exchange(done_, nullptr)(std::move(result_));
    return;
  }
  auto self = std::static_pointer_cast<http_catalog>(shared_from_this());
  auto parse = [self] {
    take_catalog(self->result_, self->text_);
    std::exchange(self->done_, nullptr)(std::move(self->result_));
  };
  if (thread_->commons->files->post(parse))
    return;
  fail(fault::cancelled, "the engine is stopping");
  std::exchange(done_, nullptr)(std::move(result_));
}

} // namespace tributary::client
