// The one list of payloads. A type that is missing here still works inside the process, but not over a wire.
#include "messages/register.hpp"

#include "messages/actors.hpp"

#include <caf/atom.hpp>
#include <caf/message.hpp>

#include <algorithm>
#include <thread>

namespace tributary {

namespace {

#if defined(__SANITIZE_THREAD__)
constexpr unsigned workers_min = 4; // More interleavings to look at.
#else
constexpr unsigned workers_min = 1;
#endif

void register_jobs(caf::actor_system_config& config) {
  config.add_message_type<complaint>("tributary::complaint");
  config.add_message_type<job_spec>("tributary::job_spec");
  config.add_message_type<job_row>("tributary::job_row");
  config.add_message_type<job_record>("tributary::job_record");
  config.add_message_type<job_trace>("tributary::job_trace");
  config.add_message_type<submit_result>("tributary::submit_result");
  config.add_message_type<job_submission>("tributary::job_submission");
  config.add_message_type<submit_results>("tributary::submit_results");
  config.add_message_type<job_report>("tributary::job_report");
  config.add_message_type<job_progress>("tributary::job_progress");
  config.add_message_type<job_view>("tributary::job_view");
  config.add_message_type<job_filter>("tributary::job_filter");
  config.add_message_type<job_page>("tributary::job_page");
  config.add_message_type<queue_counts>("tributary::queue_counts");
  config.add_message_type<event_row>("tributary::event_row");
}

void register_health(caf::actor_system_config& config) {
  config.add_message_type<request_metric>("tributary::request_metric");
  config.add_message_type<check_result>("tributary::check_result");
  config.add_message_type<provider_figures>("tributary::provider_figures");
  config.add_message_type<health_summary>("tributary::health_summary");
  config.add_message_type<provider_standing>("tributary::provider_standing");
  config.add_message_type<history_query>("tributary::history_query");
  config.add_message_type<provider_history>("tributary::provider_history");
}

void register_failover(caf::actor_system_config& config) {
  config.add_message_type<attempt_row>("tributary::attempt_row");
  config.add_message_type<decision_row>("tributary::decision_row");
  config.add_message_type<lease_request>("tributary::lease_request");
  config.add_message_type<denial>("tributary::denial");
  config.add_message_type<stop_reason>("tributary::stop_reason");
  config.add_message_type<failover_stats>("tributary::failover_stats");
  config.add_message_type<provider_ranking>("tributary::provider_ranking");
}

std::string render(std::uint8_t code, caf::atom_value category, const caf::message& context) {
  const auto name = to_string(static_cast<errc>(code));
  const auto text = describe(caf::error{code, category, context});
  return text == name ? text : std::string{name} + ": " + text;
}

void register_catalog(caf::actor_system_config& config) {
  config.add_message_type<catalog_query>("tributary::catalog_query");
  config.add_message_type<catalog_reply>("tributary::catalog_reply");
}

} // namespace

void register_messages(caf::actor_system_config& config) {
  register_jobs(config);
  register_health(config);
  register_failover(config);
  register_catalog(config);
  config.add_error_category(caf::atom("tributary"), render);
  // The default (stealing) polls: it burns a good part of a core even when little happens.
  if (!caf::get_if<caf::atom_value>(&config, "scheduler.policy"))
    config.set("scheduler.policy", caf::atom("sharing"));
  // The default (at least four) wakes a thread for nearly every message: half the cores did the same work
  // with fewer switches, beside the threads for transfers, files and the journal.
  if (!caf::get_if<std::size_t>(&config, "scheduler.max-threads"))
    config.set(
        "scheduler.max-threads", std::size_t{std::max(workers_min, std::thread::hardware_concurrency() / 2)});
}

} // namespace tributary
