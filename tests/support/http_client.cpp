// The tests' HTTP client.
#include "tests/support/http_client.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <unistd.h>

namespace tributary::testing {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("http client: " + what + ": " + std::generic_category().message(errno));
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::size_t number(std::string_view text) {
  std::size_t n = 0;
  const auto [end, why] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (why != std::errc{} || end != text.data() + text.size())
    throw std::runtime_error("http client: not a number: " + std::string{text});
  return n;
}

http_reply parse_head(std::string_view head) {
  http_reply reply;
  if (!head.starts_with("HTTP/1.1 ") || head.size() < 12)
    throw std::runtime_error("http client: not a response: " + std::string{head});
  reply.status = static_cast<int>(number(head.substr(9, 3)));
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const auto line = head.substr(0, head.find("\r\n"));
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos)
      throw std::runtime_error("http client: not a header field: " + std::string{line});
    reply.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    head.remove_prefix(line.size() + 2);
  }
  return reply;
}

} // namespace

std::string http_reply::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const auto& h) { return same_name(h.first, name); });
  return found == headers.end() ? "" : found->second;
}

http_connection::http_connection(std::uint16_t port, std::chrono::milliseconds timeout, int receive_buffer)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (fd_ < 0)
    fail("socket");
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  const timeval limit{whole.count(), std::chrono::microseconds{timeout - whole}.count()};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (receive_buffer > 0) // Before connecting: it decides the window.
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    ::close(fd_);
    fail("connect");
  }
}

http_connection::~http_connection() {
  ::close(fd_);
}

bool http_connection::try_send(std::string_view raw) {
  while (!raw.empty()) {
    const auto n = ::send(fd_, raw.data(), raw.size(), MSG_NOSIGNAL);
    if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
      return false;
    if (n < 0)
      fail("send");
    raw.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void http_connection::send(std::string_view raw) {
  if (!try_send(raw))
    fail("send");
}

/// False: the server closed (also by a reset).
bool http_connection::read_more() {
  char chunk[16 * 1024];
  const auto n = ::recv(fd_, chunk, sizeof chunk, 0);
  if (n < 0 && errno != ECONNRESET)
    fail("receive");
  if (n <= 0)
    return false;
  buffer_.append(chunk, static_cast<std::size_t>(n));
  return true;
}

http_reply http_connection::receive(bool to_head) {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!read_more())
      throw std::runtime_error("http client: closed before a response came");
  auto reply = parse_head(std::string_view{buffer_}.substr(0, end + 2));
  buffer_.erase(0, end + 4);
  const auto length = reply.header("Content-Length");
  if (to_head || reply.status / 100 == 1)
    return reply;
  const std::optional<std::size_t> wanted = length.empty() ? std::nullopt : std::optional{number(length)};
  while (!wanted || buffer_.size() < *wanted)
    if (!read_more()) {
      if (wanted)
        throw std::runtime_error("http client: closed within a body");
      break;
    }
  reply.body = buffer_.substr(0, wanted.value_or(buffer_.size()));
  buffer_.erase(0, reply.body.size());
  return reply;
}

void http_connection::wait_for(std::string_view text) {
  while (buffer_.find(text) == std::string::npos)
    if (!read_more())
      throw std::runtime_error("http client: closed before it came: " + std::string{text});
}

bool http_connection::receive_chunk(std::string& to) {
  const auto need = [&](auto there) {
    while (!there())
      if (!read_more())
        throw std::runtime_error("http client: closed within a chunk");
  };
  need([&] { return buffer_.find("\r\n") != std::string::npos; });
  const auto line = buffer_.find("\r\n");
  std::size_t size = 0;
  if (const auto [end, why] = std::from_chars(buffer_.data(), buffer_.data() + line, size, 16);
      why != std::errc{} || end != buffer_.data() + line)
    throw std::runtime_error("http client: not a chunk: " + buffer_.substr(0, line));
  need([&] { return buffer_.size() >= line + 2 + size + 2; });
  to.append(buffer_, line + 2, size);
  buffer_.erase(0, line + 2 + size + 2);
  return size > 0;
}

bool http_connection::closed_by_server() {
  return buffer_.empty() && !read_more();
}

std::string http_request(
    std::string_view method, std::string_view target, const http_headers& headers, std::string_view body) {
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  const auto given = [&](std::string_view name) {
    return std::ranges::any_of(headers, [&](const auto& h) { return same_name(h.first, name); });
  };
  if (!given("Host"))
    text += "Host: localhost\r\n";
  if ((!body.empty() || method == "POST" || method == "PUT") && !given("Content-Length"))
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  for (const auto& [name, value] : headers)
    text.append(name).append(": ").append(value).append("\r\n");
  return text.append("\r\n").append(body);
}

http_reply http_call(
    std::uint16_t port, std::string_view method, std::string_view target, const http_headers& headers,
    std::string_view body) {
  http_connection connection{port};
  connection.send(http_request(method, target, headers, body));
  return connection.receive(method == "HEAD");
}

} // namespace tributary::testing
