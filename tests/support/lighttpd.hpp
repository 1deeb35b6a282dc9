// A second real web server for end-to-end tests, with other validators than nginx: lighttpd on a loopback
// port that the system chose.
#pragma once

#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace tributary::testing {

class lighttpd {
public:
  /// Serves `root`, each connection at most that many KiB/s (0: unlimited).
  explicit lighttpd(std::filesystem::path root, unsigned kib_per_second = 0);

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// Dies at once, as a machine does.
  void kill() { server_->kill(); }

private:
  temp_dir folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<process> server_;
};

} // namespace tributary::testing
