#include "config/settings_table.hpp"

#include "config/proxy_address.hpp"
#include "config/text_rules.hpp"

#include <array>

namespace tributary {
namespace {

// Rates below 0.001 would take years for one request or packet; above the upper end nothing is limited any
// more.
constexpr number_range rate{0.001, 1'000'000};

constexpr std::array provider_table{
    setting_key<provider_settings>{"kind", &provider_settings::kind, {}, "How it is reached."},
    setting_key<provider_settings>{
        "base_url", &provider_settings::base_url, text_rule{base_url_error},
        "A job's path is appended to it."},
    setting_key<provider_settings>{
        "directory", &provider_settings::directory, text_rule{absolute_path_error},
        "A folder on this machine or a mounted one."},
    setting_key<provider_settings>{"enabled", &provider_settings::enabled, {}, "False: no transfers."},
    setting_key<provider_settings>{
        "priority", &provider_settings::priority, number_range{0, 10'000}, "Low first."},
    setting_key<provider_settings>{
        "timeout_seconds", &provider_settings::timeout_seconds, number_range{0.1, 3600},
        "Connecting and the first byte together, in seconds."},
    setting_key<provider_settings>{
        "max_retries", &provider_settings::max_retries, number_range{0, 100},
        "Further tries after the first."},
    setting_key<provider_settings>{
        "retry_delay_seconds", &provider_settings::retry_delay_seconds, number_range{0, 3600},
        "Ceiling of the first backoff delay, in seconds; doubles with each retry."},
    setting_key<provider_settings>{
        "retry_delay_max_seconds", &provider_settings::retry_delay_max_seconds, number_range{0, 86'400},
        "Ceiling of every backoff delay, in seconds."},
    setting_key<provider_settings>{
        "max_concurrent_downloads", &provider_settings::max_concurrent_downloads, number_range{1, 1024},
        "Transfers at a time."},
    setting_key<provider_settings>{
        "bandwidth_limit_mbps", &provider_settings::bandwidth_limit_mbps, rate,
        "Mbit/s over all its transfers."},
    setting_key<provider_settings>{
        "requests_per_second", &provider_settings::requests_per_second, rate, "New requests per second."},
    setting_key<provider_settings>{
        "custom_headers", &provider_settings::custom_headers, entry_rule{header_error},
        "Sent with each request; a value may refer to a secret as secret://NAME."},
    setting_key<provider_settings>{
        "custom_params", &provider_settings::custom_params, entry_rule{param_error},
        "Appended to each URL's query; a value may refer to a secret as secret://NAME."},
    setting_key<provider_settings>{
        "region", &provider_settings::region, text_rule{label_error}, "Free text."},
    setting_key<provider_settings>{
        "failure_domain", &provider_settings::failure_domain, text_rule{label_error},
        "Free text: what fails together with others of the same text."},
    setting_key<provider_settings>{
        "health_check_path", &provider_settings::health_check_path, text_rule{check_path_error},
        "What an active check asks for, instead of the base URL."},
    setting_key<provider_settings>{
        "proxy", &provider_settings::proxy, text_rule{proxy_error}, "The proxy that requests go through."},
    setting_key<provider_settings>{
        "ca_file", &provider_settings::ca_file, text_rule{absolute_path_error},
        "PEM file that is trusted instead of the system's roots."},
};

constexpr std::array global_table{
    setting_key<global_settings>{
        "timeout_seconds", &global_settings::timeout_seconds, number_range{0.1, 3600},
        "Connecting and the first byte together, in seconds."},
    setting_key<global_settings>{
        "max_retries", &global_settings::max_retries, number_range{0, 100}, "Further tries after the first."},
    setting_key<global_settings>{
        "retry_delay_seconds", &global_settings::retry_delay_seconds, number_range{0, 3600},
        "Ceiling of the first backoff delay, in seconds; doubles with each retry."},
    setting_key<global_settings>{
        "retry_delay_max_seconds", &global_settings::retry_delay_max_seconds, number_range{0, 86'400},
        "Ceiling of every backoff delay, in seconds."},
    setting_key<global_settings>{
        "max_concurrent_downloads", &global_settings::max_concurrent_downloads, number_range{1, 1024},
        "Transfers at a time."},
    setting_key<global_settings>{
        "health_window_minutes", &global_settings::health_window_minutes, number_range{1, 1440},
        "What the health figures look back on, in minutes."},
    setting_key<global_settings>{
        "failure_threshold", &global_settings::failure_threshold, number_range{1, 1000},
        "Incidents in a row that make a provider unavailable."},
    setting_key<global_settings>{
        "rise", &global_settings::rise, number_range{1, 100},
        "Successes in probation that make it available again."},
    setting_key<global_settings>{
        "fall", &global_settings::fall, number_range{1, 100},
        "Failed active checks in a row that make it unavailable."},
    setting_key<global_settings>{
        "cooldown_base_seconds", &global_settings::cooldown_base_seconds, number_range{0.1, 86'400},
        "First cool-down, in seconds; doubles with each relapse."},
    setting_key<global_settings>{
        "cooldown_max_seconds", &global_settings::cooldown_max_seconds, number_range{0.1, 604'800},
        "Longest cool-down, in seconds."},
    setting_key<global_settings>{
        "health_check_interval_seconds", &global_settings::health_check_interval_seconds,
        number_range{0, 86'400}, "Between active checks, in seconds; 0: none."},
    setting_key<global_settings>{
        "when_all_unavailable",
        &global_settings::when_all_unavailable,
        {},
        "What a job does when every provider is unavailable."},
    setting_key<global_settings>{
        "failover_order",
        &global_settings::failover_order,
        {},
        "Retry the same provider first, or walk the chain."},
    setting_key<global_settings>{"strategy", &global_settings::strategy, {}, "How providers are ranked."},
    setting_key<global_settings>{
        "max_attempts", &global_settings::max_attempts, number_range{1, 10'000},
        "Failed attempts of a job since its last verified bytes."},
    setting_key<global_settings>{
        "deadline_seconds", &global_settings::deadline_seconds, number_range{0.1, 31'536'000},
        "A job that is older fails, in seconds."},
    setting_key<global_settings>{
        "max_running_jobs", &global_settings::max_running_jobs, number_range{1, 10'000},
        "Jobs at work at a time."},
    setting_key<global_settings>{
        "max_queued_jobs", &global_settings::max_queued_jobs, number_range{1, 10'000'000},
        "Unfinished jobs without a runner: queued, waiting or paused; more are refused."},
    setting_key<global_settings>{
        "total_bandwidth_limit_mbps", &global_settings::total_bandwidth_limit_mbps, rate,
        "Mbit/s of the engine."},
    setting_key<global_settings>{
        "piece_size_mib", &global_settings::piece_size_mib, number_range{1, 1024},
        "Progress is made durable at its multiples, in MiB."},
    setting_key<global_settings>{
        "max_segments", &global_settings::max_segments, number_range{1, 64}, "Most streams of a job."},
    setting_key<global_settings>{
        "stall_timeout_seconds", &global_settings::stall_timeout_seconds, number_range{0.1, 3600},
        "A body without a byte for so long has failed, in seconds."},
    setting_key<global_settings>{
        "on_conflict", &global_settings::on_conflict, {}, "When the output exists already."},
    setting_key<global_settings>{
        "durability",
        &global_settings::durability,
        {},
        "Flush files before success is reported, or leave it to the system."},
    setting_key<global_settings>{
        "record_sha256",
        &global_settings::record_sha256,
        {},
        "Keep the SHA-256 of every file, not only where a job gives one."},
    setting_key<global_settings>{
        "history_days", &global_settings::history_days, number_range{1, 36'500},
        "Health history that is kept, in days."},
    setting_key<global_settings>{
        "metrics_open", &global_settings::metrics_open, {}, "/metrics is answered without a token."},
};

} // namespace

std::span<const setting_key<provider_settings>> provider_keys() noexcept {
  return provider_table;
}
std::span<const setting_key<global_settings>> global_keys() noexcept {
  return global_table;
}

} // namespace tributary
