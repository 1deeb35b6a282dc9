// Decides from a request's head alone whether it goes on: host, path, method, token, origin, body. Pure, so
// that every refusal is given before a byte of the body is read.
#pragma once

#include "net/gateway/auth.hpp"
#include "net/gateway/limits.hpp"
#include "net/gateway/request.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tributary::gateway {

/// The fields of a head that matter here; "" where a field is absent. Views into the connection's parser.
struct request_head {
  std::string_view method, target;
  std::size_t host_fields = 0; ///< How many Host fields there are.
  std::string_view host, authorization, origin, content_type, content_encoding, transfer_encoding;
  std::string_view local_address; ///< Where the connection came in, as an IP address; "": not known.
  bool http_1_0 = false;
  bool has_body = false;
  std::optional<std::uint64_t> content_length;
};

class admission {
public:
  /// `hosts`: names (without port) that requests may be addressed to, beside the loopback ones and the
  /// address that the connection came in at (no name can be rebound to make a browser say that).
  /// `metrics_open`: whether /metrics needs no token; null: it does.
  admission(
      authenticator auth, std::vector<std::string> hosts, const gateway_limits& limits,
      std::shared_ptr<const std::atomic<bool>> metrics_open = nullptr);

  /// The request with everything but `body` and `id`, or why it is refused.
  [[nodiscard]] std::variant<request, problem> check(const request_head& head) const;

private:
  [[nodiscard]] std::optional<problem> check_host(const request_head& head, std::string_view authority) const;
  [[nodiscard]] std::optional<problem> check_body(const request_head& head) const;
  [[nodiscard]] bool is_open(const route& r) const;

  authenticator auth_;
  std::vector<std::string> hosts_; ///< Lower case, IPv6 without brackets.
  std::size_t body_bytes_max_;
  std::shared_ptr<const std::atomic<bool>> metrics_open_;
};

} // namespace tributary::gateway
