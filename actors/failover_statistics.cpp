#include "actors/failover_statistics.hpp"

namespace tributary {

namespace {

constexpr auto ok_index = static_cast<std::size_t>(outcome::ok);

} // namespace

failover_statistics::failover_statistics(
    const std::vector<stored_provider_stats>& stored, std::uint64_t jobs, std::uint64_t attempts)
    : jobs_(jobs), attempts_(attempts) {
  for (const auto& s : stored) {
    auto& p = at(s.provider);
    for (std::size_t i = 0; i < outcome_count; ++i) {
      p.attempts += s.attempts[i];
      (i == ok_index ? p.successes : p.failures[i]) += s.attempts[i];
    }
  }
}

provider_failover_stats& failover_statistics::at(const std::string& provider) {
  auto& p = providers_[provider];
  p.provider = provider;
  return p;
}

void failover_statistics::count_attempt(const std::string& provider, outcome result) {
  auto& p = at(provider);
  ++attempts_;
  ++p.attempts;
  ++(result == outcome::ok ? p.successes : p.failures[static_cast<std::size_t>(result)]);
}

void failover_statistics::count_failover(const std::string& from, const std::string& to) {
  ++failovers_;
  ++at(from).failovers_from;
  ++at(to).failovers_to;
}

void failover_statistics::count_wasted(const std::string& provider, std::uint64_t bytes) {
  at(provider).bytes_wasted += bytes;
}

void failover_statistics::fill(failover_stats& stats) const {
  auto counted = providers_;
  for (auto& p : stats.providers)
    if (const auto at = counted.find(p.provider); at != counted.end()) {
      at->second.leases = p.leases;
      p = at->second;
      counted.erase(at);
    }
  for (auto& [name, p] : counted)
    stats.providers.push_back(std::move(p));
  stats.jobs = jobs_;
  stats.failovers = failovers_;
  if (jobs_ > 0)
    stats.mean_attempts = static_cast<double>(attempts_) / static_cast<double>(jobs_);
}

} // namespace tributary
