// What the engine knows about itself, as Prometheus metric families. docs/metrics.md is their reference.
// Pure: everything was collected before, at the time of the scrape.
#pragma once

#include "messages/failover.hpp"
#include "messages/health.hpp"
#include "messages/store.hpp"
#include "net/gateway/process_figures.hpp"
#include "net/gateway/server_counters.hpp"

#include <prometheus/metric_family.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace tributary::gateway {

/// Providers with a label of their own: the first by name. What is counted for others (also for addresses of
/// `urls` jobs and for providers that were removed) is summed up under the name below, so that no client can
/// make series without end.
inline constexpr std::size_t metric_providers_max = 1000;
/// No provider can have this name.
inline constexpr std::string_view other_providers = "_other";

struct engine_figures {
  health_summary health;
  failover_stats failover;
  queue_counts jobs;
  std::uint64_t newest_event = 0, settings_revision = 0;
  std::shared_ptr<const server_counters> server; ///< Never null.
  process_figures process;
};

[[nodiscard]] std::vector<prometheus::MetricFamily> metric_families(const engine_figures& f);

} // namespace tributary::gateway
