#include "policy/uptime.hpp"

#include <algorithm>

namespace tributary {

void uptime_record::enter(steady_time now, phase p) {
  if (!changes_.empty() && changes_.back().to == p)
    return;
  changes_.push_back({now, p});
  if (changes_.size() > changes_max)
    changes_.pop_front();
}

std::optional<double> uptime_record::share(steady_time now, nanoseconds length) const noexcept {
  const auto start = now - length;
  nanoseconds up{0}, down{0};
  auto end = now;
  for (auto c = changes_.rbegin(); c != changes_.rend() && end > start; ++c) {
    const auto span = end - std::max(c->at, start);
    if (c->to == phase::up)
      up += span;
    else if (c->to == phase::down)
      down += span;
    end = c->at;
  }
  const auto known = up + down;
  if (known <= nanoseconds::zero())
    return std::nullopt;
  return static_cast<double>(up.count()) / static_cast<double>(known.count());
}

} // namespace tributary
