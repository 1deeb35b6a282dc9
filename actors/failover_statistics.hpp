// Counts what the failover supervisor did: attempts and failures per provider, failovers, wasted bytes. Pure.
#pragma once

#include "messages/failover.hpp"
#include "messages/store.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tributary {

class failover_statistics {
public:
  failover_statistics() = default;
  /// Goes on from what the journal has counted.
  failover_statistics(
      const std::vector<stored_provider_stats>& stored, std::uint64_t jobs, std::uint64_t attempts);

  /// A job's first attempt begins.
  void count_job() { ++jobs_; }
  void count_attempt(const std::string& provider, outcome result);
  /// A job's next attempt goes to `to` since one at `from` failed.
  void count_failover(const std::string& from, const std::string& to);
  void count_wasted(const std::string& provider, std::uint64_t bytes);
  /// Forgets a provider that is no more; the totals stay.
  void forget(const std::string& provider) { providers_.erase(provider); }

  /// Fills in the counters of `stats.providers` (by name, added where missing) and the totals.
  void fill(failover_stats& stats) const;

private:
  provider_failover_stats& at(const std::string& provider);

  std::map<std::string, provider_failover_stats> providers_;
  std::uint64_t jobs_ = 0, attempts_ = 0, failovers_ = 0;
};

} // namespace tributary
