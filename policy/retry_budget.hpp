// Keeps retries from drowning a service that is already down.
// Source: gRPC proposal A6 "client retries", section "Throttling Retry Attempts and Hedged RPCs": a failure
// costs one token, a success gives back `ratio`; retries are allowed while more than half of the tokens are
// left.
#pragma once

#include <cstdint>

namespace tributary {

class retry_budget {
public:
  explicit retry_budget(double max_tokens = 100, double ratio = 0.5) noexcept
      : max_(max_tokens), ratio_(ratio), tokens_(max_tokens) {}

  void success() noexcept { tokens_ = tokens_ + ratio_ > max_ ? max_ : tokens_ + ratio_; }
  void failure() noexcept { tokens_ = tokens_ < 1 ? 0 : tokens_ - 1; }

  /// First attempts are always allowed; this is asked before a further one.
  [[nodiscard]] bool allows_retry() const noexcept { return tokens_ > max_ / 2; }
  [[nodiscard]] double tokens() const noexcept { return tokens_; }

private:
  double max_, ratio_, tokens_;
};

} // namespace tributary
