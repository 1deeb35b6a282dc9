// The route table: which method and path means which action, and which scope it needs. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tributary::gateway {

/// What a token may do; each includes the ones before it.
enum class scope : std::uint8_t { read, operate, admin };
[[nodiscard]] std::string_view to_string(scope x) noexcept;
[[nodiscard]] std::optional<scope> scope_from(std::string_view name) noexcept;

enum class action : std::uint8_t {
  submit_job,
  list_jobs,
  get_job,
  cancel_job,
  trace_job,
  health_of_all,
  health_of_one,
  reset_health,
  health_history,
  get_settings,
  get_global,
  change_global,
  get_provider,
  change_provider,
  failover_stats,
  livez,
  readyz,
  list_providers,
  create_provider,
  show_provider,
  delete_provider,
  available_providers,
  best_provider,
  enable_provider,
  disable_provider,
  export_settings,
  import_settings,
  roll_back_settings,
  settings_history,
  replace_chain,
  add_chain_member,
  remove_chain_member,
  follow_events,
  metrics,
  search_catalog,
  get_catalog_item,
  count_episodes,
  check_language,
  pause_job,
  resume_job,
  retry_job,
  openapi,
  dashboard,
  dashboard_file,
  count_, ///< Not an action: how many there are. Stays last.
};
inline constexpr auto action_count = static_cast<std::size_t>(action::count_);

struct route {
  std::string_view method;  ///< HEAD is answered wherever GET is.
  std::string_view pattern; ///< "{name}" binds one segment, which is not empty.
  action what;
  std::optional<scope> needs;  ///< Empty: open to everybody who reaches the port.
  std::string_view query = {}; ///< Names of the query parameters that it knows, separated by spaces.
};

/// Of patterns that match the same path the first one holds, so fixed segments stand before "{name}".
inline constexpr std::array routes{
    route{"POST", "/api/jobs", action::submit_job, scope::operate},
    route{"GET", "/api/jobs", action::list_jobs, scope::read, "state limit cursor"},
    route{"GET", "/api/jobs/{id}", action::get_job, scope::read},
    route{"DELETE", "/api/jobs/{id}", action::cancel_job, scope::operate},
    route{"GET", "/api/jobs/{id}/trace", action::trace_job, scope::read},
    route{"GET", "/api/providers/health", action::health_of_all, scope::read},
    route{"GET", "/api/providers/health/{name}", action::health_of_one, scope::read},
    route{"POST", "/api/providers/health/{name}/reset", action::reset_health, scope::admin},
    route{"GET", "/api/providers/health/{name}/history", action::health_history, scope::read, "from to step"},
    route{"GET", "/api/providers", action::list_providers, scope::read},
    route{"POST", "/api/providers", action::create_provider, scope::admin},
    route{"GET", "/api/providers/available", action::available_providers, scope::read},
    route{"GET", "/api/providers/best", action::best_provider, scope::read},
    route{"GET", "/api/providers/config", action::get_settings, scope::read},
    route{"GET", "/api/providers/config/export", action::export_settings, scope::read},
    route{"POST", "/api/providers/config/import", action::import_settings, scope::admin, "dry_run"},
    route{"GET", "/api/providers/config/history", action::settings_history, scope::read, "limit cursor"},
    route{"POST", "/api/providers/config/rollback/{revision}", action::roll_back_settings, scope::admin},
    route{"GET", "/api/providers/config/global", action::get_global, scope::read},
    route{"PUT", "/api/providers/config/global", action::change_global, scope::admin},
    route{"GET", "/api/providers/config/{name}", action::get_provider, scope::read},
    route{"PUT", "/api/providers/config/{name}", action::change_provider, scope::admin},
    route{"POST", "/api/providers/config/{name}/enable", action::enable_provider, scope::admin},
    route{"POST", "/api/providers/config/{name}/disable", action::disable_provider, scope::admin},
    route{"GET", "/api/providers/failover", action::failover_stats, scope::read},
    route{"PUT", "/api/providers/failover", action::replace_chain, scope::admin},
    route{"DELETE", "/api/providers/failover/{name}", action::remove_chain_member, scope::admin},
    route{"POST", "/api/providers/failover/{name}/add", action::add_chain_member, scope::admin},
    route{"GET", "/api/providers/{name}", action::show_provider, scope::read},
    route{"DELETE", "/api/providers/{name}", action::delete_provider, scope::admin, "mode"},
    route{"GET", "/livez", action::livez, std::nullopt},
    route{"GET", "/readyz", action::readyz, std::nullopt},
    route{"GET", "/openapi.json", action::openapi, std::nullopt},
    route{"GET", "/", action::dashboard, std::nullopt},
    route{"GET", "/dashboard/{file}", action::dashboard_file, std::nullopt},
    route{"GET", "/api/events", action::follow_events, scope::read, "after last_event_id kind job"},
    route{"GET", "/metrics", action::metrics, scope::read},
    route{"GET", "/api/catalog/search", action::search_catalog, scope::read, "q"},
    route{"GET", "/api/catalog/{key}", action::get_catalog_item, scope::read},
    route{"GET", "/api/catalog/{key}/episodes", action::count_episodes, scope::read},
    route{
        "GET", "/api/catalog/{key}/language", action::check_language, scope::read, "season episode language"},
    route{"POST", "/api/jobs/{id}/pause", action::pause_job, scope::operate},
    route{"POST", "/api/jobs/{id}/resume", action::resume_job, scope::operate},
    route{"POST", "/api/jobs/{id}/retry", action::retry_job, scope::operate},
};

/// One action per (method, pattern), one (method, pattern) per action.
consteval bool unique(std::span<const route> table) {
  for (std::size_t i = 0; i < table.size(); ++i)
    for (std::size_t j = i + 1; j < table.size(); ++j)
      if (table[i].what == table[j].what ||
          (table[i].method == table[j].method && table[i].pattern == table[j].pattern))
        return false;
  return true;
}
static_assert(unique(routes), "one method and pattern names one action");
static_assert(routes.size() == action_count, "every action has its route");

struct route_match {
  const route* found = nullptr;    ///< Empty: the method or the path is unknown.
  std::vector<std::string> params; ///< What the pattern bound.
  std::string allow;               ///< The path's methods as Allow lists them; "": unknown path.
};

[[nodiscard]] route_match match(std::string_view method, std::span<const std::string> segments);

} // namespace tributary::gateway
