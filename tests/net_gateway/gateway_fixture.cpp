// The scripted actors behind the gateway.
#include "tests/net_gateway/gateway_fixture.hpp"

#include "net/gateway/tokens.hpp"
#include "store/journal.hpp"
#include "tests/net_gateway/openapi_check.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <doctest/doctest.h>

namespace tributary::testing {

namespace {

using script_ptr = std::shared_ptr<gateway_script>;

job_queue_actor::behavior_type scripted_jobs(job_queue_actor::pointer self, script_ptr s) {
  return {
      [s](submit_atom, const job_spec& spec) { return s->submit(spec); },
      [s](submit_atom, const job_submission& jobs) -> caf::result<submit_results> {
        s->submitted = jobs;
        submit_results all;
        all.replayed = s->replayed;
        for (const auto& spec : jobs.specs) {
          const auto one = s->submit(spec);
          if (one.flag == caf::rt_error)
            return one.err;
          all.jobs.push_back(one.value.get_as<submit_result>(0));
        }
        return all;
      },
      [s](pause_atom, job_id id) { return s->control("pause", id); },
      [s](resume_atom, job_id id) { return s->control("resume", id); },
      [s](retry_atom, job_id id) { return s->control("retry", id); },
      [self, s](get_atom, job_id id) -> caf::result<job_view> {
        if (!s->silent)
          return s->get(id);
        ++s->asked;
        return self->make_response_promise<job_view>(); // Dropped: CAF 0.17 tells nobody.
      },
      [s](list_atom, const job_filter& f) { return s->list(f); },
      [s](trace_atom, job_id id) { return s->trace(id); },
      [s](cancel_atom, job_id id) { return s->cancel(id); },
      [](report_atom, const job_report&) { return false; },
      [](const job_progress&) {},
      [](ended_atom, job_id, std::uint32_t, const std::string&) {},
      [](parked_atom, job_id, std::uint32_t, bool) {},
      [s](stats_atom) { return s->counts; },
      [](drain_atom) { return std::uint32_t{0}; },
      [](const settings_ptr&) {},
  };
}

health_monitor_actor::behavior_type scripted_health(health_monitor_actor::pointer, script_ptr s) {
  return {
      [](const request_metric&) {},
      [](judge_atom, const request_metric&) { return false; },
      [](verified_atom, const std::string&, std::uint32_t) {},
      [](add_atom, const std::string&, const provider_actor&, bool) {},
      [](remove_atom, const std::string&) {},
      [s](summary_atom) { return s->summary(); },
      [s](figures_atom, const std::string& name) { return s->figures(name); },
      [s](reset_atom, const std::string& name) { return s->reset(name); },
      [s](history_atom, const std::string& name, const history_query& q) { return s->history(name, q); },
      [](watch_atom, const standing_watcher_actor&) {},
      [](const settings_ptr&) {},
  };
}

config_manager_actor::behavior_type scripted_config(config_manager_actor::pointer, script_ptr s) {
  return {
      [s](get_atom) { return s->get_settings(); },
      [s](change_atom, const std::string& author, const settings_change& c) { return s->change(author, c); },
      [s](preview_atom, const settings_change& c) { return s->preview(c); },
      [s](revision_atom, std::uint64_t before, std::uint32_t limit) { return s->revisions(before, limit); },
      [](watch_atom, const settings_watcher_actor&) {},
  };
}

failover_supervisor_actor::behavior_type scripted_failover(failover_supervisor_actor::pointer, script_ptr s) {
  return {
      [](run_atom, const job_record&, const job_queue_actor&) {},
      [](stop_atom, job_id, stop_reason) {},
      [](want_atom, const lease_request&, const job_runner_actor&) {},
      [](release_atom, transfer_id, const attempt_row&) {},
      [](blame_atom, job_id, const attempt_row&) {},
      [s](stats_atom) { return s->stats(); },
      [](const provider_standing&) {},
      [](const settings_ptr&) {},
      [s](list_atom) { return s->ranking(); },
      [s](remove_atom, const std::string& name) { return s->cut(name); },
      [s](const catalog_query& q) { return s->catalog(q); },
  };
}

provider_figures figures_of(const std::string& name) {
  provider_figures f;
  f.provider = name;
  return f;
}

void fill_in(gateway_script& s) {
  s.submit = [](const job_spec& spec) {
    auto row = example_job(1);
    row.spec = spec;
    return submit_result{row, false};
  };
  s.get = s.cancel = [](job_id id) { return job_view{example_job(id), {}, {}, {}}; };
  s.control = [](std::string_view, job_id id) { return job_view{example_job(id), {}, {}, {}}; };
  s.list = [](const job_filter&) { return job_page{{job_view{example_job(1), {}, {}, {}}}, {}}; };
  s.trace = [](job_id id) { return job_trace{id, {}, {}}; };
  s.summary = [] { return health_summary{}; };
  s.figures = s.reset = figures_of;
  s.history = [](const std::string& name, history_query q) {
    q.step = std::max<decltype(q.step)>(q.step, std::chrono::minutes{1}); // 0: the monitor chooses.
    return provider_history{name, q, {}};
  };
  s.get_settings = [] { return example_settings(); };
  s.change = [](const std::string&, const settings_change&) {
    return settings_outcome{example_settings(), {}};
  };
  s.preview = [](const settings_change&) { return settings_outcome{example_settings(), {}}; };
  s.revisions = [](std::uint64_t, std::uint32_t) { return std::vector<settings_revision>{}; };
  s.ranking = [] {
    provider_ranking r;
    r.providers = {{"alpha", 1, {}, ""}, {"beta", 0.5, {}, ""}};
    return r;
  };
  s.cut = [](const std::string&) { return true; };
  s.stats = [] { return failover_stats{}; };
  s.catalog = [](const catalog_query& q) {
    catalog_reply r;
    r.items.push_back({q.item.key, "Title", {"en"}});
    r.provider = "alpha";
    return r;
  };
}

std::string token(const std::filesystem::path& state, const std::string& name, gateway::scope may) {
  return std::get<gateway::new_token>(gateway::add_token(state, name, may, noon)).text;
}

} // namespace

settings_ptr example_settings() {
  settings_snapshot snapshot;
  snapshot.revision = 7;
  snapshot.document.providers["alpha"].base_url = "http://127.0.0.1:1/";
  snapshot.document.providers["beta"].base_url = "http://127.0.0.1:2/";
  return std::make_shared<const settings_snapshot>(std::move(snapshot));
}

job_row example_job(job_id id) {
  job_row row;
  row.id = id;
  row.spec.resource.path = "a/b.iso";
  row.spec.output = "b.iso";
  row.created_at = noon;
  return row;
}

gateway_fixture::gateway_fixture(gateway_limits limits, std::function<void(gateway_options&)> adjust) {
  fill_in(*script);
  register_messages(config);
  config.set("scheduler.max-threads", std::size_t{2});
  system = std::make_unique<caf::actor_system>(config);
  targets.jobs = system->spawn(scripted_jobs, script);
  targets.health = system->spawn(scripted_health, script);
  targets.config = system->spawn(scripted_config, script);
  targets.failover = system->spawn(scripted_failover, script);
  store = spawn_job_store(*system, make_memory_journal(), false);
  targets.events = spawn_event_hub(*system, store, 0);
  REQUIRE(std::holds_alternative<gateway::admin_token>(gateway::ensure_admin(state.path(), noon)));
  admin = read_file(state / "admin.token");
  admin.pop_back();
  operate = token(state.path(), "robot", gateway::scope::operate);
  read = token(state.path(), "eyes", gateway::scope::read);

  gateway_options options;
  options.port = 0;
  options.state_dir = state.path();
  options.limits = limits;
  options.wall = [] { return noon; };
  options.log = [this](std::string_view line) {
    const std::lock_guard lock{log_mutex_};
    log_.append(line).append("\n");
  };
  if (adjust)
    adjust(options);
  auto bound = bind_gateway(std::move(options));
  if (const auto* why = std::get_if<gateway_error>(&bound))
    FAIL(why->message);
  gateway = start_gateway(*system, std::get<0>(std::move(bound)), targets);
}

gateway_fixture::~gateway_fixture() {
  if (gateway.stop)
    gateway.stop();
  gateway = {};
  for (const auto& a :
       {caf::actor_cast<caf::actor>(targets.jobs), caf::actor_cast<caf::actor>(targets.health),
        caf::actor_cast<caf::actor>(targets.config), caf::actor_cast<caf::actor>(targets.failover),
        caf::actor_cast<caf::actor>(targets.events), caf::actor_cast<caf::actor>(store)})
    caf::anon_send_exit(a, caf::exit_reason::kill);
  targets = {};
  store = nullptr;
  system.reset(); // Waits for the actors.
}

std::string gateway_fixture::request(
    std::string_view method, std::string_view target, std::string_view body, http_headers more) const {
  more.emplace_back("Authorization", "Bearer " + admin);
  if (!body.empty())
    more.emplace_back("Content-Type", "application/json");
  return http_request(method, target, more, body);
}

http_reply gateway_fixture::call(
    std::string_view method, std::string_view target, std::string_view body, http_headers more) const {
  http_connection connection{port()};
  connection.send(request(method, target, body, std::move(more)));
  auto reply = connection.receive(method == "HEAD");
  CHECK(undocumented(method, target, body, reply) == "");
  return reply;
}

void gateway_fixture::publish(std::vector<event_row> events) {
  caf::scoped_actor self{*system};
  store_batch batch;
  for (const auto& e : events)
    batch.emplace_back(add_event{e});
  self->request(store, std::chrono::seconds{10}, write_atom_v, std::move(batch))
      .receive(
          [&](const commit_result& r) {
            for (auto number = r.first_event; auto& e : events)
              e.number = number++;
          },
          [](const caf::error& why) { FAIL(describe(why)); });
  caf::anon_send(targets.events, publish_atom_v, std::move(events));
}

void gateway_fixture::publish(std::uint64_t count) {
  std::vector<event_row> events(count);
  for (job_id job = 0; auto& e : events) {
    e.at = noon;
    e.kind = "job.queued";
    e.job = ++job;
    e.data = "{}";
  }
  publish(std::move(events));
}

std::string gateway_fixture::logged() const {
  const std::lock_guard lock{log_mutex_};
  return log_;
}

boost::json::object body_of(const http_reply& reply) {
  INFO(reply.body);
  boost::system::error_code why;
  const auto parsed = boost::json::parse(reply.body, why);
  REQUIRE_FALSE(why);
  REQUIRE(parsed.is_object());
  return parsed.get_object();
}

std::string code_of(const http_reply& reply) {
  CHECK(reply.header("Content-Type") == "application/problem+json");
  const auto body = body_of(reply);
  CHECK(body.at("status") == reply.status);
  CHECK_FALSE(body.at("title").as_string().empty());
  CHECK_FALSE(body.at("detail").as_string().empty());
  CHECK(text_of(body.at("request_id")) == reply.header("X-Request-Id"));
  constexpr std::string_view prefix = "urn:tributary:problem:";
  const std::string type{body.at("type").as_string()};
  REQUIRE(type.starts_with(prefix));
  return type.substr(prefix.size());
}

} // namespace tributary::testing
