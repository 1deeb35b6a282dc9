// A real web server for end-to-end tests: nginx on a loopback port that the system chose.
#pragma once

#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace tributary::testing {

class nginx {
public:
  struct options {
    std::string location{};                     ///< More directives for "location /", e.g. "limit_rate 1m;".
    std::string certificate_file{}, key_file{}; ///< PEM; when given, TLS is spoken.
  };
  /// Serves `root`. The listening socket is ours and handed over, so the port is never free in between.
  explicit nginx(std::filesystem::path root);
  nginx(std::filesystem::path root, options o);

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string url() const {
    return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_);
  }

  /// Dies at once, as a machine does; connections are reset or closed.
  void kill() { server_->kill(); }

  /// One line a request: status, body bytes sent, Range header, URI.
  [[nodiscard]] std::string access_log() const { return read_file(folder_ / "access.log"); }

private:
  temp_dir folder_;
  std::uint16_t port_ = 0;
  bool tls_;
  std::unique_ptr<process> server_;
};

} // namespace tributary::testing
