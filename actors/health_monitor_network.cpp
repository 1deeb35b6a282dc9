// Them or me: what fails in a way that may be our own network's doing is held back for at most two seconds,
// while everybody else is asked (policy/local_outage.hpp decides).
#include "actors/health_events.hpp"
#include "actors/health_monitor_shell.hpp"

#include <algorithm>
#include <utility>

namespace tributary {

namespace {

/// More that fail within one suspicion are judged at once, as the providers' fault.
constexpr std::size_t held_back_max = 10'000;

std::string_view reason_of(bool asked) {
  return asked
             ? "no provider could be reached, in several failure domains at once"
             : "no provider could be reached, in several failure domains at once; with active checks off the "
               "network is tried again after a while";
}

} // namespace

/// Who can testify: told to the judge before it is asked, since one change of the settings changes many.
void monitor_shell::call_witnesses() {
  std::map<std::string, std::string> domains;
  for (auto& [provider, e] : entries_) {
    e.remote = is_remote(provider, e);
    if (!e.remote || !e.configured || !is_enabled(settings_->document, provider))
      continue;
    const auto& own = settings_->document.providers.at(provider);
    domains.emplace(provider, own.failure_domain.value_or(host_of(own.base_url)));
  }
  outage_.set_witnesses(domains);
  witnesses_stale_ = false;
  const auto before = outage_.now_in();
  if (!outage_.can_judge() && outage_.tick(now(), true))
    phase_changed(before);
}

bool monitor_shell::is_remote(const std::string& provider, const entry& e) const {
  if (!e.configured)
    return !is_loopback_host(host_of(provider)); // An ephemeral one is named after its origin.
  const auto at = settings_->document.providers.find(provider);
  return at != settings_->document.providers.end() && at->second.kind == provider_kind::http &&
         !is_loopback_host(host_of(at->second.base_url));
}

bool monitor_shell::is_held(const entry& e) const {
  return e.remote && outage_.now_in() == local_outage::phase::local;
}

bool monitor_shell::may_be_ours(const entry& e, testimony says) {
  if (says == testimony::silent)
    return is_held(e);
  if (says != testimony::unreachable)
    return false;
  if (witnesses_stale_)
    call_witnesses();
  return e.remote && outage_.can_judge();
}

caf::result<bool> monitor_shell::judge(const request_metric& m) {
  const auto at = entries_.find(m.provider);
  if (at == entries_.end() || !may_be_ours(at->second, testimony_of(m.cause))) {
    record(m);
    return false;
  }
  auto promise = make_response_promise<bool>();
  hold_back({m.provider, m, promises_.keep(promise)});
  return promise;
}

void monitor_shell::hold_back(held_back h) {
  const auto* metric = std::get_if<request_metric>(&h.what);
  const auto says = testimony_of(metric ? metric->cause : std::get<check_result>(h.what).cause);
  const auto provider = h.provider;
  held_back_.push_back(std::move(h));
  const auto before = outage_.now_in();
  if (says == testimony::unreachable && outage_.unreachable(now(), provider))
    phase_changed(before);
  else if (outage_.now_in() == local_outage::phase::local)
    settle_held_back(true);
  else if (outage_.now_in() == local_outage::phase::calm || held_back_.size() >= held_back_max)
    settle_held_back(false);
}

void monitor_shell::heard_from(const std::string& provider) {
  const auto before = outage_.now_in();
  if (outage_.answered(now(), provider))
    phase_changed(before);
}

void monitor_shell::phase_changed(local_outage::phase before) {
  switch (outage_.now_in()) {
  case local_outage::phase::suspected:
    ask_witnesses();
    break;
  case local_outage::phase::local:
    settle_held_back(true);
    journal(add_event{network_event(false, reason_of(are_asked()), options_.wall())});
    tell_everybody();
    break;
  case local_outage::phase::calm:
    settle_held_back(false);
    if (before != local_outage::phase::local)
      break;
    journal(add_event{network_event(true, "a provider answered, or time is up", options_.wall())});
    tell_everybody();
    break;
  }
  await_verdict();
}

/// Everybody else, at once: whoever answers clears our own network.
void monitor_shell::ask_witnesses() {
  for (auto& named : entries_) {
    auto& [provider, e] = named;
    const bool failed_just_now =
        std::ranges::find(held_back_, provider, &held_back::provider) != held_back_.end();
    if (outage_.is_witness(provider) && is_checked(e) && !e.checking && !failed_just_now)
      queue_check(named, true);
  }
}

void monitor_shell::await_verdict() {
  ++verdict_number_; // An older one is void.
  if (const auto due = outage_.due(are_asked()))
    delayed_send(this, std::max(*due - now(), nanoseconds{0}), verdict_atom_v, verdict_number_);
}

void monitor_shell::verdict_due(std::uint64_t number) {
  const auto before = outage_.now_in();
  if (number == verdict_number_ && outage_.tick(now(), are_asked()))
    phase_changed(before);
}

void monitor_shell::settle_held_back(bool ours) {
  const bool excused = ours && now() - outage_.since() < outage_excuse_max;
  for (auto& h : std::exchange(held_back_, {})) {
    if (const auto at = entries_.find(h.provider); at != entries_.end()) {
      if (auto* m = std::get_if<request_metric>(&h.what)) {
        if (ours) {
          m->result = outcome::local_fault;
          m->cause = fault::own_network;
        }
        count(*at, *m);
      } else if (ours) {
        at->second.record.note_check(options_.wall());
      } else {
        count_check(*at, std::get<check_result>(h.what));
      }
    }
    if (h.asked)
      promises_.answer(*h.asked, excused);
  }
}

/// Before anybody who waits for a verdict hears of it, so that nobody asks again into an outage.
void monitor_shell::tell_everybody() {
  const auto when = present();
  for (auto& named : entries_) {
    if (!named.second.remote)
      continue;
    tell(named.first, named.second, when);
    plan(named);
  }
}

} // namespace tributary
