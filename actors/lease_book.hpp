// Who holds which lease: the one place where leases are counted. Pure.
#pragma once

#include "messages/job.hpp"
#include "messages/transfer.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace tributary {

struct held_lease {
  job_id job = 0;
  std::string provider; ///< Whose slot it takes.
};

class lease_book {
public:
  /// Numbers are given once only.
  [[nodiscard]] transfer_id grant(held_lease lease) {
    ++per_provider_[lease.provider];
    leases_.emplace(++last_, std::move(lease));
    return last_;
  }

  /// Frees it; none: it was freed before.
  std::optional<held_lease> release(transfer_id id) {
    auto node = leases_.extract(id);
    if (node.empty())
      return std::nullopt;
    const auto count = per_provider_.find(node.mapped().provider);
    if (--count->second == 0)
      per_provider_.erase(count);
    return std::move(node.mapped());
  }

  [[nodiscard]] std::uint32_t held_at(const std::string& provider) const {
    const auto at = per_provider_.find(provider);
    return at == per_provider_.end() ? 0 : at->second;
  }
  /// Who holds them, in the order in which they were granted.
  [[nodiscard]] std::map<transfer_id, job_id> holders_at(const std::string& provider) const {
    std::map<transfer_id, job_id> out;
    for (const auto& [id, lease] : leases_)
      if (lease.provider == provider)
        out.emplace(id, lease.job);
    return out;
  }
  [[nodiscard]] std::uint32_t held() const noexcept { return static_cast<std::uint32_t>(leases_.size()); }

private:
  transfer_id last_ = 0;
  std::unordered_map<transfer_id, held_lease> leases_;
  std::map<std::string, std::uint32_t> per_provider_;
};

} // namespace tributary
