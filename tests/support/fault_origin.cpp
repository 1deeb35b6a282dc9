// One thread, one coroutine per connection. What is sent is put together first and then written as the reply
// says.
#include "tests/support/fault_origin.hpp"

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <deque>
#include <future>
#include <mutex>
#include <sstream>
#include <thread>

namespace tributary::testing {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::string lower(std::string text) {
  std::ranges::transform(
      text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

seen_request parse(const std::string& head) {
  std::istringstream in(head);
  seen_request out;
  in >> out.method >> out.target;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line) && line != "\r") {
    auto colon = line.find(':');
    if (colon == std::string::npos)
      continue;
    auto value = line.substr(colon + 1);
    value.erase(0, value.find_first_not_of(' '));
    while (value.ends_with('\r') || value.ends_with(' '))
      value.pop_back();
    out.headers[lower(line.substr(0, colon))] = value;
  }
  return out;
}

/// The header and body of an answer, before any fault of sending.
struct answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  void set(const std::string& name, const std::string& value) {
    std::erase_if(headers, [&](const auto& h) { return lower(h.first) == lower(name); });
    if (!value.empty())
      headers.emplace_back(name, value);
  }

  [[nodiscard]] std::string head() const {
    auto out = "HTTP/1.1 " + std::to_string(status) + " Whatever\r\n";
    for (const auto& [name, value] : headers)
      out += name + ": " + value + "\r\n";
    return out + "\r\n";
  }
};

void cut_to_range(answer& a, const std::string& range) {
  if (!range.starts_with("bytes="))
    return;
  auto size = a.body.size();
  auto dash = range.find('-');
  auto first = std::stoull(range.substr(6, dash - 6));
  auto last = dash + 1 < range.size() ? std::min<std::uint64_t>(std::stoull(range.substr(dash + 1)), size - 1)
                                      : size - 1;
  if (first >= size) {
    a.status = 416;
    a.body.clear();
    a.set("Content-Range", "bytes */" + std::to_string(size));
    return;
  }
  a.status = 206;
  a.set(
      "Content-Range",
      "bytes " + std::to_string(first) + "-" + std::to_string(last) + "/" + std::to_string(size));
  a.body = a.body.substr(first, last - first + 1);
}

std::string in_chunks(const std::string& body) {
  std::ostringstream out;
  for (std::size_t at = 0, size = 1; at < body.size(); at += size, size = size * 3 + 1) {
    size = std::min(size, body.size() - at);
    out << std::hex << size << (at % 2 ? ";note=\"x\"" : "") << "\r\n" << body.substr(at, size) << "\r\n";
  }
  out << "0\r\nTrailer: yes\r\n\r\n";
  return out.str();
}

answer answer_to(const seen_request& q, const served_file* file, const reply& r) {
  answer a;
  if (r.file)
    file = &*r.file;
  if (file) {
    a.body = file->body;
    a.set("Accept-Ranges", "bytes");
    a.set("ETag", file->etag);
    if (!r.ignore_range && !r.status)
      cut_to_range(a, q.header("range"));
  } else {
    a.status = 404;
    a.body = "no such file";
  }
  if (r.status)
    a.status = *r.status;
  a.set("Content-Length", std::to_string(a.body.size()));
  if (r.chunked) {
    a.body = in_chunks(a.body);
    a.set("Content-Length", "");
    a.set("Transfer-Encoding", "chunked");
  }
  if (r.until_close) {
    a.set("Content-Length", "");
    a.set("Connection", "close");
  }
  for (const auto& [name, value] : r.headers)
    a.set(name, value);
  return a;
}

} // namespace

std::string deterministic_body(std::size_t size, unsigned seed) {
  std::string out(size, '\0');
  std::uint64_t x = 0x9E3779B97F4A7C15u * (seed + 1);
  for (auto& c : out) {
    x ^= x << 13u;
    x ^= x >> 7u;
    x ^= x << 17u;
    c = static_cast<char>(x);
  }
  return out;
}

struct fault_origin::impl {
  explicit impl(const options& o)
      : acceptor(io, tcp::endpoint(asio::ip::make_address(o.address), 0)),
        endpoint(acceptor.local_endpoint()),
        tls(!o.certificate_file.empty()) {
    if (tls) {
      context.use_certificate_chain_file(o.certificate_file);
      context.use_private_key_file(o.key_file, asio::ssl::context::pem);
    }
    asio::co_spawn(io, accept(), asio::detached);
    thread = std::thread([this] { io.run(); });
  }

  ~impl() {
    io.stop();
    thread.join();
  }

  asio::awaitable<void> accept() {
    for (;;) {
      auto socket = co_await acceptor.async_accept(asio::use_awaitable);
      int number = 0;
      {
        std::lock_guard lock{mutex};
        number = ++connections;
      }
      asio::co_spawn(
          io, tls ? converse_tls(std::move(socket), number) : converse(std::move(socket), number),
          asio::detached);
    }
  }

  asio::awaitable<void> converse_tls(tcp::socket socket, int number) {
    asio::ssl::stream<tcp::socket> stream(std::move(socket), context);
    error_code failed;
    co_await stream.async_handshake(
        asio::ssl::stream_base::server, asio::redirect_error(asio::use_awaitable, failed));
    if (!failed)
      co_await serve_all(stream, number);
    if (!failed)
      co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, failed));
  }

  asio::awaitable<void> converse(tcp::socket socket, int number) { co_await serve_all(socket, number); }

  template <class Stream>
  asio::awaitable<void> serve_all(Stream& stream, int number) {
    std::string input;
    for (bool more = true; more;) {
      error_code failed;
      auto n = co_await asio::async_read_until(
          stream, asio::dynamic_buffer(input), "\r\n\r\n", asio::redirect_error(asio::use_awaitable, failed));
      if (failed)
        co_return;
      auto question = parse(input.substr(0, n));
      question.connection = number;
      input.erase(0, n);
      auto [how, file] = note(question);
      more = co_await respond(stream, question, how, file ? &*file : nullptr);
    }
  }

  std::pair<reply, std::optional<served_file>> note(const seen_request& q) {
    std::lock_guard lock{mutex};
    seen.push_back(q);
    auto how = usual;
    if (!scripted.empty()) {
      how = std::move(scripted.front());
      scripted.pop_front();
    } else if (decision) {
      how = decision(q);
    }
    auto at = files.find(q.target.substr(0, q.target.find('?')));
    return {std::move(how), at == files.end() ? std::nullopt : std::optional(at->second)};
  }

  template <class Stream>
  static asio::awaitable<void> fall_silent(Stream& stream) {
    char byte = 0;
    error_code ignored;
    co_await asio::async_read(
        stream, asio::buffer(&byte, 1), asio::redirect_error(asio::use_awaitable, ignored));
  }

  /// Returns whether the connection goes on.
  template <class Stream>
  asio::awaitable<bool>
  respond(Stream& stream, const seen_request& q, const reply& r, const served_file* file) {
    auto& socket = stream.lowest_layer();
    if (r.reset_at_once)
      reset(socket);
    if (r.stall_at_once)
      co_await fall_silent(stream);
    if (r.close_at_once || r.reset_at_once || r.stall_at_once)
      co_return false;
    if (r.raw) {
      co_await write(stream, *r.raw, r);
      co_return false;
    }
    auto a = answer_to(q, file, r);
    auto text = a.head();
    auto cut = std::min(
        {r.close_after.value_or(UINT64_MAX), r.reset_after.value_or(UINT64_MAX),
         r.stall_after.value_or(UINT64_MAX)});
    auto whole = cut >= a.body.size();
    text += whole ? a.body : a.body.substr(0, cut);
    auto sent = co_await write(stream, text, r);
    if (r.stall_after)
      co_await fall_silent(stream);
    if (r.reset_after)
      reset(socket);
    co_return sent&& cut == UINT64_MAX && !r.until_close && !r.close_quietly;
  }

  template <class Socket>
  static void reset(Socket& socket) {
    error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
  }

  template <class Stream>
  asio::awaitable<bool> write(Stream& stream, const std::string& text, const reply& r) {
    error_code failed;
    auto step = r.bytes_per_write ? r.bytes_per_write : text.size();
    for (std::size_t at = 0; at < text.size() && !failed; at += step) {
      auto part = asio::buffer(text.data() + at, std::min(step, text.size() - at));
      const auto taken =
          co_await asio::async_write(stream, part, asio::redirect_error(asio::use_awaitable, failed));
      bytes_sent += taken;
      if (r.pause.count() > 0) {
        asio::steady_timer timer(io, r.pause);
        co_await timer.async_wait(asio::use_awaitable);
      }
    }
    co_return !failed;
  }

  asio::io_context io{1};
  asio::ssl::context context{asio::ssl::context::tls_server};
  tcp::acceptor acceptor;
  tcp::endpoint endpoint;
  bool tls;
  mutable std::mutex mutex;
  std::map<std::string, served_file> files;
  std::deque<reply> scripted;
  reply usual;
  std::function<reply(const seen_request&)> decision;
  std::vector<seen_request> seen;
  std::atomic<std::uint64_t> bytes_sent{0};
  int connections = 0;
  std::thread thread;
};

fault_origin::fault_origin() : fault_origin(options{}) {}
fault_origin::fault_origin(const options& o) : impl_(std::make_unique<impl>(o)) {}
fault_origin::~fault_origin() = default;

std::uint16_t fault_origin::port() const {
  return impl_->endpoint.port();
}

std::string fault_origin::url(const std::string& path) const {
  auto address = impl_->endpoint.address();
  auto host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return (impl_->tls ? "https://" : "http://") + host + ":" + std::to_string(port()) + path;
}

void fault_origin::serve(const std::string& path, served_file file) {
  std::lock_guard lock{impl_->mutex};
  impl_->files[path] = std::move(file);
}

void fault_origin::next(reply r) {
  std::lock_guard lock{impl_->mutex};
  impl_->scripted.push_back(std::move(r));
}

void fault_origin::always(reply r) {
  std::lock_guard lock{impl_->mutex};
  impl_->usual = std::move(r);
}

void fault_origin::decide(std::function<reply(const seen_request&)> how) {
  std::lock_guard lock{impl_->mutex};
  impl_->decision = std::move(how);
}

void fault_origin::stop_listening() {
  std::promise<void> closed;
  asio::post(impl_->io, [&] {
    impl_->acceptor.close();
    closed.set_value();
  });
  closed.get_future().wait();
}

std::vector<seen_request> fault_origin::requests() const {
  std::lock_guard lock{impl_->mutex};
  return impl_->seen;
}

int fault_origin::connections() const {
  std::lock_guard lock{impl_->mutex};
  return impl_->connections;
}

std::uint64_t fault_origin::bytes_sent() const {
  return impl_->bytes_sent;
}

} // namespace tributary::testing
