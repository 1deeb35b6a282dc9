// Who gets which lease when: plans, grants, and the wishes that wait.
#include "actors/failover_supervisor_shell.hpp"

#include <algorithm>
#include <utility>

namespace tributary {

namespace {

/// Parked wishes are planned anew at least this often: standings and budgets drift without a message ...
constexpr milliseconds look_again{1'000};
/// ... or, when many wait, so long times their number: the work per second is bounded.
constexpr milliseconds look_again_each{16};
/// So many are planned before other messages get their turn.
constexpr std::size_t due_at_once = 64;
void count_in(retry_budget& budget, outcome result) {
  if (result == outcome::ok)
    budget.success();
  else if (result == outcome::provider_fault || result == outcome::throttled)
    budget.failure();
}

} // namespace

void supervisor_shell::wanted(const lease_request& want, const job_runner_actor& runner) {
  const auto at = jobs_.find(want.job);
  if (at == jobs_.end() || at->second.runner != runner)
    return;
  at->second.wish = want;
  at->second.parked.reset();
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
    at->second.note_end(attempt, stats_);
    if (at->second.parked && leases_.held_by(held->job) == 0)
      unpark(held->job, at->second); // It was for a further stream: for a first one the runner asks anew.
  }
  freed(held->provider);
  if (leases_.held_by(held->job) == 0)
    serve(engine_place);
}

void supervisor_shell::freed(const std::string& provider) {
  if (leases_.held_at(provider) == 0)
    pairs_.end_draining(provider);
  serve(provider);
}

/// What was taken for good was not: the job's plan, the figures and the provider's health learn of it.
void supervisor_shell::blame(job_id id, const attempt_row& attempt) {
  const auto provider = provider_of_route(attempt.provider);
  if (const auto at = jobs_.find(id); at != jobs_.end())
    at->second.note_blame(attempt);
  stats_.count_attempt(provider, attempt.result);
  request_metric m;
  m.provider = provider;
  m.operation = "verify";
  m.result = attempt.result;
  m.cause = attempt.cause;
  m.error = attempt.message;
  m.began = clock().now();
  send(health_, std::move(m));
}

/// Plans the next step of a job with an open wish and tells its runner, or parks the wish. A job that holds
/// leases already wants a further one: nothing less than a plain grant is of use to it.
void supervisor_shell::plan(job_id id, routed_job& job) {
  const bool holds_any = leases_.held_by(id) > 0;
  if (!holds_any && leases_.holders() >= static_cast<std::size_t>(global().max_running_jobs)) {
    park(id, job, {engine_place}, {});
    return;
  }
  const auto routes = usable_routes(job);
  auto options = plan_options_of(job.row, global());
  options.bytes_left = job.wish.bytes_left;
  options.slept_until = job.row.next_attempt_at;
  for (auto& a : job.attempts)
    if (!a.luck)
      a.luck = unit_(); // Once, however often a parked wish is looked at.
  auto candidates = candidates_of(routes);
  if (const auto until = network_wait(job, candidates, options.deadline.has_value())) {
    park(id, job, {}, until);
    return;
  }
  const auto d = plan_next(job.attempts, candidates, options, wall(), unit_);
  if (d.action == plan_action::wait_slot || (holds_any && d.action == plan_action::wait_until)) {
    park(id, job, d.awaited, d.at == wall_time{} ? std::nullopt : std::optional{in_steady_time(d.at)});
    return;
  }
  unpark(id, job);
  auto row = row_of(d, wall(), settings_->revision);
  const bool is_useful = d.action == plan_action::grant && !(holds_any && (d.afresh || d.least_bad));
  if (is_useful)
    grant(id, job, *std::ranges::find(routes, d.provider, &route::name), std::move(row));
  else
    send(job.runner, denied_atom_v, denial_of(id, d, std::move(row), job.attempts, job.wish.wish));
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
  l.attempt = ++job.last_number;
  l.provider = to.name;
  l.handle = pairs_.find(to.provider)->handle;
  l.path = to.path;
  l.url = to.url;
  l.afresh = row.afresh;
  l.decision = std::move(row);
  send(job.runner, granted_atom_v, std::move(l));
}

std::vector<route> supervisor_shell::usable_routes(const routed_job& job) const {
  auto routes = routes_of(job.row.spec, settings_->document, chain_);
  std::erase_if(routes, [&](const route& r) {
    return (!job.wish.only.empty() && r.name != job.wish.only) ||
           std::ranges::find(job.wish.avoid, r.name) != job.wish.avoid.end() ||
           (r.ephemeral && !pairs_.has_room_for(r.provider, idle_test()));
  });
  return routes;
}

std::vector<route> supervisor_shell::whole_chain() const {
  std::vector<route> out;
  for (const auto& name : chain_)
    out.push_back({name, name, false, {}, {}});
  return out;
}

/// Transfers at a provider that was just disabled end, where another one can take the job now; they keep
/// what they have, and nobody is blamed. The others go on: ending them would help nobody.
void supervisor_shell::move_away_from(const std::string& provider) {
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
std::string
supervisor_shell::taker_of(const routed_job& job, const std::map<std::string, std::uint32_t>& coming) {
  const auto routes = usable_routes(job);
  auto candidates = candidates_of(routes);
  for (std::size_t i = 0; i < routes.size(); ++i)
    if (const auto more = coming.find(routes[i].provider); more != coming.end())
      candidates[i].terms.leases += more->second;
  const auto d = plan_next(job.attempts, candidates, plan_options_of(job.row, global()), wall(), unit_);
  const auto at = std::ranges::find(routes, d.provider, &route::name);
  return d.action == plan_action::grant && !d.least_bad && at != routes.end() ? at->provider : std::string{};
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

/// What is kept in memory waits by the steady clock: the wall clock may be set back meanwhile.
steady_time supervisor_shell::in_steady_time(wall_time t) const {
  return clock().now() + (t - wall());
}

/// @param at_the_latest none: no time of its own.
void supervisor_shell::park(
    job_id id, routed_job& job, const std::vector<std::string>& awaited,
    std::optional<steady_time> at_the_latest) {
  const auto held = static_cast<std::int32_t>(leases_.held_by(id));
  if (!job.parked) // Each lease that a job holds puts it back by one level of priority.
    job.parked = turn_of(wall(), job.row.spec.priority - held, id);
  std::vector<std::string> at;
  for (const auto& name : awaited)
    at.push_back(provider_of_route(name));
  steady_time due =
      clock().now() + std::max(look_again, static_cast<std::int64_t>(room_.size()) * look_again_each);
  if (at_the_latest)
    due = std::min(due, *at_the_latest);
  if (held == 0 && awaited != std::vector{engine_place}) // There the slot could serve nobody else either.
    wait_for_first(id, job, at);
  room_.park(*job.parked, std::move(at), due);
  schedule_serve();
}

/// Its slot serves another job meanwhile, and who holds several leases gives one back.
void supervisor_shell::wait_for_first(job_id id, routed_job& job, const std::vector<std::string>& at) {
  if (std::exchange(job.holds_no_slot, true))
    return;
  send(job.queue, parked_atom_v, id, job.row.run_no, true);
  for (const auto& provider : at)
    if (const auto spare = leases_.ask_back_at(provider)) {
      send(jobs_.at(spare->second).runner, yield_atom_v, spare->first);
      return;
    }
}

void supervisor_shell::unpark(job_id id, routed_job& job) {
  room_.leave(id);
  job.parked.reset();
  if (std::exchange(job.holds_no_slot, false))
    send(job.queue, parked_atom_v, id, job.row.run_no, false);
}

void supervisor_shell::schedule_serve() {
  const auto next = room_.next_due();
  if (!next)
    return;
  const auto due = std::max(*next, clock().now());
  if (serve_due_ && *serve_due_ <= due)
    return;
  serve_due_ = due;
  delayed_send(this, due - clock().now(), serve_atom_v, ++serve_number_);
}

void supervisor_shell::serve_due() {
  serve_due_.reset();
  for (const auto job : room_.due(clock().now(), due_at_once))
    plan(job, jobs_.at(job));
  schedule_serve();
}

/// A lease came free there: those who wait for it, in order, until it is taken.
void supervisor_shell::serve(const std::string& provider) {
  for (auto next = room_.first_at(provider); next; next = room_.first_at(provider)) {
    plan(*next, jobs_.at(*next));
    if (room_.has(*next))
      return; // It still waits, for whatever reason: so would the others.
  }
}

/// Something changed at this provider (null: anywhere) that may let anybody through, until it is full.
void supervisor_shell::serve_all(const std::string* provider) {
  for (const auto job : room_.all()) {
    if (provider && is_full(*provider))
      return;
    if (room_.has(job))
      plan(job, jobs_.at(job));
  }
}

bool supervisor_shell::is_full(const std::string& provider) {
  const auto* p = pairs_.find(provider);
  if (!p || !p->handle)
    return true;
  provider_view view;
  view.settings = p->settings.get();
  view.standing = p->standing ? &*p->standing : nullptr;
  return leases_.held_at(provider) >= candidate_of({provider, provider, false, {}, {}}, 0, view).limit;
}

} // namespace tributary
