#include "actors/rate_meter.hpp"

#include <cmath>

namespace tributary {

void rate_meter::start(steady_time now, std::uint64_t position) {
  last_ = now;
  position_ = position;
}

void rate_meter::update(steady_time now, std::uint64_t position) {
  constexpr double memory_seconds = 3; // After so long, two thirds of an old rate are forgotten.
  const auto passed = std::chrono::duration<double>(now - last_).count();
  if (passed <= 0 || position < position_)
    return;
  const auto rate = static_cast<double>(position - position_) * 8e-6 / passed;
  const auto keep = std::exp(-passed / memory_seconds);
  faded_ = keep * faded_ + (1 - keep) * rate;
  weight_ = keep * weight_ + (1 - keep);
  start(now, position);
}

} // namespace tributary
