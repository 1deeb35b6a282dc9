// The sweep runs only while something is kept, so an idle engine has no timer.
#include "net/client/connection_pool.hpp"

namespace tributary::client {

std::unique_ptr<connection> connection_pool::take(const std::string& origin, steady_time now) {
  auto at = by_origin_.find(origin);
  if (at == by_origin_.end())
    return nullptr;
  while (!at->second.empty()) {
    auto [link, since] = std::move(at->second.back());
    at->second.pop_back();
    --idle_;
    if (now - since < idle_connection_kept && link->is_quiet())
      return std::move(link);
  }
  return nullptr;
}

void connection_pool::put(const std::string& origin, std::unique_ptr<connection> link, steady_time now) {
  auto& links = by_origin_[origin];
  if (closed_ || links.size() >= idle_connections_per_origin_max)
    return;
  links.push_back({std::move(link), now});
  if (++idle_ > idle_connections_max)
    close_oldest();
  if (!sweeping_)
    sweep_later();
}

/// The first of each origin is its oldest.
void connection_pool::close_oldest() {
  auto oldest = by_origin_.end();
  for (auto at = by_origin_.begin(); at != by_origin_.end(); ++at)
    if (!at->second.empty() &&
        (oldest == by_origin_.end() || at->second.front().since < oldest->second.front().since))
      oldest = at;
  oldest->second.erase(oldest->second.begin());
  --idle_;
}

void connection_pool::close() {
  closed_ = true;
  by_origin_.clear();
  idle_ = 0;
  sweep_.cancel();
}

void connection_pool::sweep_later() {
  sweeping_ = true;
  sweep_.expires_after(idle_connection_kept / 4);
  sweep_.async_wait([this](error_code aborted) {
    sweeping_ = false;
    if (!aborted)
      sweep(std::chrono::steady_clock::now());
  });
}

void connection_pool::sweep(steady_time now) {
  for (auto& [origin, links] : by_origin_)
    idle_ -= std::erase_if(links, [now](const idle& x) { return now - x.since >= idle_connection_kept; });
  std::erase_if(by_origin_, [](const auto& origin) { return origin.second.empty(); });
  if (!by_origin_.empty() && !closed_)
    sweep_later();
}

} // namespace tributary::client
