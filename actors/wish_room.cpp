#include "actors/wish_room.hpp"

namespace tributary {

void wish_room::park(turn order, std::vector<std::string> at, steady_time due) {
  leave(order.number);
  for (const auto& provider : at)
    at_[provider].insert(order);
  in_order_.insert(order);
  by_due_.emplace(due, order.number);
  wishes_.emplace(order.number, wish{order, std::move(at), due});
}

void wish_room::leave(job_id job) {
  const auto node = wishes_.extract(job);
  if (node.empty())
    return;
  const auto& w = node.mapped();
  in_order_.erase(w.order);
  by_due_.erase({w.due, job});
  for (const auto& provider : w.at)
    if (const auto found = at_.find(provider); found != at_.end()) {
      found->second.erase(w.order);
      if (found->second.empty())
        at_.erase(found);
    }
}

std::optional<job_id> wish_room::first_at(const std::string& provider) const {
  const auto found = at_.find(provider);
  return found == at_.end() ? std::nullopt : std::optional{found->second.begin()->number};
}

std::vector<job_id> wish_room::due(steady_time now, std::size_t at_most) const {
  std::vector<job_id> out;
  for (auto at = by_due_.begin(); at != by_due_.end() && at->first <= now && out.size() < at_most; ++at)
    out.push_back(at->second);
  return out;
}

std::optional<steady_time> wish_room::next_due() const {
  return by_due_.empty() ? std::nullopt : std::optional{by_due_.begin()->first};
}

std::vector<job_id> wish_room::all() const {
  std::vector<job_id> out;
  out.reserve(in_order_.size());
  for (const auto& t : in_order_)
    out.push_back(t.number);
  return out;
}

} // namespace tributary
