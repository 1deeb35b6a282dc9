// One connection as a coroutine. The head's end is found here, so that the header limit is exact; Beast then
// parses.
#include "net/gateway/session.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

#include <array>

namespace tributary::gateway {

namespace {

namespace http = boost::beast::http;

constexpr std::size_t read_bytes = 16 * 1024;
constexpr std::size_t linger_bytes_max = 4u << 20; ///< Of a cut-off sender; then it gets a reset.

/// Brings an answer from any thread to the session, if it still lives.
class session_sink final : public answer_sink {
public:
  session_sink(std::shared_ptr<server_core> core, std::weak_ptr<session> to, std::uint64_t turn)
      : core_(std::move(core)), to_(std::move(to)), turn_(turn) {}

  void answer(response r) override {
    // The queued handler must not own the core: the core owns the queue.
    asio::post(
        core_->io, [core = core_.get(), to = std::move(to_), turn = turn_, r = std::move(r)]() mutable {
          --core->asks;
          if (const auto s = to.lock())
            s->answered(turn, std::move(r));
        });
  }

private:
  std::shared_ptr<server_core> core_;
  std::weak_ptr<session> to_;
  std::uint64_t turn_;
};

/// The address that a client named to get here, as a Host header writes it (without brackets).
std::string local_address_of(const tcp_socket& socket) {
  boost::system::error_code gone; // Then nothing is read from it, either.
  const auto address = socket.local_endpoint(gone).address();
  return address.is_v6() && address.to_v6().is_v4_mapped()
             ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string()
             : address.to_string();
}

std::string_view view(boost::beast::string_view s) {
  return {s.data(), s.size()};
}

} // namespace

session::session(tcp_socket socket, server_core& core)
    : core_(core),
      socket_(std::move(socket)),
      watchdog_(core.io),
      answer_came_(core.io),
      local_address_(local_address_of(socket_)),
      buffer_(core.options.limits.header_bytes_max + read_bytes) {}

awaitable<void> session::serve() {
  watch(core_.options.limits.header_deadline);
  while (true) { // GCC 12 miscompiles co_await in a loop's condition.
    const bool more = co_await serve_one();
    if (!more)
      break;
    first_ = false;
  }
  if (unread_)
    co_await linger();
}

awaitable<void> session::refuse() {
  request_id_ = core_.next_request_id();
  auto full = overloaded("There are too many connections.");
  co_await write_problem(std::move(full), false);
  unread_ = true;
  co_await linger();
}

/// One request and its answer. False: the connection ends.
awaitable<bool> session::serve_one() {
  ++turn_;
  in_work_ = false;
  request_id_ = core_.next_request_id();
  head_only_ = false;
  const auto head_read = co_await read_head();
  if (head_read != reading::done)
    co_return co_await end_with(head_read);
  const auto head = head_of();
  head_only_ = head.method == "HEAD";
  auto admitted = core_.admit.check(head);
  const bool keep = parser_->keep_alive() && !core_.stopping;
  if (auto* refused = std::get_if<problem>(&admitted)) {
    unread_ = head.has_body || !head.transfer_encoding.empty(); // Where that body ends nobody knows.
    co_return co_await write_problem(std::move(*refused), keep && !unread_);
  }
  auto& asked = std::get<request>(admitted);
  const auto body_read = co_await read_body();
  if (body_read != reading::done)
    co_return co_await end_with(body_read);
  if (const auto field = parser_->get().find(http::field::if_match); field != parser_->get().end())
    asked.if_match = view(field->value());
  if (const auto field = parser_->get().find("Last-Event-ID"); field != parser_->get().end())
    asked.last_event_id = view(field->value());
  if (const auto field = parser_->get().find("Idempotency-Key"); field != parser_->get().end())
    asked.idempotency_key = view(field->value());
  asked.body = std::move(parser_->get().body());
  if (core_.asks >=
      core_.options.limits.asks_max + core_.counters->streams) { // Each stream asks beside them.
    auto full = overloaded("Too many requests wait for an answer.");
    co_return co_await write_problem(std::move(full), keep);
  }
  const auto again = asked.what == action::follow_events ? asked : request{};
  auto answer = co_await ask(std::move(asked), core_.options.limits.request_deadline);
  if (!answer.resume)
    co_return co_await write(std::move(answer), keep && !core_.stopping);
  if (core_.counters->streams >= core_.options.limits.streams_max) {
    auto full = overloaded("There are too many event streams.");
    co_return co_await write_problem(std::move(full), keep);
  }
  co_await stream(again, std::move(answer));
  co_return false;
}

/// A request that will not be read on: says why, where somebody may still listen.
awaitable<bool> session::end_with(reading failed) {
  if (failed == reading::gone)
    co_return false;
  unread_ = true;
  co_return co_await write_problem(problem_of(failed), false);
}

awaitable<session::reading> session::read_head() {
  const auto& limits = core_.options.limits;
  if (buffer_.size() == 0) {
    if (core_.stopping)
      co_return reading::gone;
    if (!first_)
      watch(limits.idle_deadline);
    const bool some = co_await fill();
    if (!some)
      co_return reading::gone;
  }
  request_deadline_ = steady::now() + limits.request_deadline;
  if (!first_)
    watch(limits.header_deadline);
  std::size_t searched = 0;
  while (true) {
    const auto data = buffer_.data();
    const std::string_view seen{static_cast<const char*>(data.data()), data.size()};
    if (searched == 0 && seen.starts_with("\r\n")) {
      buffer_.consume(2); // An empty line before the request line is ignored (RFC 9112 section 2.2).
      continue;
    }
    const auto end = seen.substr(0, limits.header_bytes_max).find("\r\n\r\n", searched);
    if (end != std::string_view::npos)
      co_return parse_head(end + 4);
    if (seen.size() >= limits.header_bytes_max)
      co_return reading::too_large;
    searched = seen.size() < 3 ? 0 : seen.size() - 3;
    if (!co_await fill())
      co_return timed_out_ && !seen.empty() ? reading::late : reading::gone;
  }
}

session::reading session::parse_head(std::size_t head_bytes) {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(head_bytes));
  parser_->body_limit(boost::none); // A declared length is judged with the rest of the head.
  const auto used = parser_->put(boost::asio::buffer(buffer_.data(), head_bytes), malformed_);
  if (malformed_ || used != head_bytes || !parser_->is_header_done())
    return reading::malformed;
  parser_->body_limit(core_.options.limits.body_bytes_max);
  buffer_.consume(head_bytes);
  return reading::done;
}

request_head session::head_of() const {
  const auto& message = parser_->get();
  const auto field = [&](http::field name) { return view(message[name]); };
  request_head head;
  head.method = view(message.method_string());
  head.target = view(message.target());
  head.host_fields = message.count(http::field::host);
  head.host = field(http::field::host);
  head.authorization = field(http::field::authorization);
  head.origin = field(http::field::origin);
  head.content_type = field(http::field::content_type);
  head.content_encoding = field(http::field::content_encoding);
  head.transfer_encoding = field(http::field::transfer_encoding);
  head.local_address = local_address_;
  head.http_1_0 = message.version() == 10;
  head.has_body = !parser_->is_done();
  if (const auto length = parser_->content_length())
    head.content_length = *length;
  return head;
}

awaitable<session::reading> session::read_body() {
  if (parser_->is_done())
    co_return reading::done;
  watch_until(request_deadline_);
  if (boost::beast::iequals(parser_->get()[http::field::expect], "100-continue") && buffer_.size() == 0) {
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto [why, n] = co_await asio::async_write(socket_, asio::buffer(go_on), no_throw);
    if (why)
      co_return reading::gone;
  }
  while (!parser_->is_done()) {
    if (buffer_.size() > 0) {
      buffer_.consume(parser_->put(buffer_.data(), malformed_));
      if (malformed_ == http::error::body_limit)
        co_return reading::too_large;
      if (malformed_ && malformed_ != http::error::need_more)
        co_return reading::malformed;
      if (!malformed_)
        continue;
    }
    if (buffer_.size() == buffer_.max_size())
      co_return reading::malformed; // A chunk header without an end.
    if (!co_await fill())
      co_return timed_out_ ? reading::late : reading::gone;
  }
  co_return reading::done;
}

problem session::problem_of(reading failed) const {
  const bool in_head = !parser_ || !parser_->is_header_done();
  const auto& limits = core_.options.limits;
  if (failed == reading::late)
    return {kinds::too_slow, in_head ? "The header took too long." : "The body took too long."};
  if (failed == reading::too_large && in_head)
    return {
        kinds::header_too_large, "A header may have " + std::to_string(limits.header_bytes_max) + " bytes."};
  if (failed == reading::too_large)
    return {kinds::body_too_large, "A body may have " + std::to_string(limits.body_bytes_max) + " bytes."};
  if (malformed_ == http::error::bad_version)
    return {kinds::wrong_version, "Use HTTP/1.1."};
  return {kinds::malformed_request, "The request cannot be parsed: " + malformed_.message() + "."};
}

/// Hands the request on and waits for its answer; 504 when none comes (a bug: actors are asked with a
/// timeout).
awaitable<response> session::ask(request asked, milliseconds at_most) {
  asked.id = request_id_;
  in_work_ = true;
  answer_.reset();
  watch(at_most);
  responder answer{
      std::make_unique<session_sink>(core_.shared_from_this(), weak_from_this(), turn_), request_id_};
  ++core_.asks;
  core_.handler({std::move(asked), std::move(answer)});
  answer_came_.expires_at(steady::time_point::max());
  while (!answer_ && !timed_out_ && !ended_ && !(streaming_ && core_.stopping))
    co_await answer_came_.async_wait(no_throw);
  if (answer_)
    co_return *std::move(answer_);
  co_return render(retry_later({kinds::no_answer, "Whether it took effect is not known."}, 1), request_id_);
}

void session::answered(std::uint64_t turn, response r) {
  if (turn != turn_ || ended_)
    return;
  answer_ = std::move(r);
  answer_came_.cancel();
}

awaitable<bool> session::write_problem(problem p, bool keep_alive) {
  return write(render(p, request_id_), keep_alive);
}

/// Returns keep_alive, or false when the client is gone.
awaitable<bool> session::write(response r, bool keep_alive) {
  in_work_ = true;
  core_.counters->count_response(r.status);
  auto out = render_head(r, {request_id_, core_.date(), keep_alive});
  if (!head_only_)
    out += r.body;
  const bool sent = co_await send(std::move(out), core_.options.limits.request_deadline);
  co_return sent&& keep_alive;
}

/// False: the client is gone, or did not take it in time.
awaitable<bool> session::send(std::string bytes, milliseconds at_most) {
  watch(at_most);
  const auto [why, n] = co_await asio::async_write(socket_, asio::buffer(bytes), no_throw);
  co_return !why;
}

/// More bytes into the buffer. False: the client is gone, or the time is up.
awaitable<bool> session::fill() {
  if (timed_out_ || ended_)
    co_return false;
  const auto room = buffer_.prepare(std::min(read_bytes, buffer_.max_size() - buffer_.size()));
  const auto [why, n] = co_await socket_.async_read_some(room, no_throw);
  buffer_.commit(n);
  co_return !why && n > 0;
}

/// Closing with unread bytes would reset the connection, and the client might never read the answer.
awaitable<void> session::linger() {
  in_work_ = false;
  boost::system::error_code ignored; // The client may have closed already.
  socket_.shutdown(tcp_socket::shutdown_send, ignored);
  watch(core_.options.limits.linger);
  std::size_t dropped = 0;
  while (dropped < linger_bytes_max) {
    buffer_.consume(buffer_.size());
    if (!co_await fill())
      co_return;
    dropped += buffer_.size();
  }
}

void session::close_when_idle() {
  if (!in_work_)
    cut();
  else if (streaming_)
    answer_came_.cancel(); // Nothing is owed: what was sent is whole.
}

void session::cut() {
  if (std::exchange(ended_, true))
    return;
  boost::system::error_code ignored; // It is closed either way.
  socket_.close(ignored);
  watchdog_.cancel();
  answer_came_.cancel();
}

void session::watch_until(steady::time_point when) {
  deadline_ = when;
  timed_out_ = false;
  if (!ended_ && (!armed_ || when < armed_for_)) // A timer that fires too early is simply set again.
    arm();
}

void session::arm() {
  armed_ = true;
  armed_for_ = deadline_;
  watchdog_.expires_at(deadline_);
  watchdog_.async_wait([self = shared_from_this()](const boost::system::error_code& why) {
    if (!why)
      self->on_watchdog();
  });
}

void session::on_watchdog() {
  armed_ = false;
  if (ended_)
    return;
  if (steady::now() < deadline_)
    return arm();
  timed_out_ = true;
  boost::system::error_code ignored; // Nothing may be under way.
  socket_.cancel(ignored);
  answer_came_.cancel();
}

} // namespace tributary::gateway
