// Renders health figures and failover statistics.
#include "net/gateway/health_json.hpp"

#include "messages/job_json.hpp"
#include "policy/confidence.hpp"

#include <boost/json.hpp>

#include <cmath>

namespace tributary::gateway {

namespace {

namespace json = boost::json;

/// Three decimals: all of these are measured, and people read them.
json::value number(const std::optional<double>& x) {
  return x ? json::value(std::round(*x * 1000) / 1000) : json::value(nullptr);
}
json::value instant(const std::optional<wall_time>& x) {
  return x ? json::value(to_iso8601(*x)) : json::value(nullptr);
}
json::value text(const std::string& x) {
  return x.empty() ? json::value(nullptr) : json::value(x);
}

/// {"ok":1,"provider_fault":0,...}
json::object per_class(const std::array<std::uint64_t, outcome_count>& counts, std::size_t first) {
  json::object out;
  for (auto i = first; i < outcome_count; ++i)
    out[to_string(static_cast<outcome>(i))] = counts[i];
  return out;
}

json::object
confidence(std::uint64_t samples, const std::optional<double>& low, const std::optional<double>& high) {
  return {{"samples", samples}, {"ci95_low", number(low)}, {"ci95_high", number(high)}};
}

json::value capabilities(const std::optional<provider_capabilities>& c) {
  if (!c)
    return nullptr;
  return json::object{
      {"ranges", c->ranges},
      {"stable_validators", c->stable_validators ? json::value(*c->stable_validators) : json::value(nullptr)},
      {"digests", c->digests},
      {"seen_at", to_iso8601(c->seen_at)},
  };
}

std::optional<double> percent(const std::optional<double>& share) {
  return share ? std::optional{*share * 100} : std::nullopt;
}

/// Names and units are those of the figures.
json::object to_json(const history_point& p) {
  const auto& f = p.figures;
  const auto samples = f.samples();
  const auto trust = wilson95(f.of(outcome::ok), samples);
  return {
      {"at", to_iso8601(p.at)},
      {"total_requests", f.total()},
      {"successful_requests", f.of(outcome::ok)},
      {"failed_requests", samples - f.of(outcome::ok)},
      {"success_rate", number(percent(f.success_rate))},
      {"average_response_time_ms", number(f.average_response_ms)},
      {"response_time_p50_ms", number(f.p50_ms)},
      {"response_time_p95_ms", number(f.p95_ms)},
      {"response_time_p99_ms", number(f.p99_ms)},
      {"time_to_first_byte_ms", number(f.time_to_first_byte_ms)},
      {"throughput_mbps", number(f.throughput_mbps)},
      {"total_bytes_downloaded", f.bytes},
      {"uptime_percentage", number(percent(p.uptime))},
      {"checks", p.checks},
      {"checks_passed", p.checks_passed},
      {"outcomes", per_class(f.outcomes, 0)},
      {"confidence", confidence(
                         samples, trust ? std::optional{trust->low * 100} : std::nullopt,
                         trust ? std::optional{trust->high * 100} : std::nullopt)},
  };
}

} // namespace

json::object to_json(const provider_figures& f) {
  return {
      {"total_requests", f.total_requests},
      {"successful_requests", f.successful_requests},
      {"failed_requests", f.failed_requests},
      {"success_rate", number(f.success_rate)},
      {"average_response_time_ms", number(f.average_response_time_ms)},
      {"response_time_p50_ms", number(f.response_time_p50_ms)},
      {"response_time_p95_ms", number(f.response_time_p95_ms)},
      {"response_time_p99_ms", number(f.response_time_p99_ms)},
      {"time_to_first_byte_ms", number(f.time_to_first_byte_ms)},
      {"throughput_mbps", number(f.throughput_mbps)},
      {"consecutive_failures", f.consecutive_failures},
      {"total_bytes_downloaded", f.total_bytes_downloaded},
      {"uptime_percentage", number(f.uptime_percentage)},
      {"last_error", text(f.last_error)},
      {"last_error_time", instant(f.last_error_time)},
      {"last_check_time", instant(f.last_check_time)},
      {"is_available", is_available(f.state)},
      {"state", to_string(f.state)},
      {"state_reason", f.state_reason},
      {"unavailable_until", instant(f.unavailable_until)},
      {"outcomes", per_class(f.outcomes, 0)},
      {"confidence", confidence(f.samples, f.ci95_low, f.ci95_high)},
      {"capabilities", capabilities(f.capabilities)},
      {"own_network_down", f.held},
  };
}

json::object to_json(const provider_history& h) {
  json::array points;
  points.reserve(h.points.size());
  for (const auto& p : h.points)
    points.push_back(to_json(p));
  return {
      {"provider", h.provider},
      {"from", to_iso8601(h.asked.from)},
      {"to", to_iso8601(h.asked.to)},
      {"step_seconds", std::chrono::duration_cast<seconds>(h.asked.step).count()},
      {"points", std::move(points)},
  };
}

json::object to_json(const health_summary& s) {
  json::object providers;
  for (const auto& f : s.providers)
    providers[f.provider] = to_json(f);
  return {
      {"window_minutes", s.window_minutes},
      {"total_providers", s.total_providers},
      {"available_providers", s.available_providers},
      {"overall_success_rate", number(s.overall_success_rate)},
      {"providers", std::move(providers)},
  };
}

json::object to_json(const failover_stats& s) {
  json::object providers;
  constexpr std::size_t first_failure = 1; // outcome::ok comes first and is no failure.
  for (const auto& p : s.providers)
    providers[p.provider] = json::object{
        {"attempts", p.attempts},
        {"successes", p.successes},
        {"failures", per_class(p.failures, first_failure)},
        {"failovers_from", p.failovers_from},
        {"failovers_to", p.failovers_to},
        {"bytes_wasted", p.bytes_wasted},
        {"leases", p.leases},
        {"draining", p.draining},
    };
  return {
      {"chain", json::array(s.chain.begin(), s.chain.end())},
      {"explicit", s.is_explicit},
      {"order", to_string(s.order)},
      {"providers", std::move(providers)},
      {"totals",
       json::object{
           {"jobs", s.jobs},
           {"failovers", s.failovers},
           {"mean_attempts", number(s.mean_attempts)},
           {"leases", s.leases}}},
  };
}

} // namespace tributary::gateway
