// What health monitor and failover supervisor know, as JSON. Field names are those of DESIGN.md sections 4
// and 8.
#pragma once

#include "messages/failover.hpp"
#include "messages/health.hpp"

#include <boost/json/fwd.hpp>

namespace tributary::gateway {

/// Figures without samples are null, never 0 or 100.
[[nodiscard]] boost::json::object to_json(const provider_figures& f);
[[nodiscard]] boost::json::object to_json(const health_summary& s);
/// Steps of which nothing is known are not there.
[[nodiscard]] boost::json::object to_json(const provider_history& h);
[[nodiscard]] boost::json::object to_json(const failover_stats& s);

} // namespace tributary::gateway
