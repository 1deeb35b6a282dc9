// The body of the health monitor, for its own .cpp files only: health_monitor.cpp (metrics, settings,
// watchers), health_monitor_checks.cpp (active checks), health_monitor_network.cpp (them or me) and
// health_monitor_history.cpp (minutes, journal, the end).
//
// It keeps one timer per provider. One that is not the newest of its provider is ignored, so re-planning
// never needs to cancel anything.
#pragma once

#include "actors/health_monitor.hpp"
#include "actors/promise_book.hpp"
#include "policy/local_outage.hpp"

#include <caf/all.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace tributary {

TRIBUTARY_ATOM(tell);
TRIBUTARY_ATOM(due);
TRIBUTARY_ATOM(place);
TRIBUTARY_ATOM(verdict);
TRIBUTARY_ATOM(minute);
TRIBUTARY_ATOM(resend);
TRIBUTARY_ATOM(give_up);

using monitor_shell_api = health_monitor_actor::extend<
    caf::reacts_to<due_atom, std::string, std::uint64_t>, caf::reacts_to<place_atom, std::uint64_t>,
    caf::reacts_to<verdict_atom, std::uint64_t>, caf::reacts_to<tell_atom>, caf::reacts_to<minute_atom>,
    caf::reacts_to<resend_atom>, caf::reacts_to<give_up_atom>>;

/// How long jobs are excused for our own network's outage; what fails after that is an attempt like any
/// other, though still nobody is marked.
inline constexpr std::chrono::minutes outage_excuse_max{5};

class monitor_shell final : public monitor_shell_api::base {
public:
  monitor_shell(caf::actor_config& cfg, health_monitor_options options);

  const char* name() const override { return "health_monitor"; }
  behavior_type make_behavior() override;
  void on_exit() override;

private:
  struct entry {
    entry(health_record r, provider_actor h, bool c, std::uint64_t n)
        : record(std::move(r)), handle(std::move(h)), configured(c), incarnation(n) {}
    health_record record;
    provider_actor handle;
    bool configured;
    bool remote = false;       ///< Beyond this machine: a network lies between.
    std::uint64_t incarnation; ///< Of the handle: answers of an older one are stale.
    std::uint64_t timer = 0;   ///< Number of the newest timer.
    steady_time planned{};     ///< When that was set.
    bool checking = false;     ///< A check waits for its turn or for its answer.
    bool answers_late = false; ///< The last one outlived its place.
    bool dirty = false;        ///< Figures changed since the watchers were told.
    provider_state journaled = provider_state::unknown;
    std::optional<steady_time> journaled_until;
  };
  using entries = std::unordered_map<std::string, entry>;
  struct ticket {
    std::string provider;
    std::uint64_t incarnation;
  };
  /// Checks with a limit of their own on how many run at a time.
  struct check_lane {
    std::deque<ticket> waiting;            ///< For their turn.
    std::map<std::uint64_t, ticket> asked; ///< Those that take one of the places.
  };
  /// Something that failed, until it is known whether it was our own network.
  struct held_back {
    std::string provider;
    std::variant<request_metric, check_result> what;
    std::optional<promise_book::ticket> asked; ///< Somebody waits for the verdict.
  };

  [[nodiscard]] steady_time now() const { return clock().now(); }
  [[nodiscard]] instant present() const { return {now(), options_.wall()}; }
  [[nodiscard]] const global_settings& global() const { return settings_->document.global; }
  [[nodiscard]] std::chrono::minutes window() const {
    return std::chrono::minutes{global().health_window_minutes};
  }
  [[nodiscard]] milliseconds check_interval() const;

  // health_monitor.cpp
  void record(const request_metric& m);
  void count(entries::value_type& named, const request_metric& m);
  void count_pieces(const std::string& provider, std::uint32_t n);
  void add(const std::string& provider, provider_actor handle, bool configured);
  void remove(const std::string& provider);
  caf::result<provider_figures> reset(const std::string& provider);
  [[nodiscard]] provider_figures figures_of(const std::string& provider, const entry& e, instant when) const;
  health_summary summary() const;
  void apply(settings_ptr s);
  void watch(const standing_watcher_actor& watcher);
  void tell(const std::string& provider, entry& e, instant when);
  void state_changed(entries::value_type& named);
  void figures_changed(entry& e);
  void flush();

  // health_monitor_checks.cpp
  void plan(entries::value_type& named);
  [[nodiscard]] std::optional<nanoseconds> next_delay(const entry& e);
  [[nodiscard]] bool is_checked(const entry& e) const;
  void woken(const std::string& provider, std::uint64_t number);
  void queue_check(entries::value_type& named, bool urgent);
  void start_checks(check_lane& lane);
  void ask(ticket t, const provider_actor& handle, check_lane& lane);
  void slot_expired(std::uint64_t number);
  [[nodiscard]] milliseconds check_timeout(const std::string& provider) const;
  void settle(const ticket& t, std::uint64_t number, const std::optional<check_result>& r);
  void checked(entries::value_type& named, const check_result& r);
  void count_check(entries::value_type& named, const check_result& r);
  entries::value_type* find(const ticket& t);

  // health_monitor_network.cpp
  void call_witnesses();
  [[nodiscard]] bool is_remote(const std::string& provider, const entry& e) const;
  [[nodiscard]] bool is_held(const entry& e) const;
  [[nodiscard]] bool may_be_ours(const entry& e, testimony says);
  [[nodiscard]] bool are_asked() const { return check_interval() > milliseconds::zero(); }
  caf::result<bool> judge(const request_metric& m);
  void hold_back(held_back h);
  void heard_from(const std::string& provider);
  void phase_changed(local_outage::phase before);
  void ask_witnesses();
  void await_verdict();
  void verdict_due(std::uint64_t number);
  void settle_held_back(bool ours);
  void tell_everybody();

  // health_monitor_history.cpp
  void journal_state(entries::value_type& named);
  void journal(store_op op);
  void send_outbox();
  void schedule_minute();
  void write_minute();
  void keep_minute(const std::string& provider, entry& e);
  caf::result<provider_history> history(const std::string& provider, const history_query& wish);
  void stop(caf::error reason);
  void stop_when_written();

  health_monitor_options options_;
  settings_ptr settings_;
  entries entries_;
  std::uint64_t numbers_ = 0;          ///< The last given to a timer, an incarnation or a check.
  std::set<caf::actor_addr> watchers_; ///< Monitored; held weakly.
  bool flush_planned_ = false;
  promise_book promises_;

  /// Who was late last time, as one that hangs is, waits apart: so it cannot hold up the others.
  check_lane lane_, late_lane_;

  local_outage outage_;
  bool witnesses_stale_ = true; ///< Providers or settings changed since they were called.
  std::vector<held_back> held_back_;
  std::uint64_t verdict_number_ = 0;

  wall_time minute_{};          ///< That runs now.
  std::deque<store_op> outbox_; ///< To be written, oldest first.
  bool writing_ = false;
  bool stopping_ = false;
  caf::error stop_reason_;
};

} // namespace tributary
