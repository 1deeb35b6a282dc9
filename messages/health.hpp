// What is told about a provider's work, and what is known of it. Values only.
#pragma once

#include "messages/caf_compat.hpp"
#include "messages/transfer.hpp"
#include "policy/availability.hpp"
#include "policy/history_steps.hpp"
#include "policy/outcome.hpp"
#include "policy/rollup.hpp"
#include "policy/time.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace tributary {

/// One finished operation of one provider, as its monitored wrapper saw it.
struct request_metric {
  std::string provider;
  std::string operation; ///< "download", or the name of a catalog_operation.
  outcome result = outcome::ok;
  fault cause = fault::none;
  nanoseconds connect{0};                ///< Zero on a pooled connection.
  std::optional<nanoseconds> first_byte; ///< From the start of the request; empty when none arrived.
  nanoseconds total{0};
  std::uint64_t bytes = 0; ///< Body bytes.
  std::string error;       ///< "" when ok.
  steady_time began{};
  bool from_cache = false; ///< The provider itself was not asked: says nothing of its health.
};

/// What active checks found that a provider can do.
struct provider_capabilities {
  bool ranges = false;                   ///< Answers a range request with 206.
  std::optional<bool> stable_validators; ///< Strong ETags that two checks agreed on; empty: seen once only.
  bool digests = false;                  ///< Sends a digest of the file.
  wall_time seen_at{};                   ///< Of the newest check that passed.
};

/// Everything that the API shows of one provider (JSON names in DESIGN.md section 4). Without samples: empty.
struct provider_figures {
  std::string provider;
  provider_state state = provider_state::unknown;
  std::string state_reason;
  std::optional<wall_time> unavailable_until;
  std::uint64_t total_requests = 0, successful_requests = 0, failed_requests = 0;
  std::optional<double> success_rate; ///< Percent.
  std::optional<double> average_response_time_ms, response_time_p50_ms, response_time_p95_ms,
      response_time_p99_ms;
  std::optional<double> time_to_first_byte_ms, throughput_mbps;
  std::uint64_t consecutive_failures = 0, total_bytes_downloaded = 0;
  std::optional<double> uptime_percentage;
  std::string last_error; ///< "": none in the window's life.
  std::optional<wall_time> last_error_time, last_check_time;
  std::array<std::uint64_t, outcome_count> outcomes{};
  std::uint64_t samples = 0;                 ///< That count in success_rate.
  std::optional<double> ci95_low, ci95_high; ///< Percent.
  std::optional<provider_capabilities> capabilities;
  bool held = false; ///< This machine's own network is down: nothing that fails now is the provider's.
};

/// One step of the history. Without samples the figures are empty; a step of which nothing is known is left
/// out.
struct history_point {
  wall_time at{}; ///< When the step begins.
  window_figures figures;
  std::optional<double> uptime; ///< Share 0-1 of the known time of the step spent available.
  std::uint64_t checks = 0, checks_passed = 0;
};

struct provider_history {
  std::string provider;
  history_query asked;
  std::vector<history_point> points; ///< In order of time.
};

struct health_summary {
  std::int32_t window_minutes = 60;
  std::uint32_t total_providers = 0, available_providers = 0;
  std::optional<double> overall_success_rate; ///< Percent.
  std::vector<provider_figures> providers;    ///< By name.
};

/// What the supervisor needs to plan with: pushed at every change of state, else at most four times a second.
struct provider_standing {
  std::string provider;
  provider_state state = provider_state::unknown;
  std::string reason;
  std::optional<wall_time> unavailable_until;
  std::uint32_t ramp = 0xffffffff; ///< Leases that the state allows.
  std::uint64_t ok = 0, tried = 0; ///< Over the window; tried: those that count in success_rate.
  std::optional<double> throughput_mbps, first_byte_ms;
  std::optional<provider_capabilities> capabilities;
  bool held = false; ///< This machine's own network is down: ask nothing of it until this is told again.
};

template <class Inspector>
auto inspect(Inspector& f, request_metric& x) {
  return compat::fields(
      f, "request_metric", x.provider, x.operation, x.result, x.cause, x.connect, x.first_byte, x.total,
      x.bytes, x.error, x.began, x.from_cache);
}
template <class Inspector>
auto inspect(Inspector& f, check_result& x) {
  return compat::fields(
      f, "check_result", x.passed, x.cause, x.status, x.message, x.ranges, x.strong_validator, x.digest,
      x.validator);
}
template <class Inspector>
auto inspect(Inspector& f, provider_capabilities& x) {
  return compat::fields(f, "provider_capabilities", x.ranges, x.stable_validators, x.digests, x.seen_at);
}
template <class Inspector>
auto inspect(Inspector& f, provider_figures& x) {
  return compat::fields(
      f, "provider_figures", x.provider, x.state, x.state_reason, x.unavailable_until, x.total_requests,
      x.successful_requests, x.failed_requests, x.success_rate, x.average_response_time_ms,
      x.response_time_p50_ms, x.response_time_p95_ms, x.response_time_p99_ms, x.time_to_first_byte_ms,
      x.throughput_mbps, x.consecutive_failures, x.total_bytes_downloaded, x.uptime_percentage, x.last_error,
      x.last_error_time, x.last_check_time, x.outcomes, x.samples, x.ci95_low, x.ci95_high, x.capabilities,
      x.held);
}
template <class Inspector>
auto inspect(Inspector& f, window_figures& x) {
  return compat::fields(
      f, "window_figures", x.outcomes, x.bytes, x.success_rate, x.average_response_ms, x.p50_ms, x.p95_ms,
      x.p99_ms, x.time_to_first_byte_ms, x.throughput_mbps);
}
template <class Inspector>
auto inspect(Inspector& f, history_query& x) {
  return compat::fields(f, "history_query", x.from, x.to, x.step);
}
template <class Inspector>
auto inspect(Inspector& f, history_point& x) {
  return compat::fields(f, "history_point", x.at, x.figures, x.uptime, x.checks, x.checks_passed);
}
template <class Inspector>
auto inspect(Inspector& f, provider_history& x) {
  return compat::fields(f, "provider_history", x.provider, x.asked, x.points);
}
template <class Inspector>
auto inspect(Inspector& f, health_summary& x) {
  return compat::fields(
      f, "health_summary", x.window_minutes, x.total_providers, x.available_providers, x.overall_success_rate,
      x.providers);
}
template <class Inspector>
auto inspect(Inspector& f, provider_standing& x) {
  return compat::fields(
      f, "provider_standing", x.provider, x.state, x.reason, x.unavailable_until, x.ramp, x.ok, x.tried,
      x.throughput_mbps, x.first_byte_ms, x.capabilities, x.held);
}

} // namespace tributary
