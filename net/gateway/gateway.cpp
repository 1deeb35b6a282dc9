// Starts and stops the gateway: tokens, the HTTP server, and the actor between it and the others.
#include "net/gateway/gateway.hpp"

#include "net/gateway/handlers.hpp"
#include "net/gateway/http_server.hpp"
#include "net/gateway/json_text.hpp"
#include "net/gateway/openapi.hpp"

#include <boost/json.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>

namespace tributary {

namespace gateway {

namespace {

void report_live(gateway_self, const call_ptr& c) {
  answer(c, {{"status", "live"}});
}

void report_ready(gateway_self self, const call_ptr& c) {
  if (self->state.ready && !self->state.ready())
    return answer(c, retry_later({kinds::shutting_down, "The engine is not ready."}, 1));
  answer(c, {{"status", "ready"}});
}

void report_openapi(gateway_self, const call_ptr& c) {
  static const auto text = json_text(openapi_document());
  c->answer({200, "application/json", {}, text});
}

void handle(gateway_self self, const call_ptr& c) {
  switch (c->asked.what) {
  case action::submit_job:
    return submit_job(self, c);
  case action::list_jobs:
    return list_jobs(self, c);
  case action::get_job:
    return get_job(self, c);
  case action::cancel_job:
    return cancel_job(self, c);
  case action::trace_job:
    return trace_job(self, c);
  case action::health_of_all:
    return health_of_all(self, c);
  case action::health_of_one:
    return health_of_one(self, c);
  case action::reset_health:
    return reset_health(self, c);
  case action::health_history:
    return health_history(self, c);
  case action::get_settings:
    return get_settings(self, c);
  case action::get_global:
    return get_global(self, c);
  case action::change_global:
    return change_global(self, c);
  case action::get_provider:
    return get_provider(self, c);
  case action::change_provider:
    return change_provider(self, c);
  case action::failover_stats:
    return failover_statistics(self, c);
  case action::livez:
    return report_live(self, c);
  case action::readyz:
    return report_ready(self, c);
  case action::follow_events:
    return follow_events(self, c);
  case action::metrics:
    return report_metrics(self, c);
  case action::pause_job:
    return pause_job(self, c);
  case action::resume_job:
    return resume_job(self, c);
  case action::retry_job:
    return retry_job(self, c);
  case action::list_providers:
    return list_providers(self, c);
  case action::create_provider:
    return create_provider(self, c);
  case action::show_provider:
    return show_provider(self, c);
  case action::delete_provider:
    return delete_provider(self, c);
  case action::available_providers:
    return available_providers(self, c);
  case action::best_provider:
    return best_provider(self, c);
  case action::enable_provider:
    return enable_provider(self, c);
  case action::disable_provider:
    return disable_provider(self, c);
  case action::export_settings:
    return export_settings(self, c);
  case action::import_settings:
    return import_settings(self, c);
  case action::roll_back_settings:
    return roll_back_settings(self, c);
  case action::settings_history:
    return settings_history(self, c);
  case action::replace_chain:
    return replace_failover_chain(self, c);
  case action::add_chain_member:
    return add_chain_member(self, c);
  case action::remove_chain_member:
    return remove_chain_member(self, c);
  case action::search_catalog:
    return search_catalog(self, c);
  case action::get_catalog_item:
    return get_catalog_item(self, c);
  case action::count_episodes:
    return count_episodes(self, c);
  case action::check_language:
    return check_language(self, c);
  case action::openapi:
    return report_openapi(self, c);
  case action::dashboard:
    return show_dashboard(self, c);
  case action::dashboard_file:
    return show_dashboard_file(self, c);
  case action::count_:
    return;
  }
}

/// An exception while a request is read is a bug that must cost that request only.
void handle_safely(gateway_self self, const call_ptr& c) {
  try {
    handle(self, c);
  } catch (const std::exception& e) {
    if (c->answer.pending())
      answer_failure(self->state.log, *c, caf::make_error(errc::crashed, std::string{e.what()}));
  }
}

caf::behavior
gateway_actor(gateway_self self, gateway_state initial, const std::weak_ptr<http_server>& server) {
  self->state = std::move(initial);
  self->attach_functor([server] { // However it ends, nobody is served any more.
    if (const auto s = server.lock())
      s->close();
  });
  self->set_exception_handler([self](std::exception_ptr& thrown) -> caf::error {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      self->state.log(std::string{"the gateway ends by an exception: "} + e.what());
      return caf::make_error(errc::crashed, std::string{e.what()});
    }
  });
  self->send(
      self->state.targets.config, watch_atom_v, caf::actor_cast<settings_watcher_actor>(caf::actor{self}));
  return {
      [self](const call_ptr& c) { handle_safely(self, c); },
      [self](const settings_ptr& s) { *self->state.metrics_open = s->document.global.metrics_open; },
  };
}

} // namespace

void answer(const call_ptr& c, const boost::json::object& body, int status, header_list headers) {
  c->answer({status, "application/json", std::move(headers), json_text(body)});
}

void answer(const call_ptr& c, const problem& p) {
  c->answer(render(p, c->asked.id));
}

} // namespace gateway

struct bound_gateway {
  gateway_options options;
  gateway::admin_token admin;
  std::shared_ptr<std::atomic<bool>> metrics_open = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<gateway::http_server> server;
};

std::variant<std::shared_ptr<bound_gateway>, gateway_error> bind_gateway(gateway_options options) {
  using namespace gateway;
  const auto bad_files = [](std::string why) {
    return gateway_error{gateway_error::kind::bad_token_files, std::move(why)};
  };
  if (!options.log)
    options.log = [](std::string_view) {};
  auto admin = ensure_admin(options.state_dir, options.wall());
  if (auto* why = std::get_if<std::string>(&admin))
    return bad_files(std::move(*why));
  auto tokens = load_tokens(options.state_dir);
  if (auto* why = std::get_if<std::string>(&tokens))
    return bad_files(std::move(*why));

  auto bound = std::make_shared<bound_gateway>();
  server_options listen;
  listen.host = options.host;
  listen.port = options.port;
  listen.allow_plain_remote = options.allow_plain_remote;
  listen.allowed_hosts = std::move(options.allowed_hosts);
  listen.limits = options.limits;
  listen.tokens = std::get<token_list>(std::move(tokens));
  listen.wall = options.wall;
  listen.log = options.log;
  listen.metrics_open = bound->metrics_open;
  auto opened = http_server::open(std::move(listen));
  if (auto* why = std::get_if<std::string>(&opened))
    return gateway_error{gateway_error::kind::cannot_listen, std::move(*why)};
  bound->server = std::get<std::unique_ptr<http_server>>(std::move(opened));
  bound->admin = std::get<admin_token>(std::move(admin));
  bound->options = std::move(options);
  return bound;
}

running_gateway
start_gateway(caf::actor_system& system, std::shared_ptr<bound_gateway> bound, gateway_targets targets) {
  using namespace gateway;
  const auto server = bound->server;
  gateway_state initial;
  initial.targets = std::move(targets);
  initial.server = server->counters();
  initial.metrics_open = bound->metrics_open;
  initial.limits = bound->options.limits;
  initial.ready = std::move(bound->options.ready);
  initial.wall = std::move(bound->options.wall);
  initial.log = std::move(bound->options.log);
  running_gateway running;
  running.handle = system.spawn(gateway_actor, std::move(initial), std::weak_ptr{server});
  running.port = server->port();
  running.admin_token_file = bound->admin.file;
  running.admin_token_created = bound->admin.created;
  server->start(
      [actor = running.handle](call c) { caf::anon_send(actor, std::make_shared<call>(std::move(c))); });
  running.stop = [server, actor = running.handle] {
    server->close();
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown); // Answers what is pending.
    server->stop();
  };
  return running;
}

} // namespace tributary
