// Reads a provider's catalogue over HTTP: asks with the validators of the copy at hand, takes a bounded body,
// and has it parsed on the file threads. Internal to net/client.
#pragma once

#include "net/client/activity.hpp"
#include "net/client/exchange.hpp"
#include "net/client/loader.hpp"
#include "net/client/transfer_thread.hpp"

#include <functional>

namespace tributary::client {

class http_catalog final : public activity {
public:
  using callback = std::function<void(catalog_answer)>;

  http_catalog(
      std::shared_ptr<transfer_thread> thread, std::shared_ptr<const http_settings> settings,
      document_version known, callback done);

  /// Runs it on its thread, or answers at once when that is closing.
  void start();

  task<void> run(); ///< See launch().

private:
  task<void> read();
  task<void> read_body(answer& a);
  void note(const answer& a);
  void fail(fault cause, std::string message);
  void fail_over(const std::string& endpoint);
  void finish();

  std::shared_ptr<transfer_thread> thread_;
  std::shared_ptr<const http_settings> settings_;
  document_version known_;
  callback done_;
  catalog_answer result_;
  std::string text_;
  steady_time begun_{};
  bool complete_ = false; ///< The whole text is here.
};

} // namespace tributary::client
