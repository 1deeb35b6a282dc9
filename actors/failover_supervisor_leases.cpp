// Leases, and the wishes that wait for one: who asks, who is there and who holds what; plan_next decides.
#include "actors/failover_supervisor_shell.hpp"

#include <algorithm>
#include <utility>

namespace tributary {

namespace {

/// Parked wishes are planned anew at least this often: standings and budgets drift without a message.
constexpr milliseconds serve_interval{1000};

} // namespace

void supervisor_shell::wanted(const lease_request& want, const job_runner_actor& runner) {
  const auto at = jobs_.find(want.job);
  if (at == jobs_.end() || at->second.runner != runner)
    return;
  at->second.bytes_left = want.bytes_left;
  plan(want.job, at->second);
}

void supervisor_shell::release(transfer_id id, const attempt_row& attempt) {
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

void supervisor_shell::freed(const std::string& provider) {
  if (leases_.held_at(provider) == 0)
    pairs_.end_draining(provider);
  serve_one();
}

void supervisor_shell::count_in(retry_budget& budget, outcome result) {
  if (result == outcome::ok)
    budget.success();
  else if (result == outcome::provider_fault || result == outcome::throttled)
    budget.failure();
}

/// Plans a job's next step and tells its runner, or parks the wish. True: a lease was granted.
bool supervisor_shell::plan(job_id id, routed_job& job) {
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
supervisor_shell::network_wait(routed_job& job, std::vector<candidate>& candidates, bool has_deadline) {
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

void supervisor_shell::grant(job_id id, routed_job& job, const route& to, decision_row row) {
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

std::vector<route> supervisor_shell::usable_routes(const job_spec& spec) const {
  auto routes = routes_of(spec, settings_->document, chain_);
  std::erase_if(
      routes, [&](const route& r) { return r.ephemeral && !pairs_.has_room_for(r.provider, idle_test()); });
  return routes;
}

std::vector<route> supervisor_shell::whole_chain() const {
  std::vector<route> out;
  for (const auto& name : chain_)
    out.push_back({name, name, false, {}, {}});
  return out;
}

std::vector<candidate> supervisor_shell::candidates_of(const std::vector<route>& routes) {
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

provider_pairs::idle_test supervisor_shell::idle_test() const {
  return [this](const std::string& provider) { return leases_.held_at(provider) == 0; };
}

void supervisor_shell::park(job_id id, routed_job& job, wall_time at_the_latest) {
  if (!job.parked) {
    job.parked = turn_of(wall(), job.row.spec.priority, id);
    parked_.insert(*job.parked);
  }
  auto wait = serve_interval;
  if (at_the_latest != wall_time{})
    wait = std::clamp(at_the_latest - wall(), milliseconds{0}, wait);
  serve_in(wait);
}

void supervisor_shell::serve_in(milliseconds wait) {
  const auto due = clock().now() + wait;
  if (serve_due_ && *serve_due_ <= due)
    return;
  serve_due_ = due;
  delayed_send(this, wait, serve_atom_v, ++serve_number_);
}

void supervisor_shell::unpark(routed_job& job) {
  if (job.parked)
    parked_.erase(*job.parked);
  job.parked.reset();
}

/// Something changed for everybody.
void supervisor_shell::serve_parked() {
  serve_due_.reset();
  for (const auto& next : std::vector<turn>(parked_.begin(), parked_.end()))
    plan(next.number, jobs_.at(next.number));
}

/// One lease came free: at most one can be granted.
void supervisor_shell::serve_one() {
  for (const auto& next : std::vector<turn>(parked_.begin(), parked_.end()))
    if (plan(next.number, jobs_.at(next.number)))
      return;
}

} // namespace tributary
