// The open body of a session: parts are asked for like answers, one at a time, and each is sent before the
// next is asked for. So what waits for a slow reader is one part, and how far behind it is costs nothing
// here.
#include "net/gateway/session.hpp"

#include <array>
#include <charconv>

namespace tributary::gateway {

namespace {

/// Counts a stream for as long as it runs, however that ends.
class counted {
public:
  explicit counted(std::atomic<std::uint64_t>& streams) : streams_(streams) { ++streams_; }
  ~counted() { --streams_; }
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;

private:
  std::atomic<std::uint64_t>& streams_;
};

/// RFC 9112 section 7.1; an empty one would end the body.
std::string chunk(std::string_view bytes) {
  std::array<char, 2 * sizeof(std::size_t)> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
  std::string out;
  out.reserve(bytes.size() + size.size() + 4);
  out.append(size.data(), end).append("\r\n").append(bytes).append("\r\n");
  return out;
}

constexpr std::string_view last_chunk = "0\r\n\r\n";

} // namespace

awaitable<void> session::stream(request asked, response first) {
  const counted here{core_.counters->streams};
  core_.counters->count_response(first.status);
  streaming_ = true;
  const auto& limits = core_.options.limits;
  const bool chunked = parser_->get().version() != 10;
  auto out = render_head(first, {request_id_, core_.date(), false, !chunked});
  if (head_only_) {
    co_await send(std::move(out), limits.request_deadline);
    co_return;
  }
  out += chunked ? chunk(first.body) : first.body;
  boost::system::error_code ignored; // Then the kernel holds more.
  socket_.set_option(asio::socket_base::send_buffer_size{limits.stream_kernel_bytes}, ignored);
  drop_input();
  asked.resume = first.resume;
  bool sent = false;
  while (true) {
    sent = co_await send(std::move(out), limits.stream_page_deadline);
    if (!sent)
      break;
    ++turn_;
    auto part = co_await ask(asked, limits.stream_heartbeat + limits.request_deadline);
    if (!part.resume || ended_ || core_.stopping) // Whatever went wrong: the client comes back for the rest.
      break;
    asked.resume = part.resume;
    out = chunked ? chunk(part.body) : std::move(part.body);
  }
  if (!sent && timed_out_) {
    ++core_.counters->streams_cut;
    core_.options.log("request " + request_id_ + ": the reader of an event stream was too slow: cut off");
  }
  if (sent && chunked && !ended_)
    co_await send(std::string{last_chunk}, limits.linger);
}

/// A client that leaves is noticed at once, not at the next event; what it still says is of no interest.
void session::drop_input() {
  socket_.async_read_some(
      asio::buffer(dropped_), [self = shared_from_this()](const boost::system::error_code& why, std::size_t) {
        if (why)
          self->cut();
        else
          self->drop_input();
      });
}

} // namespace tributary::gateway
