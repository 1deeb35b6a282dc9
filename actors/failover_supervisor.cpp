// The shell around the plan: knows who asks, who is there and who holds what; plan_next decides. Everything
// that may let a parked wish through (a freed lease, a standing, new settings, a second passing) plans it
// again.
#include "actors/failover_supervisor.hpp"

#include "actors/candidates.hpp"
#include "actors/catalog_router.hpp"
#include "actors/crash.hpp"
#include "actors/failover_statistics.hpp"
#include "actors/lease_book.hpp"
#include "actors/provider_pairs.hpp"
#include "actors/routed_job.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

namespace tributary {

namespace {

TRIBUTARY_ATOM(serve);
TRIBUTARY_ATOM(restart);

/// Parked wishes are planned anew at least this often: standings and budgets drift without a message.
constexpr milliseconds serve_interval{1000};
/// When our own network is back, each provider's standing says so: the parked wishes see all of them at once,
/// or the first that is told of would get them all.
constexpr milliseconds network_back_pause{50};

using supervisor_shell_api = failover_supervisor_actor::extend<
    caf::reacts_to<serve_atom, std::uint64_t>, caf::reacts_to<restart_atom, std::string, std::uint64_t>>;

class supervisor_shell final : public supervisor_shell_api::base {
public:
  supervisor_shell(caf::actor_config& cfg, failover_supervisor_options options)
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

  const char* name() const override { return "failover_supervisor"; }

  behavior_type make_behavior() override {
    send(health_, watch_atom_v, caf::actor_cast<standing_watcher_actor>(this));
    pairs_.apply(settings_->document, idle_test(), clock().now());
    schedule_restarts();
    return {
        [this](run_atom, job_record& job, job_queue_actor& queue) {
          start(std::move(job), std::move(queue));
        },
        [this](stop_atom what, job_id job, stop_reason why) { stop(what, job, why); },
        [this](want_atom, const lease_request& want, const job_runner_actor& runner) {
          wanted(want, runner);
        },
        [this](release_atom, transfer_id id, const attempt_row& attempt) { release(id, attempt); },
        [this](stats_atom) { return figures(); },
        [this](const provider_standing& s) {
          const auto* p = pairs_.find(s.provider);
          const bool let_go = p && p->standing && p->standing->held && !s.held;
          if (pairs_.note(s))
            let_go ? serve_in(network_back_pause) : serve_parked();
        },
        [this](settings_ptr& s) { apply(std::move(s)); },
        [this](list_atom) { return ranking_of(candidates_of(whole_chain()), global().strategy, wall()); },
        [this](remove_atom, const std::string& provider) { return pairs_.end_draining(provider); },
        [this](catalog_query& q) { return catalog_.route(*this, settings_, chain_, std::move(q)); },
        [this](serve_atom, std::uint64_t number) {
          if (number == serve_number_)
            serve_parked();
        },
        [this](restart_atom, const std::string& provider, std::uint64_t incarnation) {
          pairs_.start_again(provider, incarnation, clock().now());
          schedule_restarts();
          serve_parked();
        },
    };
  }

  /// Its children end with it, however it ends.
  void on_exit() override {
    for (auto& [id, job] : jobs_)
      caf::anon_send_exit(job.runner, caf::exit_reason::user_shutdown);
    jobs_.clear();
    runners_.clear();
    catalog_.stop();
    pairs_.stop();
    health_ = nullptr;
  }

private:
  [[nodiscard]] const global_settings& global() const { return settings_->document.global; }
  [[nodiscard]] wall_time wall() const { return resources_.wall(); }

  // -- jobs and their runners -------------------------------------------------

  void start(job_record record, job_queue_actor queue) {
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

  void stop(stop_atom what, job_id id, stop_reason why) {
    const auto at = jobs_.find(id);
    if (at == jobs_.end())
      return;
    at->second.cancelled = at->second.cancelled || why == stop_reason::cancelled;
    send(at->second.runner, what, why);
  }

  void ended(const caf::down_msg& down) {
    if (const auto at = runners_.find(down.source); at != runners_.end())
      runner_ended(at->second, down);
    else if (const auto r = pairs_.note_down(down.source, clock().now()))
      schedule(*r);
  }

  void runner_ended(job_id id, const caf::down_msg& down) {
    runners_.erase(down.source);
    auto node = jobs_.extract(id);
    auto& job = node.mapped();
    unpark(job);
    if (job.cancelled)
      job.count_wasted(stats_);
    send(job.queue, ended_atom_v, id, job.row.run_no, down.reason ? describe(down.reason) : std::string{});
    if (job.lease)
      if (const auto held = leases_.release(*job.lease))
        freed(held->provider);
  }

  // -- leases -----------------------------------------------------------------

  void wanted(const lease_request& want, const job_runner_actor& runner) {
    const auto at = jobs_.find(want.job);
    if (at == jobs_.end() || at->second.runner != runner)
      return;
    at->second.bytes_left = want.bytes_left;
    plan(want.job, at->second);
  }

  void release(transfer_id id, const attempt_row& attempt) {
    const auto held = leases_.release(id);
    if (!held)
      return;
    if (auto* p = pairs_.find(held->provider))
      count_in(p->budget, attempt.result);
    count_in(budget_, attempt.result);
    if (const auto at = jobs_.find(held->job); at != jobs_.end()) {
      at->second.lease.reset();
      at->second.note_end(attempt, stats_);
    }
    freed(held->provider);
  }

  void freed(const std::string& provider) {
    if (leases_.held_at(provider) == 0)
      pairs_.end_draining(provider);
    serve_one();
  }

  static void count_in(retry_budget& budget, outcome result) {
    if (result == outcome::ok)
      budget.success();
    else if (result == outcome::provider_fault || result == outcome::throttled)
      budget.failure();
  }

  /// Plans a job's next step and tells its runner, or parks the wish. True: a lease was granted.
  bool plan(job_id id, routed_job& job) {
    const auto routes = usable_routes(job.row.spec);
    auto options = plan_options_of(job.row, global());
    options.bytes_left = job.bytes_left;
    options.slept_until = job.row.next_attempt_at;
    auto candidates = candidates_of(routes);
    if (const auto until = network_wait(job, candidates, options.deadline.has_value())) {
      park(id, job, wall() + std::chrono::ceil<milliseconds>(*until - clock().now()));
      return false;
    }
    const auto d = plan_next(job.attempts, candidates, options, wall(), unit_);
    if (d.action == plan_action::wait_slot) {
      park(id, job, d.at);
      return false;
    }
    unpark(job);
    auto row = row_of(d, wall(), settings_->revision);
    if (d.action != plan_action::grant) {
      send(job.runner, denied_atom_v, denial_of(id, d, std::move(row), job.attempts));
      return false;
    }
    grant(id, job, *std::ranges::find(routes, d.provider, &route::name), std::move(row));
    return true;
  }

  /// While our own network is down, held providers are asked nothing; once it is back, the jobs go on one
  /// after the other: the time when this one may. A job that has waited long enough goes on as if nothing
  /// were held.
  std::optional<steady_time>
  network_wait(routed_job& job, std::vector<candidate>& candidates, bool has_deadline) {
    const auto now = clock().now();
    if (std::ranges::any_of(candidates, &candidate::held)) {
      if (!job.hold.may_wait(now, has_deadline))
        std::ranges::for_each(candidates, [](candidate& c) { c.held = false; });
      return std::nullopt;
    }
    if (!job.hold.is_on())
      return std::nullopt;
    const auto at = job.hold.resumes_at(now, unit_);
    if (at > now)
      return at;
    job.hold.end();
    return std::nullopt;
  }

  void grant(job_id id, routed_job& job, const route& to, decision_row row) {
    if (to.ephemeral) {
      const auto evicted = pairs_.ensure_ephemeral(
          ephemeral_settings(settings_->document, to.provider), idle_test(), clock().now());
      if (evicted)
        stats_.forget(*evicted);
      schedule_restarts();
    }
    job.note_grant(to.name, row.afresh, stats_);
    lease l;
    l.id = leases_.grant({id, to.provider});
    l.job = id;
    l.attempt = job.last_number + 1;
    l.provider = to.name;
    l.handle = pairs_.find(to.provider)->handle;
    l.path = to.path;
    l.url = to.url;
    l.afresh = row.afresh;
    l.decision = std::move(row);
    job.lease = l.id;
    send(job.runner, granted_atom_v, std::move(l));
  }

  [[nodiscard]] std::vector<route> usable_routes(const job_spec& spec) const {
    auto routes = routes_of(spec, settings_->document, chain_);
    std::erase_if(
        routes, [&](const route& r) { return r.ephemeral && !pairs_.has_room_for(r.provider, idle_test()); });
    return routes;
  }

  [[nodiscard]] std::vector<route> whole_chain() const {
    std::vector<route> out;
    for (const auto& name : chain_)
      out.push_back({name, name, false, {}, {}});
    return out;
  }

  [[nodiscard]] std::vector<candidate> candidates_of(const std::vector<route>& routes) {
    std::vector<candidate> out;
    out.reserve(routes.size());
    for (const auto& r : routes) {
      const auto position = static_cast<std::uint32_t>(out.size());
      provider_view view;
      view.leases = leases_.held_at(r.provider);
      view.retry_allowed = budget_.allows_retry();
      auto* p = pairs_.find(r.provider);
      if (!p) { // Ephemeral, and not asked before.
        const auto fresh = ephemeral_settings(settings_->document, r.provider);
        view.settings = &fresh;
        out.push_back(candidate_of(r, position, view));
        continue;
      }
      view.settings = p->settings.get();
      view.standing = p->standing ? &*p->standing : nullptr;
      view.retry_allowed = view.retry_allowed && p->budget.allows_retry();
      view.down = !p->handle;
      view.broken = p->broken;
      out.push_back(candidate_of(r, position, view));
    }
    return out;
  }

  [[nodiscard]] provider_pairs::idle_test idle_test() const {
    return [this](const std::string& provider) { return leases_.held_at(provider) == 0; };
  }

  // -- wishes that wait for a lease -------------------------------------------

  void park(job_id id, routed_job& job, wall_time at_the_latest) {
    if (!job.parked) {
      job.parked = turn_of(wall(), job.row.spec.priority, id);
      parked_.insert(*job.parked);
    }
    auto wait = serve_interval;
    if (at_the_latest != wall_time{})
      wait = std::clamp(at_the_latest - wall(), milliseconds{0}, wait);
    serve_in(wait);
  }

  void serve_in(milliseconds wait) {
    const auto due = clock().now() + wait;
    if (serve_due_ && *serve_due_ <= due)
      return;
    serve_due_ = due;
    delayed_send(this, wait, serve_atom_v, ++serve_number_);
  }

  void unpark(routed_job& job) {
    if (job.parked)
      parked_.erase(*job.parked);
    job.parked.reset();
  }

  /// Something changed for everybody.
  void serve_parked() {
    serve_due_.reset();
    for (const auto& next : std::vector<turn>(parked_.begin(), parked_.end()))
      plan(next.number, jobs_.at(next.number));
  }

  /// One lease came free: at most one can be granted.
  void serve_one() {
    for (const auto& next : std::vector<turn>(parked_.begin(), parked_.end()))
      if (plan(next.number, jobs_.at(next.number)))
        return;
  }

  // -- providers --------------------------------------------------------------

  void apply(settings_ptr s) {
    const auto before = std::exchange(settings_, std::move(s));
    chain_ = effective_chain(settings_->document);
    pairs_.apply(settings_->document, idle_test(), clock().now());
    schedule_restarts();
    for (const auto& [name, own] : settings_->document.providers)
      if (const auto was = before->document.providers.find(name);
          !own.enabled && was != before->document.providers.end() && was->second.enabled)
        move_away_from(name);
    serve_parked();
  }

  /// Transfers at a provider that was just disabled end, where another one can take the job now; they keep
  /// what they have, and nobody is blamed. The others go on: ending them would help nobody.
  void move_away_from(const std::string& provider) {
    const auto* pair = pairs_.find(provider);
    if (!pair || !pair->handle)
      return;
    std::map<std::string, std::uint32_t> coming; // To each of the others.
    for (const auto& [id, job] : leases_.holders_at(provider))
      if (const auto at = jobs_.find(job); at != jobs_.end())
        if (const auto to = taker_of(at->second, coming); !to.empty()) {
          ++coming[to];
          caf::anon_send(pair->handle, cancel_atom_v, id);
        }
  }

  /// Who would take the job now, with those that are coming already; "": nobody.
  [[nodiscard]] std::string
  taker_of(const routed_job& job, const std::map<std::string, std::uint32_t>& coming) {
    const auto routes = usable_routes(job.row.spec);
    auto candidates = candidates_of(routes);
    for (std::size_t i = 0; i < routes.size(); ++i)
      if (const auto more = coming.find(routes[i].provider); more != coming.end())
        candidates[i].terms.leases += more->second;
    const auto d = plan_next(job.attempts, candidates, plan_options_of(job.row, global()), wall(), unit_);
    const auto at = std::ranges::find(routes, d.provider, &route::name);
    return d.action == plan_action::grant && !d.least_bad && at != routes.end() ? at->provider
                                                                                : std::string{};
  }

  void schedule(const provider_pairs::restart& r) {
    if (r.after)
      delayed_send(this, *r.after, restart_atom_v, r.provider, r.incarnation);
  }
  void schedule_restarts() {
    for (const auto& r : pairs_.take_failed_starts())
      schedule(r);
  }

  [[nodiscard]] failover_stats figures() {
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

  settings_ptr settings_;
  std::vector<std::string> chain_; ///< As the settings have it.
  health_monitor_actor health_;
  runner_resources resources_;
  std::function<double()> unit_;
  provider_pairs pairs_;
  catalog_router catalog_;
  failover_statistics stats_;
  retry_budget budget_; ///< The engine's; each provider has one of its own.
  lease_book leases_;
  std::unordered_map<job_id, routed_job> jobs_;
  std::map<caf::actor_addr, job_id> runners_;
  std::set<turn> parked_; ///< turn::number is the job.
  std::optional<steady_time> serve_due_;
  std::uint64_t serve_number_ = 0;
};

} // namespace

failover_supervisor_actor
spawn_failover_supervisor(caf::actor_system& system, failover_supervisor_options options) {
  return system.spawn<supervisor_shell>(std::move(options));
}

} // namespace tributary
