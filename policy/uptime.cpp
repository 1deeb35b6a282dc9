#include "policy/uptime.hpp"

#include <algorithm>

namespace tributary {

void uptime_record::enter(steady_time now, phase p) {
  if (!changes_.empty() && changes_.back().at == now)
    changes_.pop_back(); // It took no time.
  if (!changes_.empty() && changes_.back().to == p)
    return;
  changes_.push_back({now, p});
  if (changes_.size() > changes_max)
    changes_.pop_front();
}

uptime_record::spent uptime_record::between(steady_time from, steady_time to) const noexcept {
  spent out;
  auto end = to;
  for (auto c = changes_.rbegin(); c != changes_.rend() && end > from; ++c) {
    if (c->at >= end)
      continue;
    const auto span = end - std::max(c->at, from);
    if (c->to == phase::up)
      out.up += span;
    else if (c->to == phase::down)
      out.down += span;
    end = c->at;
  }
  return out;
}

std::optional<double> uptime_record::share(steady_time now, nanoseconds length) const noexcept {
  const auto [up, down] = between(now - length, now);
  const auto known = up + down;
  if (known <= nanoseconds::zero())
    return std::nullopt;
  return static_cast<double>(up.count()) / static_cast<double>(known.count());
}

} // namespace tributary
