// The settings document as plain structs: defaults beside the fields, units in the names. DESIGN.md
// section 7. Values only; reading,
// checking and writing them is in settings_json.hpp.
#pragma once

#include "policy/failover_plan.hpp"
#include "policy/selection.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tributary {

enum class provider_kind : std::uint8_t { http, directory };
enum class on_conflict : std::uint8_t { error, rename, replace, skip_if_same };
enum class durability : std::uint8_t {
  full, ///< A file and its folder are flushed to the disk before success is reported.
  fast, ///< Flushing is left to the system: safe against a killed process, not against a power cut.
};
[[nodiscard]] std::string_view to_string(provider_kind x) noexcept;
[[nodiscard]] std::string_view to_string(on_conflict x) noexcept;
[[nodiscard]] std::string_view to_string(durability x) noexcept;
[[nodiscard]] std::optional<on_conflict> on_conflict_from(std::string_view name) noexcept;

/// One provider. Empty optionals fall back to the global default of the same name, or mean "none".
struct provider_settings {
  provider_kind kind = provider_kind::http;
  std::string base_url;  ///< http: absolute http(s) URL. A job's path is appended after one "/".
  std::string directory; ///< directory: absolute path of an existing folder.
  bool enabled = true;
  std::int32_t priority = 100;           ///< 0-10000, low first.
  std::optional<double> timeout_seconds; ///< Connect and first byte together.
  std::optional<std::int32_t> max_retries;
  std::optional<double> retry_delay_seconds, retry_delay_max_seconds;
  std::optional<std::int32_t> max_concurrent_downloads;
  std::optional<double> bandwidth_limit_mbps; ///< Mbit/s; none: unlimited.
  std::optional<double> requests_per_second;
  std::map<std::string, std::string> custom_headers, custom_params;
  std::optional<std::string> region, failure_domain, health_check_path, proxy, ca_file;
  friend bool operator==(const provider_settings&, const provider_settings&) = default;
};

struct global_settings {
  double timeout_seconds = 30;
  std::int32_t max_retries = 3;
  double retry_delay_seconds = 1, retry_delay_max_seconds = 60;
  std::int32_t max_concurrent_downloads = 4;
  std::int32_t health_window_minutes = 60;
  std::int32_t failure_threshold = 3, rise = 2, fall = 3;
  double cooldown_base_seconds = 30, cooldown_max_seconds = 900;
  double health_check_interval_seconds = 60; ///< 0: no active checks.
  all_unavailable when_all_unavailable = all_unavailable::least_bad;
  tributary::failover_order failover_order = tributary::failover_order::exhaust;
  tributary::strategy strategy = tributary::strategy::priority;
  std::int32_t max_attempts = 12;
  std::optional<double> deadline_seconds;
  std::int32_t max_running_jobs = 64, max_queued_jobs = 100'000;
  std::optional<double> total_bandwidth_limit_mbps;
  std::int32_t piece_size_mib = 4, max_segments = 4;
  double stall_timeout_seconds = 30;
  tributary::on_conflict on_conflict = tributary::on_conflict::error;
  tributary::durability durability = tributary::durability::full;
  bool record_sha256 = false;
  std::int32_t history_days = 30;
  bool metrics_open = false; ///< /metrics needs no token.
  friend bool operator==(const global_settings&, const global_settings&) = default;
};

struct settings {
  std::int32_t version = 1;
  global_settings global;
  std::map<std::string, provider_settings> providers;
  std::optional<std::vector<std::string>>
      chain; ///< None: implicit, all enabled providers by priority, then name.
  friend bool operator==(const settings&, const settings&) = default;
};

/// One immutable version of the document, shared by everybody who works by it.
struct settings_snapshot {
  std::uint64_t revision = 0;
  settings document;
};

/// A provider's settings with every default filled in. What is inherited yields to what is its own: an own
/// retry_delay_seconds raises an inherited retry_delay_max_seconds, an own maximum lowers an inherited delay.
struct effective_provider {
  std::string name;
  provider_settings own; ///< All optionals that have a global default are set.
};
/// @pre the provider exists.
[[nodiscard]] effective_provider effective(const settings& s, const std::string& name);

/// The chain as it holds now, explicit or implicit: names of enabled providers, first choice first.
[[nodiscard]] std::vector<std::string> effective_chain(const settings& s);

/// May somebody be used after the change who could not be before: a provider that is new, was enabled, or
/// joined the chain?
[[nodiscard]] bool brings_somebody(const settings& before, const settings& after);

} // namespace tributary
