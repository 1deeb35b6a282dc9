// A small blocking HTTP client for tests, on plain sockets: it sends exactly the bytes that it is told to,
// well-formed or not. Loopback only. Every wait ends after the timeout, with an exception.
#pragma once

#include "tests/support/slowness.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tributary::testing {

using http_headers = std::vector<std::pair<std::string, std::string>>;

struct http_reply {
  int status = 0;
  http_headers headers;
  std::string body;

  /// Value of the first field of that name in any case, "" when there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
};

/// One connection. Everything throws std::runtime_error when it fails or takes too long.
class http_connection {
public:
  /// `receive_buffer`: bytes that the kernel takes in for us before we read; 0: as many as it likes.
  explicit http_connection(
      std::uint16_t port, std::chrono::milliseconds timeout = slowness * std::chrono::seconds{10},
      int receive_buffer = 0);
  ~http_connection();
  http_connection(const http_connection&) = delete;
  http_connection& operator=(const http_connection&) = delete;

  /// Those bytes, as they are.
  void send(std::string_view raw);
  /// As send(), but the server may close before it has taken all: then false.
  bool try_send(std::string_view raw);
  /// The next response. `to_head`: it answers a HEAD, so no body follows.
  [[nodiscard]] http_reply receive(bool to_head = false);
  /// Waits for that text in what comes, and leaves all of it to be received.
  void wait_for(std::string_view text);
  /// Appends the next chunk of a chunked body; false: it was the last one. After receive(true).
  [[nodiscard]] bool receive_chunk(std::string& to);
  /// Waits for the server to close. False: more bytes came instead.
  [[nodiscard]] bool closed_by_server();

private:
  bool read_more();

  int fd_ = -1;
  std::string buffer_;
};

/// A whole request as text, with Host, Content-Length (for a body or a method that has one) and those fields.
[[nodiscard]] std::string http_request(
    std::string_view method, std::string_view target, const http_headers& headers = {},
    std::string_view body = {});

/// One request on a connection of its own.
[[nodiscard]] http_reply http_call(
    std::uint16_t port, std::string_view method, std::string_view target, const http_headers& headers = {},
    std::string_view body = {});

} // namespace tributary::testing
