#include "config/settings_table.hpp"

#include "config/text_rules.hpp"

#include <array>

namespace tributary {
namespace {

// Rates below 0.001 would take years for one request or packet; above the upper end nothing is limited any
// more.
constexpr number_range rate{0.001, 1'000'000};

constexpr std::array provider_table{
    setting_key<provider_settings>{"kind", &provider_settings::kind, {}},
    setting_key<provider_settings>{"base_url", &provider_settings::base_url, text_rule{base_url_error}},
    setting_key<provider_settings>{
        "directory", &provider_settings::directory, text_rule{absolute_path_error}},
    setting_key<provider_settings>{"enabled", &provider_settings::enabled, {}},
    setting_key<provider_settings>{"priority", &provider_settings::priority, number_range{0, 10'000}},
    setting_key<provider_settings>{
        "timeout_seconds", &provider_settings::timeout_seconds, number_range{0.1, 3600}},
    setting_key<provider_settings>{"max_retries", &provider_settings::max_retries, number_range{0, 100}},
    setting_key<provider_settings>{
        "retry_delay_seconds", &provider_settings::retry_delay_seconds, number_range{0, 3600}},
    setting_key<provider_settings>{
        "retry_delay_max_seconds", &provider_settings::retry_delay_max_seconds, number_range{0, 86'400}},
    setting_key<provider_settings>{
        "max_concurrent_downloads", &provider_settings::max_concurrent_downloads, number_range{1, 1024}},
    setting_key<provider_settings>{"bandwidth_limit_mbps", &provider_settings::bandwidth_limit_mbps, rate},
    setting_key<provider_settings>{"requests_per_second", &provider_settings::requests_per_second, rate},
    setting_key<provider_settings>{
        "custom_headers", &provider_settings::custom_headers, entry_rule{header_error}},
    setting_key<provider_settings>{
        "custom_params", &provider_settings::custom_params, entry_rule{param_error}},
    setting_key<provider_settings>{"region", &provider_settings::region, text_rule{label_error}},
    setting_key<provider_settings>{
        "failure_domain", &provider_settings::failure_domain, text_rule{label_error}},
    setting_key<provider_settings>{
        "health_check_path", &provider_settings::health_check_path, text_rule{check_path_error}},
    setting_key<provider_settings>{"proxy", &provider_settings::proxy, text_rule{label_error}},
    setting_key<provider_settings>{"ca_file", &provider_settings::ca_file, text_rule{absolute_path_error}},
};

constexpr std::array global_table{
    setting_key<global_settings>{
        "timeout_seconds", &global_settings::timeout_seconds, number_range{0.1, 3600}},
    setting_key<global_settings>{"max_retries", &global_settings::max_retries, number_range{0, 100}},
    setting_key<global_settings>{
        "retry_delay_seconds", &global_settings::retry_delay_seconds, number_range{0, 3600}},
    setting_key<global_settings>{
        "retry_delay_max_seconds", &global_settings::retry_delay_max_seconds, number_range{0, 86'400}},
    setting_key<global_settings>{
        "max_concurrent_downloads", &global_settings::max_concurrent_downloads, number_range{1, 1024}},
    setting_key<global_settings>{
        "health_window_minutes", &global_settings::health_window_minutes, number_range{1, 1440}},
    setting_key<global_settings>{
        "failure_threshold", &global_settings::failure_threshold, number_range{1, 1000}},
    setting_key<global_settings>{"rise", &global_settings::rise, number_range{1, 100}},
    setting_key<global_settings>{"fall", &global_settings::fall, number_range{1, 100}},
    setting_key<global_settings>{
        "cooldown_base_seconds", &global_settings::cooldown_base_seconds, number_range{0.1, 86'400}},
    setting_key<global_settings>{
        "cooldown_max_seconds", &global_settings::cooldown_max_seconds, number_range{0.1, 604'800}},
    setting_key<global_settings>{
        "health_check_interval_seconds", &global_settings::health_check_interval_seconds,
        number_range{0, 86'400}},
    setting_key<global_settings>{"when_all_unavailable", &global_settings::when_all_unavailable, {}},
    setting_key<global_settings>{"failover_order", &global_settings::failover_order, {}},
    setting_key<global_settings>{"strategy", &global_settings::strategy, {}},
    setting_key<global_settings>{"max_attempts", &global_settings::max_attempts, number_range{1, 10'000}},
    setting_key<global_settings>{
        "deadline_seconds", &global_settings::deadline_seconds, number_range{0.1, 31'536'000}},
    setting_key<global_settings>{
        "max_running_jobs", &global_settings::max_running_jobs, number_range{1, 10'000}},
    setting_key<global_settings>{
        "max_queued_jobs", &global_settings::max_queued_jobs, number_range{1, 10'000'000}},
    setting_key<global_settings>{
        "total_bandwidth_limit_mbps", &global_settings::total_bandwidth_limit_mbps, rate},
    setting_key<global_settings>{"piece_size_mib", &global_settings::piece_size_mib, number_range{1, 1024}},
    setting_key<global_settings>{"max_segments", &global_settings::max_segments, number_range{1, 64}},
    setting_key<global_settings>{
        "stall_timeout_seconds", &global_settings::stall_timeout_seconds, number_range{0.1, 3600}},
    setting_key<global_settings>{"on_conflict", &global_settings::on_conflict, {}},
    setting_key<global_settings>{"durability", &global_settings::durability, {}},
    setting_key<global_settings>{"record_sha256", &global_settings::record_sha256, {}},
    setting_key<global_settings>{"history_days", &global_settings::history_days, number_range{1, 36'500}},
};

} // namespace

std::span<const setting_key<provider_settings>> provider_keys() noexcept {
  return provider_table;
}
std::span<const setting_key<global_settings>> global_keys() noexcept {
  return global_table;
}

} // namespace tributary
