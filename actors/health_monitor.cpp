// The frame of the monitor: what it is told and asked, and whom it tells.
#include "actors/crash.hpp"
#include "actors/health_events.hpp"
#include "actors/health_monitor_shell.hpp"

#include <cmath>
#include <utility>

namespace tributary {

namespace {

constexpr auto flush_interval = milliseconds{250};

} // namespace

monitor_shell::monitor_shell(caf::actor_config& cfg, health_monitor_options options)
    : monitor_shell_api::base(cfg), options_(std::move(options)), settings_(options_.initial) {
  set_exception_handler(crashed);
  set_down_handler([this](caf::down_msg& down) { watchers_.erase(down.source); });
  set_exit_handler([this](caf::exit_msg& exit) { stop(std::move(exit.reason)); });
}

monitor_shell::behavior_type monitor_shell::make_behavior() {
  schedule_minute();
  return {
      [this](const request_metric& m) { record(m); },
      [this](judge_atom, const request_metric& m) { return judge(m); },
      [this](verified_atom, const std::string& provider, std::uint32_t n) { count_pieces(provider, n); },
      [this](add_atom, const std::string& provider, provider_actor& handle, bool configured) {
        add(provider, std::move(handle), configured);
      },
      [this](remove_atom, const std::string& provider) { remove(provider); },
      [this](summary_atom) { return summary(); },
      [this](figures_atom, const std::string& provider) -> caf::result<provider_figures> {
        const auto at = entries_.find(provider);
        if (at == entries_.end())
          return errc::unknown_provider;
        return figures_of(provider, at->second, present());
      },
      [this](reset_atom, const std::string& provider) { return reset(provider); },
      [this](history_atom, const std::string& provider, const history_query& wish) {
        return history(provider, wish);
      },
      [this](watch_atom, const standing_watcher_actor& watcher) { watch(watcher); },
      [this](settings_ptr& s) { apply(std::move(s)); },
      [this](due_atom, const std::string& provider, std::uint64_t number) { woken(provider, number); },
      [this](place_atom, std::uint64_t number) { slot_expired(number); },
      [this](verdict_atom, std::uint64_t number) { verdict_due(number); },
      [this](tell_atom) { flush(); },
      [this](minute_atom) {
        write_minute();
        schedule_minute();
      },
      [this](resend_atom) { send_outbox(); },
      [this](give_up_atom) { quit(stop_reason_); },
  };
}

void monitor_shell::on_exit() {
  promises_.refuse_all();
  entries_.clear();
  watchers_.clear();
  options_ = {};
}

milliseconds monitor_shell::check_interval() const {
  return milliseconds{std::llround(global().health_check_interval_seconds * 1000)};
}

// -- what is told ---------------------------------------------------------

void monitor_shell::record(const request_metric& m) {
  const auto at = entries_.find(m.provider);
  if (at == entries_.end() || m.from_cache)
    return; // Removed while the operation ran; or not asked at all.
  const auto says = testimony_of(m.cause);
  if (may_be_ours(at->second, says)) {
    hold_back({m.provider, m, {}});
    return;
  }
  if (says == testimony::answered && at->second.remote && !outage_.is_quiet())
    heard_from(m.provider);
  count(*at, m);
}

void monitor_shell::count(entries::value_type& named, const request_metric& m) {
  auto& e = named.second;
  const bool failed = is_failure(m.result);
  if (failed)
    e.record.note_failure(m.error, options_.wall());
  if (e.record.count(m, now(), failed ? options_.unit() : 0))
    state_changed(named);
  else
    figures_changed(e);
}

/// A ramp that widens lets waiting jobs in: told at once.
void monitor_shell::count_pieces(const std::string& provider, std::uint32_t n) {
  const auto at = entries_.find(provider);
  if (at != entries_.end() && at->second.record.state().record_pieces(n))
    tell(provider, at->second, present());
}

/// A provider that is added again has a new actor: what is known of it stays.
void monitor_shell::add(const std::string& provider, provider_actor handle, bool configured) {
  const auto incarnation = ++numbers_;
  const auto options = availability_of(global(), configured);
  auto at = entries_.find(provider);
  const bool is_new = at == entries_.end();
  if (is_new) {
    auto past = options_.known.extract(provider);
    auto known = past ? std::move(past.mapped()) : health_record{window(), options, now()};
    at = entries_.try_emplace(provider, std::move(known), std::move(handle), configured, incarnation).first;
  } else {
    auto& e = at->second;
    e.handle = std::move(handle);
    e.configured = configured;
    e.incarnation = incarnation;
    e.checking = false;
  }
  auto& e = at->second;
  e.record.state().configure(options);
  e.record.state().enable(now(), is_enabled(settings_->document, provider));
  if (is_new)
    e.journaled = e.record.state().state(); // How it begins is no change.
  e.remote = is_remote(provider, e);
  witnesses_stale_ = true;
  state_changed(*at);
}

void monitor_shell::remove(const std::string& provider) {
  const auto at = entries_.find(provider);
  if (at == entries_.end())
    return;
  keep_minute(provider, at->second);
  entries_.erase(at);
  witnesses_stale_ = true;
}

caf::result<provider_figures> monitor_shell::reset(const std::string& provider) {
  const auto at = entries_.find(provider);
  if (at == entries_.end())
    return errc::unknown_provider;
  auto& e = at->second;
  keep_minute(provider, e);
  e.record.reset(now());
  if (e.configured)
    journal(mark_reset{provider, options_.wall()});
  journal(add_event{reset_event(provider, options_.wall())});
  state_changed(*at);
  return figures_of(provider, e, present());
}

provider_figures monitor_shell::figures_of(const std::string& provider, const entry& e, instant when) const {
  auto f = e.record.figures(provider, when);
  f.held = is_held(e);
  return f;
}

health_summary monitor_shell::summary() const {
  const auto when = present();
  std::vector<provider_figures> figures;
  for (const auto& [provider, e] : entries_)
    if (e.configured)
      figures.push_back(figures_of(provider, e, when));
  return summarize(global().health_window_minutes, std::move(figures));
}

void monitor_shell::apply(settings_ptr s) {
  const auto old_window = window();
  const auto old_interval = check_interval();
  const bool were_asked = are_asked();
  settings_ = std::move(s);
  call_witnesses();
  for (auto& named : entries_) {
    auto& [provider, e] = named;
    e.record.state().configure(availability_of(global(), e.configured));
    const bool resized = window() != old_window;
    if (resized)
      e.record.resize(window());
    if (e.record.state().enable(now(), is_enabled(settings_->document, provider)) || resized)
      state_changed(named);
    else if (check_interval() != old_interval)
      plan(named);
  }
  if (are_asked() != were_asked)
    await_verdict(); // An outage ends by an answer while they are asked, else by time.
}

// -- the watchers ---------------------------------------------------------

void monitor_shell::watch(const standing_watcher_actor& watcher) {
  if (watchers_.insert(watcher.address()).second)
    monitor(watcher);
  const auto when = present();
  for (const auto& [provider, e] : entries_) {
    auto standing = e.record.standing(provider, when);
    standing.held = is_held(e);
    send(watcher, std::move(standing));
  }
}

void monitor_shell::tell(const std::string& provider, entry& e, instant when) {
  e.dirty = false;
  if (watchers_.empty())
    return;
  auto standing = e.record.standing(provider, when);
  standing.held = is_held(e);
  for (const auto& address : watchers_)
    if (auto watcher = caf::actor_cast<standing_watcher_actor>(address))
      send(watcher, standing);
}

void monitor_shell::state_changed(entries::value_type& named) {
  journal_state(named);
  tell(named.first, named.second, present());
  plan(named);
}

/// Told soon, together with whatever else changes until then. No timer runs while nothing changes.
void monitor_shell::figures_changed(entry& e) {
  if (watchers_.empty())
    return;
  e.dirty = true;
  if (!std::exchange(flush_planned_, true))
    delayed_send(this, flush_interval, tell_atom_v);
}

void monitor_shell::flush() {
  flush_planned_ = false;
  const auto when = present();
  for (auto& [provider, e] : entries_)
    if (e.dirty)
      tell(provider, e, when);
}

health_monitor_actor spawn_health_monitor(caf::actor_system& system, health_monitor_options options) {
  return system.spawn<monitor_shell>(std::move(options));
}

} // namespace tributary
