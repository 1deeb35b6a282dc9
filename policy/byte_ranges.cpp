#include "policy/byte_ranges.hpp"

#include <algorithm>
#include <iterator>

namespace tributary {

void byte_ranges::add(byte_range r) {
  if (r.empty())
    return;
  auto at = end_of_.upper_bound(r.begin);
  if (at != end_of_.begin() && std::prev(at)->second >= r.begin)
    --at;
  while (at != end_of_.end() && at->first <= r.end) {
    r = {std::min(r.begin, at->first), std::max(r.end, at->second)};
    total_ -= at->second - at->first;
    at = end_of_.erase(at);
  }
  end_of_.emplace_hint(at, r.begin, r.end);
  total_ += r.size();
}

void byte_ranges::remove(byte_range r) {
  if (r.empty())
    return;
  auto at = end_of_.upper_bound(r.begin);
  if (at != end_of_.begin() && std::prev(at)->second > r.begin)
    --at;
  while (at != end_of_.end() && at->first < r.end) {
    const byte_range old{at->first, at->second};
    at = end_of_.erase(at);
    total_ -= old.size();
    for (const auto left : {byte_range{old.begin, r.begin}, byte_range{r.end, old.end}})
      if (!left.empty()) {
        end_of_.emplace(left.begin, left.end);
        total_ += left.size();
      }
  }
}

void byte_ranges::clear() noexcept {
  end_of_.clear();
  total_ = 0;
}

bool byte_ranges::covers(byte_range r) const {
  return r.empty() || run_end(r.begin) >= r.end;
}

std::uint64_t byte_ranges::run_end(std::uint64_t at) const {
  const auto next = end_of_.upper_bound(at);
  return next == end_of_.begin() ? at : std::max(at, std::prev(next)->second);
}

std::vector<byte_range> byte_ranges::runs() const {
  std::vector<byte_range> out;
  out.reserve(end_of_.size());
  for (const auto& [begin, end] : end_of_)
    out.push_back({begin, end});
  return out;
}

std::vector<byte_range> byte_ranges::gaps(byte_range within) const {
  std::vector<byte_range> out;
  auto at = run_end(within.begin);
  for (auto next = end_of_.upper_bound(within.begin); at < within.end; ++next) {
    const auto end = next == end_of_.end() ? within.end : std::min(within.end, next->first);
    if (end > at)
      out.push_back({at, end});
    if (next == end_of_.end())
      break;
    at = next->second;
  }
  return out;
}

} // namespace tributary
