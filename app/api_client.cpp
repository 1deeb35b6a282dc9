// Asynchronous operations on an io_context of its own, run to their end one by one: that is how Beast's
// streams keep time limits.
#include "app/api_client.hpp"

#include "net/client/url.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/version.hpp>

#include <openssl/ssl.h>

#include <array>
#include <cassert>

namespace tributary {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using cause = api_failure::cause;

namespace {

constexpr std::uint32_t reply_header_bytes_max = 64 * 1024;
constexpr std::size_t stream_buffer_bytes = 16 * 1024;

http::request<http::string_body>
message_of(const api_request& r, const client::url& base, const std::string& token) {
  const auto prefix = base.target.substr(0, base.target.find_last_not_of('/') + 1);
  http::request<http::string_body> m;
  m.method_string(r.method);
  m.target(prefix + r.target);
  m.version(11);
  m.set(http::field::host, base.authority());
  m.set(http::field::user_agent, "tributary");
  if (!token.empty())
    m.set(http::field::authorization, "Bearer " + token);
  for (const auto& [name, value] : r.headers)
    m.set(name, value);
  if (!r.body.empty()) {
    m.set(http::field::content_type, "application/json");
    m.body() = r.body;
  }
  if (!r.body.empty() || r.method == "POST" || r.method == "PUT")
    m.prepare_payload();
  return m;
}

template <class Body>
api_reply reply_of(const http::response<Body>& m) {
  api_reply r;
  r.status = static_cast<int>(m.result_int());
  for (const auto& field : m)
    r.headers.emplace_back(field.name_string(), field.value());
  return r;
}

api_failure failure_of(error_code why, const std::string& where) {
  if (why == beast::error::timeout)
    return {cause::timed_out, where + " did not answer in time"};
  if (why == http::error::body_limit)
    return {cause::broken, where + " sent more than this program reads"};
  if (why == http::error::end_of_stream || why == http::error::partial_message || why == asio::error::eof ||
      why == asio::error::connection_reset || why == asio::error::broken_pipe)
    return {cause::broken, where + " closed the connection before it had answered"};
  if (why.category() == http::make_error_code(http::error::bad_version).category())
    return {cause::broken, "what listens at " + where + " does not speak HTTP: " + why.message()};
  return {cause::broken, "the connection to " + where + " failed: " + why.message()};
}

} // namespace

std::string_view api_reply::header(std::string_view name) const noexcept {
  for (const auto& [n, value] : headers)
    if (beast::iequals(n, name))
      return value;
  return {};
}

class api_client::connection {
public:
  /// Or why there is none.
  static std::variant<std::unique_ptr<connection>, api_failure>
  open(const client::url& to, const std::optional<std::string>& ca_file, std::chrono::milliseconds limit) {
    auto made = std::unique_ptr<connection>(new connection(to));
    if (auto why = made->reach(limit))
      return *why;
    if (to.tls())
      if (auto why = made->secure(ca_file))
        return *why;
    return made;
  }

  [[nodiscard]] const client::url& peer() const noexcept { return to_; }

  /// False: the server has closed it, or said something that nobody asked for.
  [[nodiscard]] bool usable() {
    auto& socket = plain_.socket();
    char byte = 0;
    error_code why;
    socket.non_blocking(true, why);
    if (!why)
      socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, why);
    return why == asio::error::would_block;
  }

  void expire_after(std::chrono::milliseconds limit) { plain_.expires_after(limit); }

  template <class Message>
  error_code write(Message& m) {
    return on_stream([&](auto& s, auto done) { http::async_write(s, m, std::move(done)); });
  }
  template <class Parser>
  error_code read(Parser& p) {
    return on_stream([&](auto& s, auto done) { http::async_read(s, buffer_, p, std::move(done)); });
  }
  template <class Parser>
  error_code read_header(Parser& p) {
    return on_stream([&](auto& s, auto done) { http::async_read_header(s, buffer_, p, std::move(done)); });
  }
  template <class Parser>
  error_code read_some(Parser& p) {
    return on_stream([&](auto& s, auto done) { http::async_read_some(s, buffer_, p, std::move(done)); });
  }

private:
  explicit connection(client::url to) : to_(std::move(to)) {}

  /// Starts one operation and runs it to its end.
  template <class Start>
  error_code run(Start start) {
    error_code result = asio::error::would_block;
    start([&](error_code why, auto&&...) { result = why; });
    io_.restart();
    io_.run();
    assert(result != asio::error::would_block);
    return result;
  }
  template <class Start>
  error_code on_stream(Start start) {
    return tls_ ? run([&](auto done) { start(*tls_, std::move(done)); })
                : run([&](auto done) { start(plain_, std::move(done)); });
  }

  std::optional<api_failure> reach(std::chrono::milliseconds limit) {
    error_code why;
    tcp::resolver resolver{io_};
    const auto found = resolver.resolve(to_.host, to_.port, why);
    if (why)
      return api_failure{cause::unreachable, "the name " + to_.host + " is not known: " + why.message()};
    plain_.expires_after(limit);
    why = run([&](auto done) { plain_.async_connect(found, std::move(done)); });
    if (why == beast::error::timeout)
      return failure_of(why, to_.endpoint());
    if (why)
      return api_failure{cause::unreachable, to_.endpoint() + ": " + why.message()};
    plain_.socket().set_option(tcp::no_delay(true), why); // Only slower without.
    return std::nullopt;
  }

  std::optional<api_failure> secure(const std::optional<std::string>& ca_file) {
    const auto refused = [&](const std::string& why) {
      return api_failure{cause::broken, "no TLS with " + to_.endpoint() + ": " + why};
    };
    error_code why;
    context_.emplace(asio::ssl::context::tls_client);
    if (ca_file)
      context_->load_verify_file(*ca_file, why);
    else
      context_->set_default_verify_paths(why);
    if (why)
      return refused("the certificates cannot be read: " + why.message());
    tls_.emplace(plain_, *context_);
    tls_->set_verify_mode(asio::ssl::verify_peer);
    tls_->set_verify_callback(asio::ssl::host_name_verification(to_.host));
    error_code not_an_address;
    asio::ip::make_address(to_.host, not_an_address);
    if (auto name = to_.host; not_an_address) // Only names are indicated.
      SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    why = run([&](auto done) { tls_->async_handshake(asio::ssl::stream_base::client, std::move(done)); });
    return why ? std::optional{refused(why.message())} : std::nullopt;
  }

  client::url to_;
  asio::io_context io_{1};
  beast::tcp_stream plain_{io_};
  std::optional<asio::ssl::context> context_;
  std::optional<asio::ssl::stream<beast::tcp_stream&>> tls_;
  beast::flat_buffer buffer_;
};

api_client::api_client(api_endpoint endpoint, api_limits limits)
    : endpoint_(std::move(endpoint)), limits_(limits) {}

api_client::~api_client() = default;

std::optional<api_failure> api_client::connect() {
  if (connection_ && connection_->usable())
    return std::nullopt;
  connection_.reset();
  auto to = client::parse_url(endpoint_.url);
  if (const auto* wrong = std::get_if<std::string>(&to))
    return api_failure{cause::bad_url, "the engine's URL is wrong: " + *wrong};
  auto opened = connection::open(std::get<client::url>(to), endpoint_.ca_file, limits_.connect);
  if (auto* why = std::get_if<api_failure>(&opened))
    return std::move(*why);
  connection_ = std::get<std::unique_ptr<connection>>(std::move(opened));
  return std::nullopt;
}

std::variant<api_reply, api_failure> api_client::call(const api_request& request) {
  const bool kept = connection_ && connection_->usable();
  if (auto why = connect())
    return std::move(*why);
  bool lost = false; // Closed without a byte of an answer.
  auto first = exchange(request, lost);
  // The server may close a kept connection just when it is used. What changes nothing when it is done twice
  // is asked once more (RFC 9110 section 9.2.2).
  if (!lost || !kept || request.method == "POST")
    return first;
  if (auto why = connect())
    return std::move(*why);
  return exchange(request, lost);
}

std::variant<api_reply, api_failure> api_client::exchange(const api_request& request, bool& lost) {
  const auto where = connection_->peer().endpoint();
  auto m = message_of(request, connection_->peer(), endpoint_.token);
  http::response_parser<http::string_body> parser;
  parser.header_limit(reply_header_bytes_max);
  parser.body_limit(limits_.body_bytes);
  parser.skip(request.method == "HEAD");
  connection_->expire_after(limits_.answer);
  const auto unsent = connection_->write(m); // A server may refuse before it has read all: its answer counts.
  const auto why = connection_->read(parser);
  if (why) {
    lost = !parser.got_some() && why != beast::error::timeout;
    connection_.reset();
    return failure_of(unsent ? unsent : why, where);
  }
  auto reply = reply_of(parser.get());
  reply.body = std::move(parser.get().body());
  if (unsent || !parser.keep_alive())
    connection_.reset();
  return reply;
}

std::variant<api_reply, api_failure> api_client::stream(
    const api_request& request, std::chrono::milliseconds silence,
    const std::function<bool(std::string_view)>& take) {
  if (auto why = connect())
    return std::move(*why);
  const auto c = std::move(connection_); // What is left of an endless answer is of no use to anybody.
  const auto where = c->peer().endpoint();
  auto m = message_of(request, c->peer(), endpoint_.token);
  http::response_parser<http::buffer_body> parser;
  parser.header_limit(reply_header_bytes_max);
  parser.body_limit(boost::none);
  c->expire_after(limits_.answer);
  if (const auto why = c->write(m))
    return failure_of(why, where);
  if (const auto why = c->read_header(parser))
    return failure_of(why, where);

  auto reply = reply_of(parser.get());
  std::array<char, stream_buffer_bytes> chunk;
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = chunk.data();
    body.size = chunk.size();
    c->expire_after(silence);
    const auto why = c->read_some(parser);
    const std::string_view got{chunk.data(), chunk.size() - body.size};
    if (!reply.ok()) {
      reply.body.append(got);
      if (reply.body.size() > limits_.body_bytes)
        return failure_of(http::error::body_limit, where);
    } else if (!got.empty() && !take(got)) {
      return reply;
    }
    if (why && why != http::error::need_buffer)
      return failure_of(why, where);
  }
  return reply;
}

} // namespace tributary
