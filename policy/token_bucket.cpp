#include "policy/token_bucket.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace tributary {

namespace {

/// How long `missing` tokens take, rounded up so that they are there at the end. At most a day: then ask
/// again.
nanoseconds time_for(double missing, double rate) noexcept {
  constexpr double longest = 86'400e9;
  return nanoseconds{static_cast<std::int64_t>(std::ceil(std::min(missing / rate * 1e9, longest)))};
}

} // namespace

token_bucket::token_bucket(std::optional<double> rate, double burst) noexcept
    : rate_(rate), burst_(burst), tokens_(burst) {
  assert(burst > 0 && (!rate || *rate > 0));
}

void token_bucket::configure(std::optional<double> rate, double burst, steady_time now) noexcept {
  assert(burst > 0 && (!rate || *rate > 0));
  refill(now); // What came in until now came in at the old rate.
  rate_ = rate;
  burst_ = burst;
  tokens_ = rate ? std::min(tokens_, burst) : burst;
}

nanoseconds token_bucket::take(double n, steady_time now) noexcept {
  refill(now);
  if (!rate_)
    return nanoseconds::zero();
  tokens_ -= n;
  return tokens_ < 0 ? time_for(-tokens_, *rate_) : nanoseconds::zero();
}

std::optional<nanoseconds> token_bucket::try_take(double n, steady_time now) noexcept {
  refill(now);
  if (!rate_)
    return std::nullopt;
  // More than the bucket holds can never be there at once: a full bucket lets it pass and goes into debt.
  const double needed = std::min(n, burst_);
  // A billionth of a token is forgiven: waiting as told must suffice, whatever doubles round to.
  if (tokens_ + 1e-9 * std::max(1.0, needed) < needed)
    return time_for(needed - tokens_, *rate_);
  tokens_ -= n;
  return std::nullopt;
}

void token_bucket::refill(steady_time now) noexcept {
  if (last_ && now <= *last_)
    return; // Time that goes back brings nothing and is not paid twice.
  if (last_ && rate_)
    tokens_ = std::min(burst_, tokens_ + *rate_ * std::chrono::duration<double>(now - *last_).count());
  last_ = now;
}

} // namespace tributary
