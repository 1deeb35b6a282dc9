// The coroutine of a transfer. Between two waits it works without interruption, so the thread's buffer needs
// no owner.
#include "net/client/http_transfer.hpp"

#include "net/client/header_values.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace tributary::client {
namespace {

/// To drain the rest of a body.
constexpr seconds drain_time_max{1};

std::string range_text(const question& q) {
  return std::to_string(q.offset) + "-" + (q.end == open_end ? "" : std::to_string(q.end - 1));
}

std::string in_seconds(milliseconds duration) {
  auto ms = duration.count();
  auto tenths = std::to_string(ms % 1000 / 100);
  return std::to_string(ms / 1000) + (ms % 1000 ? "." + tenths : "") + " s";
}

} // namespace

http_transfer::http_transfer(
    std::shared_ptr<transfer_thread> thread, std::shared_ptr<const http_settings> settings,
    std::shared_ptr<bandwidth> provider_limit, transfer_request request,
    std::shared_ptr<transfer_observer> observer)
    : part_transfer(
          std::move(thread), settings->timeout, std::move(provider_limit), std::move(request),
          std::move(observer)),
      settings_(std::move(settings)) {}

task<void> http_transfer::transfer() {
  if (!settings_->defect.empty()) {
    fail(fault::unsupported, settings_->defect);
    co_return;
  }
  auto target = address_of(*settings_, request_.path, request_.url);
  if (auto* why = std::get_if<std::string>(&target)) {
    fail(fault::unsupported, *why);
    co_return;
  }
  endpoint_ = std::get<url>(target).endpoint();
  const question q{request_.offset,      request_.window->end(), request_.expected,
                   request_.expected_by, request_.digest_known,  request_.size};
  auto a = co_await ask(*this, *thread_, settings_, std::get<url>(std::move(target)), range_text(q));
  auto d = judge(q, a.head);
  note(a, d);
  if (over())
    fail_over();
  else if (a.failed.cause != fault::none)
    fail(a.failed.cause, a.failed.message);
  else if (d.what == ruling::kind::fail)
    fail(d.cause, d.message + " from " + endpoint_);
  if (running())
    observer_->opened(result_.facts);
  if (running() && open_target(d.facts.identity.size.value_or(0))) {
    complete_ = d.what == ruling::kind::complete;
    if (!complete_)
      co_await read_body(a);
    else
      release(*thread_, a);
  } else {
    release(*thread_, a);
  }
}

void http_transfer::note(const answer& a, const ruling& d) {
  endpoint_ = a.from.endpoint();
  result_.connect = a.connect;
  if (a.first_byte)
    result_.first_byte = *a.first_byte - begun_;
  result_.status = a.head.status;
  result_.facts = d.facts;
  result_.retry_after = parse_retry_after(a.head.retry_after, thread_->commons->wall());
  skip_ = d.skip;
  body_end_ = d.body_end;
}

task<void> http_transfer::read_body(answer& a) {
  framing_.emplace(a.head);
  data_at_ = std::chrono::steady_clock::now();
  auto& link = *a.link;
  auto early = link.arrived().data();
  consume({static_cast<std::byte*>(early.data()), early.size()});
  link.arrived().consume(early.size());
  charge(early.size());
  while (running() && framing_->at() == body_framing::state::more) {
    wait_until(data_at_ + request_.stall_timeout);
    co_await link.wait_readable(*this);
    if (over())
      fail_over();
    else if (limited())
      co_await limited_turn(link);
    else
      receive_turn(link, turn_bytes_max);
  }
  conclude();
  const bool has_rest = framing_->at() == body_framing::state::more;
  if (complete_ && has_rest && left_over().value_or(open_end) <= drain_bytes_max)
    co_await drain(link);
  auto whole = framing_->at() == body_framing::state::done && !surplus_;
  if (complete_ && whole && a.head.keep_alive)
    thread_->pool.put(a.pool_key, std::move(a.link), std::chrono::steady_clock::now());
}

std::optional<std::uint64_t> http_transfer::left_over() const {
  return body_end_ ? std::optional{*body_end_ - result_.written_end} : std::nullopt;
}

/// Reads the rest of the body and throws it away. No harm when that fails: the connection is closed then.
task<void> http_transfer::drain(connection& link) {
  wait_until(std::chrono::steady_clock::now() + drain_time_max);
  while (!over() && framing_->at() == body_framing::state::more) {
    co_await link.wait_readable(*this);
    error_code why;
    const auto n = over() ? 0 : link.receive(thread_->buffer, why);
    if (n == 0 && why != asio::error::would_block)
      co_return;
    const auto step = framing_->take(std::span(thread_->buffer).first(n));
    surplus_ |= step.consumed < n;
    result_.bytes += step.body;
  }
}

void http_transfer::charge(std::size_t bytes) {
  if (bytes == 0 || !limited())
    return;
  auto now = std::chrono::steady_clock::now();
  provider_limit_->charge(bytes, now);
  thread_->commons->limit.charge(bytes, now);
}

/// Receives in its turn by both limits. The bytes are there already, so a turn is never held up by the
/// network.
task<void> http_transfer::limited_turn(connection& link) {
  const auto turn = co_await take_turn();
  auto received = std::size_t{0};
  if (over())
    fail_over();
  else
    received = receive_turn(link, std::min(turn.bytes(), turn_bytes_max));
  settle(turn, received);
  data_at_ = std::chrono::steady_clock::now(); // We kept it waiting, not it us.
}

/// Receives until there is nothing more for now, or this connection's turn is over; how many bytes came.
std::size_t http_transfer::receive_turn(connection& link, std::size_t turn) {
  std::size_t got = 0;
  while (got < turn && running() && framing_->at() == body_framing::state::more) {
    auto into = std::span(thread_->buffer).first(std::min(thread_->buffer.size(), turn - got));
    error_code why;
    auto n = link.receive(into, why);
    got += n;
    if (n > 0) {
      data_at_ = std::chrono::steady_clock::now();
      consume(into.first(n));
    }
    if (why == asio::error::eof && framing_->ends_with_connection()) {
      conclude();
      break;
    }
    if (why && why != asio::error::would_block && running() && framing_->at() == body_framing::state::more)
      fail(
          fault::truncated,
          endpoint_ + (why == asio::error::eof ? " closed" : " broke") + " the connection " + so_far());
    if (n < into.size())
      break;
  }
  return got;
}

void http_transfer::consume(std::span<std::byte> raw) {
  auto step = framing_->take(raw);
  surplus_ |= step.consumed < raw.size();
  result_.bytes += step.body;
  auto known = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, step.body));
  skip_ -= known;
  write(raw.subspan(known, step.body - known));
  if (running() && framing_->at() == body_framing::state::bad)
    fail(fault::malformed, "the chunks sent by " + endpoint_ + " are broken " + so_far());
  if (running()) {
    report();
    complete_ = complete_ || (running() && request_.window->is_full());
  }
}

void http_transfer::write(std::span<const std::byte> body) {
  if (body.empty())
    return;
  if (body_end_ && body.size() > *body_end_ - result_.written_end) {
    fail(fault::false_range, endpoint_ + " sends more bytes than it announced");
    return;
  }
  put(body);
}

/// The body is at its end: is that the end of the file?
void http_transfer::conclude() {
  if (!running())
    return;
  const auto wanted = request_.window->end();
  const auto& size = result_.facts.identity.size;
  const auto is_short_of = [&](std::uint64_t end) { return result_.written_end < std::min(end, wanted); };
  if ((body_end_ && is_short_of(*body_end_)) ||
      (size ? is_short_of(*size) : wanted != open_end && is_short_of(wanted)))
    fail(fault::truncated, endpoint_ + " ended the file " + so_far());
  else
    complete_ = true;
}

std::string http_transfer::so_far() const {
  const auto& size = result_.facts.identity.size;
  return "after " + std::to_string(result_.written_end) + (size ? " of " + std::to_string(*size) : "") +
         " bytes";
}

void http_transfer::fail_over() {
  if (framing_ && request_.window->is_full()) // Its end was drawn in to where it stands.
    complete_ = true;
  else if (cancelled())
    fail(fault::cancelled, "cancelled");
  else if (framing_)
    fail(
        fault::stalled,
        "nothing from " + endpoint_ + " for " + in_seconds(request_.stall_timeout) + ", " + so_far());
  else
    fail(fault::connect_timeout, "no answer from " + endpoint_ + " within " + in_seconds(settings_->timeout));
}

void http_transfer::let_go() {
  result_.message = without_secrets(std::move(result_.message), settings_->secrets);
}

} // namespace tributary::client
