// A small blocking HTTP client for the engine's own API: what the command line speaks with. Not for
// downloads. No Asio and no CAF in this header.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tributary {

struct api_endpoint {
  std::string url = "http://127.0.0.1:8000"; ///< http or https; a path in it stands before every target.
  std::string token;                         ///< "": none is sent.
  std::optional<std::string> ca_file;        ///< PEM, for https; none: the system's roots.
};

struct api_limits {
  std::chrono::milliseconds connect{5'000}; ///< Connection and TLS together; the resolver has its own.
  std::chrono::milliseconds answer{
      40'000}; ///< For a whole exchange: longer than the engine takes for its own.
  std::uint64_t body_bytes = 64u << 20;
};

using api_headers = std::vector<std::pair<std::string, std::string>>;

struct api_request {
  std::string method = "GET";
  std::string target; ///< "/api/jobs?limit=5", percent-encoded.
  std::string body;   ///< JSON; "": none is sent.
  api_headers headers;
};

struct api_reply {
  int status = 0;
  api_headers headers;
  std::string body;

  [[nodiscard]] bool ok() const noexcept { return status >= 200 && status < 300; }
  /// Value of the first field of that name in any case, "" when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

/// Why no reply came.
struct api_failure {
  enum class cause : std::uint8_t {
    bad_url,     ///< The endpoint cannot be read.
    unreachable, ///< Nobody listens there, or the name is unknown.
    timed_out,
    broken, ///< The connection ended early, TLS failed, or it speaks no HTTP.
  };
  cause why = cause::broken;
  std::string message; ///< For people, without the token.
};

/// Keeps one connection and uses it again. One thread at a time.
class api_client {
public:
  explicit api_client(api_endpoint endpoint, api_limits limits = {});
  ~api_client();
  api_client(const api_client&) = delete;
  api_client& operator=(const api_client&) = delete;

  [[nodiscard]] const api_endpoint& endpoint() const noexcept { return endpoint_; }

  /// One exchange; never repeated by itself.
  [[nodiscard]] std::variant<api_reply, api_failure> call(const api_request& request);

  /// For answers without an end (Server-Sent Events): hands the body on as it comes, until `take` returns
  /// false or the server ends it; then the reply has an empty body. What is not 2xx is read whole, as by
  /// call(). Nothing for `silence` is cause::timed_out.
  [[nodiscard]] std::variant<api_reply, api_failure> stream(
      const api_request& request, std::chrono::milliseconds silence,
      const std::function<bool(std::string_view)>& take);

private:
  class connection;
  [[nodiscard]] std::optional<api_failure> connect();
  /// Once, over the open connection. `lost`: it was closed without a byte of an answer.
  [[nodiscard]] std::variant<api_reply, api_failure> exchange(const api_request& request, bool& lost);

  api_endpoint endpoint_;
  api_limits limits_;
  std::unique_ptr<connection> connection_;
};

} // namespace tributary
