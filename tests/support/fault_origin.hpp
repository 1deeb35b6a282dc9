// An HTTP origin on a loopback port that the system chose, which misbehaves as told: for tests of whoever
// downloads. Serves files with Range, a strong ETag and keep-alive; each request may be given its own fault.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tributary::testing {

/// The same bytes for the same size and seed.
[[nodiscard]] std::string deterministic_body(std::size_t size, unsigned seed = 1);

struct served_file {
  std::string body;
  std::string etag = "\"v1\""; ///< With its quotes; "": none.
};

/// How one request is answered. What is not set is as it should be.
struct reply {
  std::optional<int> status{}; ///< Instead of 200, 206, 404 or 416.
  /// Added, or instead of the present ones of that name; an empty value leaves the field out.
  std::vector<std::pair<std::string, std::string>> headers{};
  std::optional<served_file> file{}; ///< Instead of the one that is served under the path.
  bool ignore_range = false;         ///< 200 and everything.
  bool chunked = false;
  bool until_close = false; ///< No length: the end of the connection is the end of the body.
  /// Body bytes (headers count as 0, so 0 is after the header) before the connection is closed, reset, or
  /// falls silent.
  std::optional<std::uint64_t> close_after{}, reset_after{}, stall_after{};
  bool close_at_once = false, reset_at_once = false, stall_at_once = false; ///< Without any answer.
  std::optional<std::string> raw{};   ///< These bytes and nothing else, then close.
  std::size_t bytes_per_write = 0;    ///< 0: as many as go.
  std::chrono::milliseconds pause{0}; ///< Between writes.
  bool close_quietly = false;         ///< After a whole answer that promised keep-alive.
};

struct seen_request {
  std::string method, target;
  std::map<std::string, std::string> headers; ///< Names in lower case.
  int connection = 0;                         ///< Counted from 1.
  [[nodiscard]] std::string header(const std::string& name) const {
    auto at = headers.find(name);
    return at == headers.end() ? "" : at->second;
  }
};

class fault_origin {
public:
  struct options {
    std::string certificate_file, key_file; ///< PEM; when given, TLS is spoken.
    std::string address = "127.0.0.1";
  };
  fault_origin();
  explicit fault_origin(const options& o);
  ~fault_origin(); ///< Closes everything.
  fault_origin(const fault_origin&) = delete;
  fault_origin& operator=(const fault_origin&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// "http://127.0.0.1:PORT" + path
  [[nodiscard]] std::string url(const std::string& path = "") const;

  void serve(const std::string& path, served_file file);
  /// For the next request that has none yet; each is used once, in order.
  void next(reply r);
  /// For all requests that have none of their own.
  void always(reply r);
  /// Instead of `always`: asked for each request, one at a time, on the origin's thread.
  void decide(std::function<reply(const seen_request&)> how);

  /// Refuses new connections from now on; those that stand go on.
  void stop_listening();

  [[nodiscard]] std::vector<seen_request> requests() const;
  [[nodiscard]] int connections() const;
  /// Bytes of all answers that the network took, headers too.
  [[nodiscard]] std::uint64_t bytes_sent() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace tributary::testing
