// Real proxies for tests, from Debian: tinyproxy (HTTP) and microsocks (SOCKS5), each its own process on a
// free loopback port, ended by its id.
#pragma once

#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tributary::testing {

class proxy_server {
public:
  enum class kind { http, socks5 };

  /// With a user name it wants both. Ready when made.
  explicit proxy_server(kind speaks, const std::string& user = {}, const std::string& password = {});

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }
  /// For the setting `proxy`; `credentials`: "user:password@" or "".
  [[nodiscard]] std::string address(const std::string& credentials = {}) const;

  /// What it wrote about its work, after its end.
  std::string end_and_read_log();

private:
  [[nodiscard]] std::vector<std::string> command(const std::string& user, const std::string& password) const;

  kind speaks_;
  temp_dir folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<process> server_;
};

} // namespace tributary::testing
