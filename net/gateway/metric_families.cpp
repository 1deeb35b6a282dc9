// One function per subject. Base units (seconds, bytes), ratios from 0 to 1; a figure without samples has no
// series, rather than a wrong one.
#include "net/gateway/metric_families.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace tributary::gateway {

namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<std::pair<std::string, std::string>>;

constexpr double bytes_per_megabit = 1e6 / 8;

class families {
public:
  explicit families(std::vector<MetricFamily>& out) : out_(out) {}

  /// Begins a family: what is added next belongs to it. `help` is one line: the serializer escapes nothing.
  families& counter(const char* name, const char* help) { return begin(name, help, MetricType::Counter); }
  families& gauge(const char* name, const char* help) { return begin(name, help, MetricType::Gauge); }

  families& add(double value, const labels& named = {}) {
    auto& family = out_.back();
    auto& metric = family.metric.emplace_back();
    for (const auto& [name, text] : named)
      metric.label.push_back({name, text});
    (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    return *this;
  }
  families& add(std::uint64_t value, const labels& named = {}) {
    return add(static_cast<double>(value), named);
  }
  template <class Number>
  families& add(const std::optional<Number>& value, const labels& named = {}) {
    return value ? add(*value, named) : *this;
  }

private:
  families& begin(const char* name, const char* help, MetricType type) {
    auto& family = out_.emplace_back();
    family.name = name;
    family.help = help;
    family.type = type;
    return *this;
  }
  std::vector<MetricFamily>& out_;
};

std::optional<double> scaled(const std::optional<double>& x, double by) {
  return x ? std::optional{*x * by} : std::nullopt;
}

std::optional<double> seconds_since_1970(const std::optional<wall_time>& t) {
  return t ? std::optional{static_cast<double>(t->time_since_epoch().count()) / 1e3} : std::nullopt;
}

void add_engine(families out, const engine_figures& f) {
  out.gauge("tributary_build_info", "Always 1; the version is a label.")
      .add(1.0, {{"version", TRIBUTARY_VERSION}});
  out.counter("tributary_events_total", "Events in the journal, over all runs of the engine.")
      .add(f.newest_event);
  out.gauge("tributary_settings_revision", "Revision of the settings in use.").add(f.settings_revision);
}

void add_jobs(families out, const queue_counts& c) {
  out.gauge("tributary_jobs", "Unfinished jobs by state; running are those with a runner.")
      .add(c.queued, {{"state", "queued"}})
      .add(c.running, {{"state", "running"}})
      .add(c.waiting, {{"state", "waiting"}})
      .add(c.paused, {{"state", "paused"}});
  out.counter("tributary_jobs_ended_total", "Jobs that ended since the engine started, by final state.")
      .add(c.succeeded, {{"state", "succeeded"}})
      .add(c.failed, {{"state", "failed"}})
      .add(c.cancelled, {{"state", "cancelled"}});
}

// -- failover ----------------------------------------------------------------------

/// What was counted, by label: the shown providers each, everybody else together.
std::map<std::string, provider_failover_stats>
by_label(const failover_stats& s, const std::set<std::string>& shown) {
  std::map<std::string, provider_failover_stats> out;
  for (const auto& name : shown)
    out[name];
  for (const auto& p : s.providers) {
    auto& sum = out[shown.contains(p.provider) ? p.provider : std::string{other_providers}];
    sum.successes += p.successes;
    for (std::size_t i = 0; i < outcome_count; ++i)
      sum.failures[i] += p.failures[i];
    sum.failovers_from += p.failovers_from;
    sum.failovers_to += p.failovers_to;
    sum.bytes_wasted += p.bytes_wasted;
    sum.leases += p.leases;
  }
  return out;
}

void add_failover(families out, const failover_stats& s, const std::set<std::string>& shown) {
  const auto providers = by_label(s, shown);
  const auto each = [&](auto figure) {
    for (const auto& [name, p] : providers)
      out.add(std::uint64_t{p.*figure}, {{"provider", name}});
  };
  out.counter("tributary_attempts_total", "Ended attempts by provider and outcome, over all runs.");
  for (const auto& [name, p] : providers)
    for (std::size_t i = 0; i < outcome_count; ++i) {
      const auto result = static_cast<outcome>(i);
      out.add(
          result == outcome::ok ? p.successes : p.failures[i],
          {{"provider", name}, {"outcome", std::string{to_string(result)}}});
    }
  out.counter("tributary_attempted_jobs_total", "Jobs with at least one attempt, over all runs.").add(s.jobs);
  out.counter("tributary_failovers_total", "Times that a job went on at another provider.").add(s.failovers);
  out.counter("tributary_provider_failovers_from_total", "Times that a job left this provider for another.");
  each(&provider_failover_stats::failovers_from);
  out.counter(
      "tributary_provider_failovers_to_total", "Times that a job came to this provider from another.");
  each(&provider_failover_stats::failovers_to);
  out.counter("tributary_provider_wasted_bytes_total", "Bytes that were received and thrown away.");
  each(&provider_failover_stats::bytes_wasted);
  out.gauge("tributary_provider_leases", "Streams that may use the provider now.");
  each(&provider_failover_stats::leases);
}

// -- health ------------------------------------------------------------------------

void add_state(families& out, const std::vector<const provider_figures*>& providers) {
  out.gauge("tributary_provider_available", "1 while the provider may be used, else 0.");
  for (const auto* p : providers)
    out.add(is_available(p->state) ? 1.0 : 0.0, {{"provider", p->provider}});
  out.gauge("tributary_provider_state", "1 for the state that the provider is in, 0 for the others.");
  for (const auto* p : providers)
    for (const auto state :
         {provider_state::unknown, provider_state::available, provider_state::probation,
          provider_state::unavailable, provider_state::disabled})
      out.add(
          p->state == state ? 1.0 : 0.0,
          {{"provider", p->provider}, {"state", std::string{to_string(state)}}});
}

void add_window(families& out, const std::vector<const provider_figures*>& providers) {
  const auto each = [&](auto figure) {
    for (const auto* p : providers)
      out.add(figure(*p), {{"provider", p->provider}});
  };
  out.gauge("tributary_provider_window_requests", "Requests in the window by outcome.");
  for (const auto* p : providers)
    for (std::size_t i = 0; i < outcome_count; ++i)
      out.add(
          p->outcomes[i],
          {{"provider", p->provider}, {"outcome", std::string{to_string(static_cast<outcome>(i))}}});
  out.gauge("tributary_provider_window_success_ratio", "Share of requests in the window that succeeded.");
  each([](const auto& p) { return scaled(p.success_rate, 1e-2); });
  out.gauge("tributary_provider_window_received_bytes", "Body bytes received in the window.");
  each([](const auto& p) { return p.total_bytes_downloaded; });
  out.gauge(
      "tributary_provider_response_seconds", "Duration of requests in the window, by percentile of them.");
  for (const auto* p : providers) {
    out.add(scaled(p->response_time_p50_ms, 1e-3), {{"provider", p->provider}, {"percentile", "50"}});
    out.add(scaled(p->response_time_p95_ms, 1e-3), {{"provider", p->provider}, {"percentile", "95"}});
    out.add(scaled(p->response_time_p99_ms, 1e-3), {{"provider", p->provider}, {"percentile", "99"}});
  }
  out.gauge("tributary_provider_response_mean_seconds", "Mean duration of requests in the window.");
  each([](const auto& p) { return scaled(p.average_response_time_ms, 1e-3); });
  out.gauge("tributary_provider_first_byte_mean_seconds", "Mean time to the first byte in the window.");
  each([](const auto& p) { return scaled(p.time_to_first_byte_ms, 1e-3); });
  out.gauge("tributary_provider_throughput_bytes_per_second", "Throughput of transfers in the window.");
  each([](const auto& p) { return scaled(p.throughput_mbps, bytes_per_megabit); });
  out.gauge("tributary_provider_uptime_ratio", "Share of the known and enabled time spent available.");
  each([](const auto& p) { return scaled(p.uptime_percentage, 1e-2); });
  out.gauge("tributary_provider_consecutive_failures", "Failures since the last success.");
  each([](const auto& p) { return p.consecutive_failures; });
  out.gauge("tributary_provider_last_check_timestamp_seconds", "When the last active check ended.");
  each([](const auto& p) { return seconds_since_1970(p.last_check_time); });
  out.gauge("tributary_provider_unavailable_until_timestamp_seconds", "When the present cool-down ends.");
  each([](const auto& p) { return seconds_since_1970(p.unavailable_until); });
}

void add_health(families out, const health_summary& s, const std::set<std::string>& shown) {
  std::vector<const provider_figures*> providers;
  for (const auto& p : s.providers)
    if (shown.contains(p.provider))
      providers.push_back(&p);
  out.gauge("tributary_providers", "Configured providers.").add(std::uint64_t{s.total_providers});
  out.gauge("tributary_providers_available", "Configured providers that may be used now.")
      .add(std::uint64_t{s.available_providers});
  out.gauge("tributary_window_seconds", "How far the window figures look back.").add(s.window_minutes * 60.0);
  out.gauge("tributary_window_success_ratio", "Share of all requests in the window that succeeded.")
      .add(scaled(s.overall_success_rate, 1e-2));
  add_state(out, providers);
  add_window(out, providers);
}

// -- the process and its server ----------------------------------------------------

void add_server(families out, const server_counters& c) {
  out.gauge("tributary_http_connections", "Open connections of the API.").add(c.connections.load());
  out.counter("tributary_http_refused_connections_total", "Connections beyond the limit.")
      .add(c.refused.load());
  out.gauge("tributary_http_event_streams", "Open event streams.").add(c.streams.load());
  out.counter("tributary_http_slow_streams_total", "Event streams that were cut off: too slow a reader.")
      .add(c.streams_cut.load());
  out.counter("tributary_http_responses_total", "Responses of the API by status.");
  for (std::size_t status = 0; status < server_counters::statuses; ++status)
    if (const auto n = c.responses[status].load())
      out.add(n, {{"code", std::to_string(status)}});
}

/// Names as every Prometheus client library has them.
void add_process(families out, const process_figures& p) {
  out.counter("process_cpu_seconds_total", "CPU time spent, user and system.").add(p.cpu_seconds);
  out.gauge("process_start_time_seconds", "When the process started, since 1970.").add(p.start_time_seconds);
  out.gauge("process_resident_memory_bytes", "Resident memory.").add(p.resident_bytes);
  out.gauge("process_virtual_memory_bytes", "Virtual memory.").add(p.virtual_bytes);
  out.gauge("process_open_fds", "Open file descriptors.").add(p.open_fds);
  out.gauge("process_max_fds", "Most file descriptors that may be open.").add(p.max_fds);
}

std::set<std::string> shown_providers(const health_summary& s) {
  std::set<std::string> names;
  for (const auto& p : s.providers)
    names.insert(p.provider);
  while (names.size() > metric_providers_max)
    names.erase(std::prev(names.end()));
  return names;
}

} // namespace

std::vector<prometheus::MetricFamily> metric_families(const engine_figures& f) {
  std::vector<MetricFamily> out;
  const auto shown = shown_providers(f.health);
  add_engine(families{out}, f);
  add_jobs(families{out}, f.jobs);
  add_failover(families{out}, f.failover, shown);
  add_health(families{out}, f.health, shown);
  add_server(families{out}, *f.server);
  add_process(families{out}, f.process);
  std::erase_if(out, [](const MetricFamily& family) { return family.metric.empty(); });
  return out;
}

} // namespace tributary::gateway
