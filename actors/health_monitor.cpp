// The shell: reads the clock, asks the record of a provider, tells the watchers, and keeps one timer per
// provider. A timer that is not the newest of its provider is ignored, so re-planning never needs to cancel
// anything.
#include "actors/health_monitor.hpp"

#include "actors/crash.hpp"
#include "actors/health_record.hpp"
#include "policy/health_check_schedule.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <cmath>
#include <deque>
#include <set>
#include <unordered_map>
#include <utility>

namespace tributary {

namespace {

TRIBUTARY_ATOM(flush);
TRIBUTARY_ATOM(wake);

constexpr std::size_t checks_at_a_time = 4;
constexpr auto flush_interval = milliseconds{250};
constexpr auto check_grace = seconds{1}; ///< The loader keeps the timeout itself; beyond it the check hangs.

using monitor_shell_api = health_monitor_actor::extend<
    caf::reacts_to<wake_atom, std::string, std::uint64_t>, caf::reacts_to<flush_atom>>;

milliseconds from_seconds(double s) {
  return milliseconds{std::llround(s * 1000)};
}

class monitor_shell final : public monitor_shell_api::base {
public:
  monitor_shell(caf::actor_config& cfg, health_monitor_options options)
      : monitor_shell_api::base(cfg),
        settings_(std::move(options.initial)),
        wall_(std::move(options.wall)),
        unit_(std::move(options.unit)) {
    set_exception_handler(crashed);
    set_down_handler([this](caf::down_msg& down) { watchers_.erase(down.source); });
  }

  const char* name() const override { return "health_monitor"; }

  behavior_type make_behavior() override {
    return {
        [this](const request_metric& m) { record(m); },
        [this](add_atom, const std::string& provider, provider_actor& handle, bool configured) {
          add(provider, std::move(handle), configured);
        },
        [this](remove_atom, const std::string& provider) { entries_.erase(provider); },
        [this](summary_atom) { return summary(); },
        [this](figures_atom, const std::string& provider) -> caf::result<provider_figures> {
          const auto at = entries_.find(provider);
          if (at == entries_.end())
            return errc::unknown_provider;
          return at->second.record.figures(provider, present());
        },
        [this](reset_atom, const std::string& provider) { return reset(provider); },
        [this](watch_atom, const standing_watcher_actor& watcher) { watch(watcher); },
        [this](settings_ptr& s) { apply(std::move(s)); },
        [this](wake_atom, const std::string& provider, std::uint64_t number) { woken(provider, number); },
        [this](flush_atom) { flush(); },
    };
  }

  void on_exit() override {
    entries_.clear();
    watchers_.clear();
  }

private:
  struct entry {
    entry(health_record r, provider_actor h, bool c, std::uint64_t n)
        : record(std::move(r)), handle(std::move(h)), configured(c), incarnation(n) {}
    health_record record;
    provider_actor handle;
    bool configured;
    std::uint64_t incarnation; ///< Of the handle: answers of an older one are stale.
    std::uint64_t timer = 0;   ///< Number of the newest timer.
    steady_time planned{};     ///< When that was set.
    bool checking = false;     ///< A check waits for its turn or for its answer.
    bool dirty = false;        ///< Figures changed since the watchers were told.
  };
  using entries = std::unordered_map<std::string, entry>;
  struct ticket {
    std::string provider;
    std::uint64_t incarnation;
  };

  [[nodiscard]] steady_time now() const { return clock().now(); }
  [[nodiscard]] instant present() const { return {now(), wall_()}; }
  [[nodiscard]] const global_settings& global() const { return settings_->document.global; }
  [[nodiscard]] std::chrono::minutes window() const {
    return std::chrono::minutes{global().health_window_minutes};
  }
  [[nodiscard]] milliseconds check_interval() const {
    return from_seconds(global().health_check_interval_seconds);
  }

  // -- what is told ---------------------------------------------------------

  void record(const request_metric& m) {
    const auto at = entries_.find(m.provider);
    if (at == entries_.end())
      return; // Removed while the operation ran.
    auto& e = at->second;
    const bool failed = is_failure(m.result);
    if (failed)
      e.record.note_failure(m.error, wall_());
    if (e.record.count(m, now(), failed ? unit_() : 0))
      state_changed(*at);
    else
      figures_changed(e);
  }

  /// A provider that is added again has a new actor: what is known of it stays.
  void add(const std::string& provider, provider_actor handle, bool configured) {
    const auto incarnation = ++numbers_;
    const auto options = availability_of(global(), configured);
    const auto [at, is_new] =
        entries_.try_emplace(provider, health_record{window(), options}, handle, configured, incarnation);
    auto& e = at->second;
    if (!is_new) {
      e.handle = std::move(handle);
      e.configured = configured;
      e.incarnation = incarnation;
      e.checking = false;
      e.record.state().configure(options);
    }
    e.record.state().enable(now(), is_enabled(settings_->document, provider));
    state_changed(*at);
  }

  caf::result<provider_figures> reset(const std::string& provider) {
    const auto at = entries_.find(provider);
    if (at == entries_.end())
      return errc::unknown_provider;
    at->second.record.reset(now());
    state_changed(*at);
    return at->second.record.figures(provider, present());
  }

  health_summary summary() const {
    const auto when = present();
    std::vector<provider_figures> figures;
    for (const auto& [provider, e] : entries_)
      if (e.configured)
        figures.push_back(e.record.figures(provider, when));
    return summarize(global().health_window_minutes, std::move(figures));
  }

  void apply(settings_ptr s) {
    const auto old_window = window();
    const auto old_interval = check_interval();
    settings_ = std::move(s);
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
  }

  // -- the watchers ---------------------------------------------------------

  void watch(const standing_watcher_actor& watcher) {
    if (watchers_.insert(watcher.address()).second)
      monitor(watcher);
    const auto when = present();
    for (const auto& [provider, e] : entries_)
      send(watcher, e.record.standing(provider, when));
  }

  void tell(const std::string& provider, entry& e, instant when) {
    e.dirty = false;
    const auto standing = e.record.standing(provider, when);
    for (const auto& address : watchers_)
      if (auto watcher = caf::actor_cast<standing_watcher_actor>(address))
        send(watcher, standing);
  }

  void state_changed(entries::value_type& named) {
    if (!watchers_.empty())
      tell(named.first, named.second, present());
    plan(named);
  }

  /// Told soon, together with whatever else changes until then. No timer runs while nothing changes.
  void figures_changed(entry& e) {
    if (watchers_.empty())
      return;
    e.dirty = true;
    if (!std::exchange(flush_planned_, true))
      delayed_send(this, flush_interval, flush_atom_v);
  }

  void flush() {
    flush_planned_ = false;
    const auto when = present();
    for (auto& [provider, e] : entries_)
      if (e.dirty)
        tell(provider, e, when);
  }

  // -- the active checks ----------------------------------------------------

  /// Sets the provider's timer for what comes next by time alone: the end of its cool-down, or its next
  /// check.
  void plan(entries::value_type& named) {
    auto& [provider, e] = named;
    e.timer = ++numbers_; // Whatever was planned before is void.
    e.planned = now();
    if (const auto delay = next_delay(e))
      delayed_send(this, *delay, wake_atom_v, provider, e.timer);
  }

  std::optional<nanoseconds> next_delay(const entry& e) {
    const auto& state = e.record.state();
    if (state.state() == provider_state::disabled)
      return std::nullopt;
    if (const auto until = state.until(); until && (*until > e.planned || !is_checked(e)))
      return std::max(*until - e.planned, nanoseconds::zero());
    if (!is_checked(e))
      return std::nullopt;
    const bool in_transition =
        state.state() == provider_state::probation || state.state() == provider_state::unavailable;
    return next_check_delay(check_interval(), in_transition, unit_());
  }

  [[nodiscard]] bool is_checked(const entry& e) const {
    return e.configured && check_interval() > milliseconds::zero();
  }

  void woken(const std::string& provider, std::uint64_t number) {
    const auto at = entries_.find(provider);
    if (at == entries_.end() || at->second.timer != number)
      return;
    auto& e = at->second;
    if (e.record.state().tick(now()))
      state_changed(*at);
    else if (e.checking)
      return; // Its answer, or its timeout, plans again.
    else if (e.record.state().wants_check(now()) || !e.record.answered_after(e.planned))
      queue_check(*at);
    else
      plan(*at);
  }

  void queue_check(entries::value_type& named) {
    named.second.checking = true;
    waiting_.push_back({named.first, named.second.incarnation});
    start_checks();
  }

  void start_checks() {
    while (asked_ < checks_at_a_time && !waiting_.empty()) {
      auto next = std::move(waiting_.front());
      waiting_.pop_front();
      if (auto* named = find(next))
        ask(std::move(next), named->second.handle);
    }
  }

  void ask(ticket t, const provider_actor& handle) {
    ++asked_;
    request(handle, caf::duration{check_timeout(t.provider)}, check_atom_v)
        .then(
            [this, t](const check_result& r) { settle(t, r); },
            [this, t](const caf::error& why) { settle(t, verdict_on(why)); });
  }

  [[nodiscard]] milliseconds check_timeout(const std::string& provider) const {
    const auto& own = settings_->document.providers;
    const auto at = own.find(provider);
    const auto timeout = at == own.end() ? std::nullopt : at->second.timeout_seconds;
    return from_seconds(timeout.value_or(global().timeout_seconds)) + check_grace;
  }

  /// A check that hangs has failed. Any other error is about the provider's actor (restarting, stopping,
  /// full): it says nothing about the source.
  static std::optional<check_result> verdict_on(const caf::error& why) {
    if (why != caf::sec::request_timeout)
      return std::nullopt;
    check_result r;
    r.cause = fault::connect_timeout;
    r.message = "the check did not end in time";
    return r;
  }

  void settle(const ticket& t, const std::optional<check_result>& r) {
    --asked_;
    if (auto* named = find(t)) {
      auto& e = named->second;
      e.checking = false;
      if (r && e.record.count_check(*r, present(), unit_()))
        state_changed(*named);
      else
        plan(*named);
    }
    start_checks();
  }

  entries::value_type* find(const ticket& t) {
    const auto at = entries_.find(t.provider);
    return at == entries_.end() || at->second.incarnation != t.incarnation ? nullptr : &*at;
  }

  settings_ptr settings_;
  std::function<wall_time()> wall_;
  std::function<double()> unit_;
  entries entries_;
  std::uint64_t numbers_ = 0;          ///< The last given to a timer or an incarnation.
  std::set<caf::actor_addr> watchers_; ///< Monitored; held weakly.
  bool flush_planned_ = false;
  std::deque<ticket> waiting_; ///< Checks that wait for their turn.
  std::size_t asked_ = 0;      ///< Checks that wait for their answer.
};

} // namespace

health_monitor_actor spawn_health_monitor(caf::actor_system& system, health_monitor_options options) {
  return system.spawn<monitor_shell>(std::move(options));
}

} // namespace tributary
