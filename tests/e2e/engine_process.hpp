// `tributary run` as a child process, spoken to as its users do: over the API with a bearer token.
#pragma once

#include "tests/support/process.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tributary::testing {

class engine_process {
public:
  struct folders {
    std::filesystem::path config, state, downloads;
    std::map<std::string, std::string> environment{}; ///< On top of ours.
    std::optional<int> standard_error{};              ///< Instead of a pipe that process().wait() reads.
  };
  /// Starts it and waits until it listens; `port` 0 when it did not (see process().errors()).
  /// `quiet`: it logs no events.
  explicit engine_process(const folders& f, bool quiet = false);

  struct reply {
    int status = 0;
    boost::json::value body;
  };
  [[nodiscard]] const std::string& token() const noexcept { return token_; }

  /// One API call as admin. status 0: no answer (the engine died).
  reply call(const std::string& method, const std::string& path, const std::string& body = "");

  /// Submits a download of `path`; the id, or nothing when it was not acknowledged.
  std::optional<std::string> submit(const std::string& path, const std::string& sha256 = "");

  boost::json::object job(const std::string& id);
  std::string state_of(const std::string& id);
  /// Waits until the job is final and returns it.
  boost::json::object
  finished(const std::string& id, std::chrono::milliseconds at_most = std::chrono::seconds(60));

  [[nodiscard]] testing::process& process() noexcept { return *process_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
  std::unique_ptr<testing::process> process_;
  std::uint16_t port_ = 0;
  std::string token_;
};

/// Pseudo-random bytes, the same for the same seed.
[[nodiscard]] std::string random_bytes(std::size_t size, unsigned seed);

/// SHA-256, lower-case hex.
[[nodiscard]] std::string sha256_of(const std::string& bytes);

/// Names of all files below `folder` that end in ".part".
[[nodiscard]] std::vector<std::string> part_files(const std::filesystem::path& folder);

/// A settings document of http providers, in chain order, with global settings as JSON text.
[[nodiscard]] std::string settings_text(
    const std::vector<std::pair<std::string, std::string>>& providers, const std::string& global = "{}");

} // namespace tributary::testing
