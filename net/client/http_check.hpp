// One active check over HTTP: a one-byte range of some small thing, and what the answer shows that the
// provider can do. It goes out on a connection of its own, which later requests may use. Internal to
// net/client.
#pragma once

#include "net/client/activity.hpp"
#include "net/client/exchange.hpp"
#include "net/client/transfer_thread.hpp"

#include <functional>

namespace tributary::client {

class http_check final : public activity {
public:
  http_check(
      std::shared_ptr<transfer_thread> thread, std::shared_ptr<const http_settings> settings,
      std::function<void(const check_result&)> done);

  /// Runs it on its thread, or answers at once when that is closing.
  void start();

  task<void> run(); ///< See launch().

private:
  void judge(const answer& a);

  std::shared_ptr<transfer_thread> thread_;
  std::shared_ptr<const http_settings> settings_;
  std::function<void(const check_result&)> done_;
  check_result result_;
};

} // namespace tributary::client
