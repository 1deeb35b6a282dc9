// A health monitor under virtual time, with scripted providers to check and a watcher that writes down
// standings.
#pragma once

#include "actors/event_hub.hpp"
#include "actors/health_monitor.hpp"
#include "actors/job_store.hpp"
#include "actors/provider.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_loader.hpp"
#include "tests/support/forwarding_journal.hpp"
#include "tests/support/transfer_log.hpp"

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tributary::testing {

/// alpha, beta and gamma, active checks off: each test changes what it is about.
inline settings plain_settings() {
  settings s;
  s.global.health_check_interval_seconds = 0;
  for (const auto* name : {"alpha", "beta", "gamma"})
    s.providers[name].base_url = "http://127.0.0.1:1/";
  return s;
}

inline settings_ptr snapshot(settings s) {
  return std::make_shared<const settings_snapshot>(settings_snapshot{1, std::move(s)});
}

inline request_metric
metric(std::string provider, steady_time began, outcome result = outcome::ok, std::uint64_t bytes = 0) {
  request_metric m;
  m.provider = std::move(provider);
  m.operation = "download";
  m.result = result;
  m.total = std::chrono::milliseconds{100};
  m.bytes = bytes;
  m.began = began;
  if (result == outcome::provider_fault) {
    m.cause = fault::refused;
    m.error = "connection refused";
  }
  return m;
}

/// One that the test looks into, also when its actor has ended.
struct open_journal final : breakable_journal {
  using breakable_journal::breakable_journal;
  void close() override {}
};

struct health_fixture : actor_fixture {
  double random = 0.5; ///< Neutral for the check interval's jitter; a tenth more for a cool-down.
  settings current = plain_settings();
  health_monitor_actor monitor;
  std::map<std::string, std::shared_ptr<loader_script>> scripts;
  std::vector<provider_standing> standings; ///< What the watcher heard.
  std::shared_ptr<journal> stored;          ///< Set by keep(): then the monitor journals.
  std::shared_ptr<bool> journal_broken = std::make_shared<bool>(false);
  job_store_actor store;
  event_hub_actor events;

  void spawn(settings s = plain_settings()) {
    current = std::move(s);
    health_monitor_options o{snapshot(current), wall(), [this] { return random; }, store, events, {}};
    if (stored)
      o.known = records_from(*stored, current, {now(), wall_now()});
    monitor = own(spawn_health_monitor(sys, std::move(o)));
  }
  /// From now on monitors are spawned with a journal.
  void keep() {
    stored = make_memory_journal();
    store = own(spawn_job_store(sys, std::make_unique<open_journal>(stored, journal_broken), false));
    events = own(spawn_event_hub(sys, store, 0));
  }
  /// As the engine does it: the last minute is written first.
  void stop_monitor() {
    caf::anon_send_exit(monitor, caf::exit_reason::user_shutdown);
    monitor = nullptr;
    run();
  }
  std::vector<std::string> event_texts() {
    std::vector<std::string> out;
    for (const auto& e : stored->events_after(0, 10'000))
      out.push_back(e.kind + ' ' + e.data);
    return out;
  }
  provider_actor add(const std::string& provider, bool configured = true) {
    auto& script = scripts[provider];
    script = std::make_shared<loader_script>();
    auto handle = own(spawn_provider(sys, settings_with(4), script->make()));
    tell(monitor, add_atom_v, provider, handle, configured);
    return handle;
  }
  standing_watcher_actor watch() {
    auto watcher = own(sys.spawn([this]() -> standing_watcher_actor::behavior_type {
      return {[this](const provider_standing& s) { standings.push_back(s); }};
    }));
    tell(monitor, watch_atom_v, watcher);
    return watcher;
  }
  void change(settings s) {
    current = std::move(s);
    tell(monitor, snapshot(current));
  }

  void report(const std::string& provider, outcome result = outcome::ok) {
    tell(monitor, metric(provider, now(), result));
  }
  /// So many incidents: each begins after the one before was seen.
  void fail(const std::string& provider, int times) {
    for (int i = 0; i < times; ++i) {
      advance(std::chrono::milliseconds{1});
      report(provider, outcome::provider_fault);
    }
  }
  provider_figures figures(const std::string& provider) {
    return *ask<provider_figures>(monitor, figures_atom_v, provider);
  }
  provider_state state(const std::string& provider) { return figures(provider).state; }

  std::size_t checks_of(const std::string& provider) { return scripts.at(provider)->checks.size(); }
  void answer_check(const std::string& provider, bool passed, fault why = fault::refused) {
    check_result r;
    r.passed = passed;
    r.cause = passed ? fault::none : why;
    scripts.at(provider)->answer_check(r);
    run();
  }
};

} // namespace tributary::testing
