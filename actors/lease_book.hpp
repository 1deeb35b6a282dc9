// Who holds which lease: the one place where leases are counted. Pure.
#pragma once

#include "messages/job.hpp"
#include "messages/transfer.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tributary {

struct held_lease {
  job_id job = 0;
  std::string provider; ///< Whose slot it takes.
};

class lease_book {
public:
  /// Numbers are given once only.
  [[nodiscard]] transfer_id grant(held_lease lease) {
    ++last_;
    at_[lease.provider][lease.job].insert(last_);
    ++held_at_[lease.provider];
    of_[lease.job].insert(last_);
    leases_.emplace(last_, std::move(lease));
    return last_;
  }

  /// Frees it; none: it was freed before.
  std::optional<held_lease> release(transfer_id id) {
    auto node = leases_.extract(id);
    if (node.empty())
      return std::nullopt;
    auto& lease = node.mapped();
    asked_back_.erase(id);
    take_out(of_, lease.job, id);
    auto& jobs = at_[lease.provider];
    take_out(jobs, lease.job, id);
    if (jobs.empty())
      at_.erase(lease.provider);
    if (--held_at_[lease.provider] == 0)
      held_at_.erase(lease.provider);
    return std::move(lease);
  }

  [[nodiscard]] std::uint32_t held_at(const std::string& provider) const {
    const auto at = held_at_.find(provider);
    return at == held_at_.end() ? 0 : at->second;
  }
  /// Who holds them, in the order in which they were granted.
  [[nodiscard]] std::map<transfer_id, job_id> holders_at(const std::string& provider) const {
    std::map<transfer_id, job_id> out;
    if (const auto at = at_.find(provider); at != at_.end())
      for (const auto& [job, ids] : at->second)
        for (const auto id : ids)
          out.emplace(id, job);
    return out;
  }
  [[nodiscard]] std::uint32_t held() const noexcept { return static_cast<std::uint32_t>(leases_.size()); }
  /// The leases of a job.
  [[nodiscard]] std::vector<transfer_id> of(job_id job) const {
    const auto at = of_.find(job);
    return at == of_.end() ? std::vector<transfer_id>{}
                           : std::vector<transfer_id>(at->second.begin(), at->second.end());
  }
  [[nodiscard]] std::size_t held_by(job_id job) const {
    const auto at = of_.find(job);
    return at == of_.end() ? 0 : at->second.size();
  }
  /// Jobs that hold any.
  [[nodiscard]] std::size_t holders() const noexcept { return of_.size(); }

  /// A lease at the provider that its job can do without: one of the job that holds most there, more than one
  /// in all, and none that was asked back before. Asked back by this.
  std::optional<std::pair<transfer_id, job_id>> ask_back_at(const std::string& provider) {
    const auto at = at_.find(provider);
    if (at == at_.end())
      return std::nullopt;
    std::optional<std::pair<transfer_id, job_id>> out;
    std::size_t most = 1;
    for (const auto& [job, ids] : at->second) {
      std::size_t kept = 0;
      for (const auto id : of_.at(job))
        kept += !asked_back_.contains(id);
      if (kept <= most)
        continue;
      for (const auto id : ids)
        if (!asked_back_.contains(id)) {
          most = kept;
          out = {id, job};
        }
    }
    if (out)
      asked_back_.insert(out->first);
    return out;
  }

private:
  template <class Map, class Key>
  static void take_out(Map& from, const Key& key, transfer_id id) {
    const auto at = from.find(key);
    at->second.erase(id);
    if (at->second.empty())
      from.erase(at);
  }

  transfer_id last_ = 0;
  std::unordered_map<transfer_id, held_lease> leases_;
  std::unordered_map<job_id, std::set<transfer_id>> of_;
  std::map<std::string, std::map<job_id, std::set<transfer_id>>> at_;
  std::map<std::string, std::uint32_t> held_at_;
  std::set<transfer_id> asked_back_;
};

} // namespace tributary
