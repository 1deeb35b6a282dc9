// The active checks: when each provider is asked next, and what its answer does.
#include "actors/health_monitor_shell.hpp"
#include "policy/health_check_schedule.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tributary {

namespace {

constexpr std::size_t checks_at_a_time = 4; ///< In each lane.
/// A check that has not answered by then gives its place to the next one, and goes on without.
constexpr auto check_place_time = seconds{1};
constexpr auto check_grace = seconds{1}; ///< The loader keeps the timeout itself; beyond it the check hangs.

/// A check that hangs has failed. Any other error is about the provider's actor (restarting, stopping, full):
/// it says nothing about the source.
std::optional<check_result> verdict_on(const caf::error& why) {
  if (why != caf::sec::request_timeout)
    return std::nullopt;
  check_result r;
  r.cause = fault::connect_timeout;
  r.message = "the check did not end in time";
  return r;
}

} // namespace

/// Sets the provider's timer for what comes next by time alone: the end of its cool-down, or its next check.
void monitor_shell::plan(entries::value_type& named) {
  auto& [provider, e] = named;
  e.timer = ++numbers_; // Whatever was planned before is void.
  e.planned = now();
  if (const auto delay = next_delay(e))
    delayed_send(this, *delay, due_atom_v, provider, e.timer);
}

std::optional<nanoseconds> monitor_shell::next_delay(const entry& e) {
  const auto& state = e.record.state();
  if (state.state() == provider_state::disabled)
    return std::nullopt;
  if (const auto until = state.until(); until && (*until > e.planned || !is_checked(e)))
    return std::max(*until - e.planned, nanoseconds::zero());
  if (!is_checked(e))
    return std::nullopt;
  const bool in_transition = is_held(e) || state.state() == provider_state::probation ||
                             state.state() == provider_state::unavailable;
  return next_check_delay(check_interval(), in_transition, options_.unit());
}

bool monitor_shell::is_checked(const entry& e) const {
  return e.configured && check_interval() > milliseconds::zero();
}

void monitor_shell::woken(const std::string& provider, std::uint64_t number) {
  const auto at = entries_.find(provider);
  if (at == entries_.end() || at->second.timer != number)
    return;
  auto& e = at->second;
  if (e.record.state().tick(now()))
    state_changed(*at);
  else if (e.checking)
    return; // Its answer, or its timeout, plans again.
  else if (e.record.state().wants_check(now()) || !e.record.answered_after(e.planned))
    queue_check(*at, false);
  else
    plan(*at);
}

void monitor_shell::queue_check(entries::value_type& named, bool urgent) {
  auto& [provider, e] = named;
  e.checking = true;
  auto& lane = e.answers_late ? late_lane_ : lane_;
  lane.waiting.insert(urgent ? lane.waiting.begin() : lane.waiting.end(), {provider, e.incarnation});
  start_checks(lane);
}

void monitor_shell::start_checks(check_lane& lane) {
  while (lane.asked.size() < checks_at_a_time && !lane.waiting.empty()) {
    auto next = std::move(lane.waiting.front());
    lane.waiting.pop_front();
    if (auto* named = find(next))
      ask(std::move(next), named->second.handle, lane);
  }
}

void monitor_shell::ask(ticket t, const provider_actor& handle, check_lane& lane) {
  const auto number = ++numbers_;
  lane.asked.emplace(number, t);
  delayed_send(this, check_place_time, place_atom_v, number);
  request(handle, caf::duration{check_timeout(t.provider)}, check_atom_v)
      .then(
          [this, t, number](const check_result& r) { settle(t, number, r); },
          [this, t, number](const caf::error& why) { settle(t, number, verdict_on(why)); });
}

/// Whoever needed longer than its place was meant for waits among its like from now on, until it answers in
/// time again.
void monitor_shell::slot_expired(std::uint64_t number) {
  for (auto* lane : {&lane_, &late_lane_})
    if (const auto held = lane->asked.extract(number)) {
      if (auto* named = find(held.mapped()))
        named->second.answers_late = true;
      start_checks(*lane);
    }
}

milliseconds monitor_shell::check_timeout(const std::string& provider) const {
  const auto& own = settings_->document.providers;
  const auto at = own.find(provider);
  const auto timeout = at == own.end() ? std::nullopt : at->second.timeout_seconds;
  const auto in_seconds = timeout.value_or(global().timeout_seconds);
  return milliseconds{std::llround(in_seconds * 1000)} + check_grace;
}

void monitor_shell::settle(const ticket& t, std::uint64_t number, const std::optional<check_result>& r) {
  const bool in_time = lane_.asked.erase(number) + late_lane_.asked.erase(number) > 0;
  if (auto* named = find(t)) {
    named->second.checking = false;
    if (in_time)
      named->second.answers_late = false;
    if (r)
      checked(*named, *r);
    else
      plan(*named);
  }
  start_checks(lane_);
  start_checks(late_lane_);
}

void monitor_shell::checked(entries::value_type& named, const check_result& r) {
  auto& [provider, e] = named;
  const auto says = r.passed ? testimony::answered : testimony_of(r.cause);
  if (may_be_ours(e, says)) {
    hold_back({provider, r, {}});
    plan(named);
    return;
  }
  if (says == testimony::answered && e.remote)
    heard_from(provider);
  if (!r.passed && verdict_of(r.cause, r.status, false).result == outcome::local_fault) {
    e.record.note_check(options_.wall()); // Our own want of something: it says nothing of the provider.
    plan(named);
    return;
  }
  count_check(named, r);
}

void monitor_shell::count_check(entries::value_type& named, const check_result& r) {
  if (named.second.record.count_check(r, present(), options_.unit()))
    state_changed(named);
  else
    plan(named);
}

monitor_shell::entries::value_type* monitor_shell::find(const ticket& t) {
  const auto at = entries_.find(t.provider);
  return at == entries_.end() || at->second.incarnation != t.incarnation ? nullptr : &*at;
}

} // namespace tributary
