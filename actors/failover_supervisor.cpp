// The frame: messages, jobs and their runners, providers, figures. See failover_supervisor_shell.hpp.
#include "actors/failover_supervisor.hpp"

#include "actors/crash.hpp"
#include "actors/failover_supervisor_shell.hpp"

#include <utility>

namespace tributary {

namespace {

constexpr milliseconds network_back_pause{50};

} // namespace

supervisor_shell::supervisor_shell(caf::actor_config& cfg, failover_supervisor_options options)
    : supervisor_shell_api::base(cfg),
      settings_(std::move(options.initial)),
      chain_(effective_chain(settings_->document)),
      health_(std::move(options.health)),
      resources_(std::move(options.resources)),
      unit_(std::move(options.unit)),
      pairs_(*this, std::move(options.make_provider), health_),
      catalog_(*this, pairs_, resources_.wall, unit_),
      stats_(options.stats, options.jobs_attempted, options.attempts) {
  set_exception_handler(crashed);
  set_down_handler([this](caf::down_msg& down) { ended(down); });
}

supervisor_shell::behavior_type supervisor_shell::make_behavior() {
  send(health_, watch_atom_v, caf::actor_cast<standing_watcher_actor>(this));
  pairs_.apply(settings_->document, idle_test(), clock().now());
  schedule_restarts();
  return {
      [this](run_atom, job_record& job, job_queue_actor& queue) { start(std::move(job), std::move(queue)); },
      [this](stop_atom what, job_id job, stop_reason why) { stop(what, job, why); },
      [this](want_atom, const lease_request& want, const job_runner_actor& runner) { wanted(want, runner); },
      [this](release_atom, transfer_id id, const attempt_row& attempt) { release(id, attempt); },
      [this](blame_atom, job_id job, const attempt_row& attempt) { blame(job, attempt); },
      [this](stats_atom) { return figures(); },
      [this](const provider_standing& s) { note(s); },
      [this](settings_ptr& s) { apply(std::move(s)); },
      [this](list_atom) { return ranking_of(candidates_of(whole_chain()), global().strategy, wall()); },
      [this](remove_atom, const std::string& provider) { return pairs_.end_draining(provider); },
      [this](catalog_query& q) { return catalog_.route(*this, settings_, chain_, std::move(q)); },
      [this](serve_atom, std::uint64_t number) {
        if (number == serve_number_)
          serve_due();
      },
      [this](let_go_atom) { serve_all(nullptr); },
      [this](restart_atom, const std::string& provider, std::uint64_t incarnation) {
        pairs_.start_again(provider, incarnation, clock().now());
        schedule_restarts();
        serve_all(&provider);
      },
  };
}

/// Its children end with it, however it ends.
void supervisor_shell::on_exit() {
  for (auto& [id, job] : jobs_)
    caf::anon_send_exit(job.runner, caf::exit_reason::user_shutdown);
  jobs_.clear();
  runners_.clear();
  catalog_.stop();
  pairs_.stop();
  health_ = nullptr;
}

void supervisor_shell::start(job_record record, job_queue_actor queue) {
  const auto id = record.row.id;
  if (jobs_.contains(id)) {
    send(queue, ended_atom_v, id, record.row.run_no, std::string{"an older run of the job has not ended"});
    return;
  }
  auto& job = jobs_.try_emplace(id, record, queue).first->second;
  job.runner = spawn_job_runner(
      system(), std::move(record), settings_, std::move(queue),
      caf::actor_cast<failover_supervisor_actor>(this), resources_);
  monitor(job.runner);
  runners_.emplace(job.runner.address(), id);
}

/// When our own network is back, each provider's standing says so: the parked wishes see all of them at once,
/// or the first that is told of would get them all.
void supervisor_shell::note(const provider_standing& s) {
  const auto* p = pairs_.find(s.provider);
  const bool let_go = p && p->standing && p->standing->held && !s.held;
  if (!pairs_.note(s))
    return;
  if (let_go)
    delayed_send(this, network_back_pause, let_go_atom_v);
  else
    serve_all(&s.provider);
}

void supervisor_shell::stop(stop_atom what, job_id id, stop_reason why) {
  const auto at = jobs_.find(id);
  if (at == jobs_.end())
    return;
  at->second.cancelled = at->second.cancelled || why == stop_reason::cancelled;
  send(at->second.runner, what, why);
}

void supervisor_shell::ended(const caf::down_msg& down) {
  if (const auto at = runners_.find(down.source); at != runners_.end())
    runner_ended(at->second, down);
  else if (const auto r = pairs_.note_down(down.source, clock().now()))
    schedule(*r);
}

void supervisor_shell::runner_ended(job_id id, const caf::down_msg& down) {
  runners_.erase(down.source);
  auto node = jobs_.extract(id);
  auto& job = node.mapped();
  room_.leave(id);
  if (job.cancelled)
    job.count_wasted(stats_);
  send(job.queue, ended_atom_v, id, job.row.run_no, down.reason ? describe(down.reason) : std::string{});
  // All are let go before anybody is served: nobody may be told of a lease of this job any more.
  std::vector<std::string> at;
  for (const auto lease : leases_.of(id))
    if (const auto held = leases_.release(lease))
      at.push_back(held->provider);
  for (const auto& provider : at)
    freed(provider);
  serve(engine_place);
}

void supervisor_shell::apply(settings_ptr s) {
  const auto before = std::exchange(settings_, std::move(s));
  chain_ = effective_chain(settings_->document);
  pairs_.apply(settings_->document, idle_test(), clock().now());
  schedule_restarts();
  for (const auto& [name, own] : settings_->document.providers)
    if (const auto was = before->document.providers.find(name);
        !own.enabled && was != before->document.providers.end() && was->second.enabled)
      move_away_from(name);
  serve_all(nullptr);
}

void supervisor_shell::schedule(const provider_pairs::restart& r) {
  if (r.after)
    delayed_send(this, *r.after, restart_atom_v, r.provider, r.incarnation);
}

void supervisor_shell::schedule_restarts() {
  for (const auto& r : pairs_.take_failed_starts())
    schedule(r);
}

failover_stats supervisor_shell::figures() {
  failover_stats out;
  out.chain = settings_->document.chain.value_or(chain_);
  out.is_explicit = settings_->document.chain.has_value();
  out.order = global().failover_order;
  out.leases = leases_.held();
  out.config_revision = settings_->revision;
  for (const auto& [name, p] : pairs_.all()) {
    out.providers.emplace_back();
    out.providers.back().provider = name;
    out.providers.back().leases = leases_.held_at(name);
    out.providers.back().draining = p.draining;
  }
  stats_.fill(out);
  return out;
}

failover_supervisor_actor
spawn_failover_supervisor(caf::actor_system& system, failover_supervisor_options options) {
  return system.spawn<supervisor_shell>(std::move(options));
}

} // namespace tributary
