// The threads that transfers run on: one io_context each, one large receive buffer each, shared by all its
// connections. Also holds what is shared by all loaders: the engine's bandwidth bucket and the file threads.
#pragma once

#include "config/secrets.hpp"
#include "net/client/file_worker.hpp"
#include "net/client/loader.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace tributary {

namespace client {
struct folder_calls; // net/client/directory_source.hpp
}

class transfer_threads {
public:
  struct impl;

  /// Starts `threads` threads. One is enough on small machines (docs: bench/README.md).
  /// `wall` tells the date that Retry-After is measured from; empty: the system's clock. `environment` tells
  /// the proxy variables (net/client/proxy_choice.hpp), read once, here; empty: the process's own.
  explicit transfer_threads(
      std::shared_ptr<file_worker> files, unsigned threads = 1, std::function<wall_time()> wall = {},
      std::function<const char*(const char*)> environment = {});
  /// Stops and joins; every running transfer ends as cancelled first. Never from an observer.
  ~transfer_threads();

  /// Mbit/s over all transfers of the engine; none: unlimited. Holds at once. Any thread.
  void limit_bandwidth(std::optional<double> mbps);

  /// Ends every transfer and joins the threads, within a few milliseconds. Idempotent.
  void stop();

  /// Makes `http` loaders that work on these threads. The factory and its loaders keep the threads' state
  /// alive, not the threads running. `secrets` is asked at each request of a provider that names some.
  [[nodiscard]] loader_factory http_loaders(secret_source secrets = {});
  /// The same for `directory` loaders; `calls`: how the file system is asked, for tests.
  [[nodiscard]] loader_factory directory_loaders();
  [[nodiscard]] loader_factory directory_loaders(client::folder_calls calls);
  /// The same for whatever kind a provider's settings say.
  [[nodiscard]] loader_factory loaders(secret_source secrets = {});

private:
  std::shared_ptr<impl> impl_;
};

} // namespace tributary
