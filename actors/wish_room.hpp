// Where wishes for a lease wait: at the providers that are full, in the order of their turns, and no longer
// than to a time. A freed lease finds who is next in O(log n), however many wait. Pure.
#pragma once

#include "actors/ready_order.hpp"
#include "messages/job.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tributary {

class wish_room {
public:
  /// @param order its number is the job.
  /// @param at the providers that it waits for.
  /// @param due when it is to be looked at again at the latest.
  /// A job that waits already waits so from now on.
  void park(turn order, std::vector<std::string> at, steady_time due);
  /// No matter if it does not wait.
  void leave(job_id job);

  [[nodiscard]] bool has(job_id job) const { return wishes_.contains(job); }
  [[nodiscard]] std::size_t size() const noexcept { return wishes_.size(); }
  /// Who is next at a provider.
  [[nodiscard]] std::optional<job_id> first_at(const std::string& provider) const;
  /// Whose time has come, the earliest first, at most so many.
  [[nodiscard]] std::vector<job_id> due(steady_time now, std::size_t at_most) const;
  [[nodiscard]] std::optional<steady_time> next_due() const;
  /// Everybody, in order.
  [[nodiscard]] std::vector<job_id> all() const;

private:
  struct wish {
    turn order;
    std::vector<std::string> at;
    steady_time due{};
  };
  std::unordered_map<job_id, wish> wishes_;
  std::set<turn> in_order_;
  std::map<std::string, std::set<turn>> at_; ///< No empty sets.
  std::set<std::pair<steady_time, job_id>> by_due_;
};

} // namespace tributary
