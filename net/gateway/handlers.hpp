// One function per action: parse, ask an actor with a finite timeout, render. They run inside the gateway
// actor; a call that is kept by a callback is answered 503 when the actor ends.
#pragma once

#include "net/gateway/failure.hpp"
#include "net/gateway/gateway.hpp"
#include "net/gateway/responder.hpp"
#include "net/gateway/server_counters.hpp"

#include <boost/json/fwd.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <atomic>
#include <memory>

namespace tributary::gateway {

/// Shared with the callback that answers it.
using call_ptr = std::shared_ptr<call>;

struct gateway_state {
  gateway_state() = default; // Else CAF 0.17 would initialise it from the actor's own handle.
  static inline const char* name = "gateway";
  gateway_targets targets;
  std::shared_ptr<const server_counters> server;
  std::shared_ptr<std::atomic<bool>> metrics_open; ///< The server looks at it.
  gateway_limits limits;
  std::function<bool()> ready;
  std::function<void(std::string_view)> log;
  std::function<wall_time()> wall;
};
using gateway_self = caf::stateful_actor<gateway_state>*;

void submit_job(gateway_self self, const call_ptr& c);
void list_jobs(gateway_self self, const call_ptr& c);
void get_job(gateway_self self, const call_ptr& c);
void cancel_job(gateway_self self, const call_ptr& c);
void trace_job(gateway_self self, const call_ptr& c);
void pause_job(gateway_self self, const call_ptr& c);
void resume_job(gateway_self self, const call_ptr& c);
void retry_job(gateway_self self, const call_ptr& c);
void health_of_all(gateway_self self, const call_ptr& c);
void health_of_one(gateway_self self, const call_ptr& c);
void reset_health(gateway_self self, const call_ptr& c);
void health_history(gateway_self self, const call_ptr& c);
void failover_statistics(gateway_self self, const call_ptr& c);
void get_settings(gateway_self self, const call_ptr& c);
void get_global(gateway_self self, const call_ptr& c);
void change_global(gateway_self self, const call_ptr& c);
void get_provider(gateway_self self, const call_ptr& c);
void change_provider(gateway_self self, const call_ptr& c);
void enable_provider(gateway_self self, const call_ptr& c);
void disable_provider(gateway_self self, const call_ptr& c);
void export_settings(gateway_self self, const call_ptr& c);
void import_settings(gateway_self self, const call_ptr& c);
void roll_back_settings(gateway_self self, const call_ptr& c);
void settings_history(gateway_self self, const call_ptr& c);
void list_providers(gateway_self self, const call_ptr& c);
void create_provider(gateway_self self, const call_ptr& c);
void show_provider(gateway_self self, const call_ptr& c);
void delete_provider(gateway_self self, const call_ptr& c);
void available_providers(gateway_self self, const call_ptr& c);
void best_provider(gateway_self self, const call_ptr& c);
void replace_failover_chain(gateway_self self, const call_ptr& c);
void add_chain_member(gateway_self self, const call_ptr& c);
void remove_chain_member(gateway_self self, const call_ptr& c);
void follow_events(gateway_self self, const call_ptr& c);
void report_metrics(gateway_self self, const call_ptr& c);
void search_catalog(gateway_self self, const call_ptr& c);
void get_catalog_item(gateway_self self, const call_ptr& c);
void count_episodes(gateway_self self, const call_ptr& c);
void check_language(gateway_self self, const call_ptr& c);
void show_dashboard(gateway_self self, const call_ptr& c);
void show_dashboard_file(gateway_self self, const call_ptr& c);

// Answers. Each ends the call.
void answer(const call_ptr& c, const boost::json::object& body, int status = 200, header_list headers = {});
void answer(const call_ptr& c, const problem& p);

/// For the error side of a request: logs what must stay inside, answers the rest.
[[nodiscard]] inline auto fail(gateway_self self, const call_ptr& c) {
  return [self, c](const caf::error& why) { answer_failure(self->state.log, *c, why); };
}

} // namespace tributary::gateway

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::gateway::call_ptr)
