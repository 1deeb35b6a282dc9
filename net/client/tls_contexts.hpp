// The TLS contexts in use, one per file of trusted certificates. Internal to net/client.
#pragma once

#include "net/client/tls.hpp"

#include <map>
#include <mutex>

namespace tributary::client {

/// Any thread.
class tls_contexts {
public:
  /// Made at the first call and kept; a failure is not kept, so that the file can be put right.
  [[nodiscard]] std::variant<std::shared_ptr<const tls_context>, std::string>
  get(const std::optional<std::string>& ca_file) {
    std::lock_guard lock{mutex_};
    auto key = ca_file.value_or("");
    if (auto at = made_.find(key); at != made_.end())
      return at->second;
    auto fresh = tls_context::make(ca_file);
    if (auto* context = std::get_if<std::shared_ptr<const tls_context>>(&fresh))
      made_.emplace(std::move(key), *context);
    return fresh;
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const tls_context>> made_;
};

} // namespace tributary::client
