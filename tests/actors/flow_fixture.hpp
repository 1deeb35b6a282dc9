// The real queue, supervisor, runners, health monitor, event hub and store (in memory) around scripted
// providers, in virtual time. The store outlives a restart of the others, as a journal does.
#pragma once

#include "actors/event_hub.hpp"
#include "actors/failover_supervisor.hpp"
#include "actors/health_monitor.hpp"
#include "actors/job_queue.hpp"
#include "actors/job_store.hpp"
#include "scripted_provider.hpp"
#include "store/journal.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tributary::testing {

using namespace std::chrono_literals;

/// A journal that can be told to fail.
class breakable_journal final : public journal {
public:
  explicit breakable_journal(std::shared_ptr<bool> broken) : broken_(std::move(broken)) {}
  std::vector<commit_result> commit(std::span<const store_batch> batches) override {
    if (*broken_)
      throw journal_error("the disk is full");
    return body_->commit(batches);
  }
  std::optional<job_record> find(job_id job) override { return body_->find(job); }
  std::optional<job_trace> trace(job_id job) override { return body_->trace(job); }
  stored_page list(const job_filter& filter) override { return body_->list(filter); }
  std::vector<event_row> events_after(std::uint64_t number, std::uint32_t limit) override {
    return body_->events_after(number, limit);
  }
  recovered_state recover() override { return body_->recover(); }
  void close() override { body_->close(); }

private:
  std::shared_ptr<bool> broken_;
  std::unique_ptr<journal> body_ = make_memory_journal();
};

struct flow_fixture : actor_fixture {
  temp_dir folder;
  std::shared_ptr<download_root> root = std::get<0>(download_root::open(folder.path()));
  std::shared_ptr<file_worker> files = make_inline_file_worker();
  std::map<std::string, script_ptr> scripts;
  settings document;
  std::uint64_t revision = 0;
  std::function<double()> unit = [] { return 0.5; };
  std::shared_ptr<bool> journal_broken = std::make_shared<bool>(false);

  job_store_actor store;
  event_hub_actor events;
  health_monitor_actor health;
  failover_supervisor_actor supervisor;
  job_queue_actor queue;

  flow_fixture() {
    document.global.health_check_interval_seconds = 0;
    document.global.failure_threshold = 100; // The breaker has tests of its own.
    document.global.piece_size_mib = 1;
    store = own(spawn_job_store(sys, std::make_unique<breakable_journal>(journal_broken), false));
    events = own(spawn_event_hub(sys, store));
  }

  ~flow_fixture() {
    stop_engine();
    caf::anon_send_exit(events, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
    events = nullptr;
    store = nullptr;
    advance(5s); // Providers stop gently.
    CHECK(actors_left() == 0);
  }

  /// A configured provider; call before start() or follow with apply_settings().
  script_ptr provider(const std::string& name, std::string body, std::int32_t priority = 100) {
    auto& p = document.providers[name];
    p.base_url = "http://" + name + ".test/files";
    p.priority = priority;
    return script_of(name, std::move(body));
  }
  script_ptr script_of(const std::string& name, std::string body) {
    auto s = std::make_shared<script>();
    s->body = std::move(body);
    s->etag = "\"1\"";
    scripts[name] = s;
    return s;
  }

  [[nodiscard]] settings_ptr snapshot() {
    return std::make_shared<const settings_snapshot>(settings_snapshot{++revision, document});
  }
  void apply_settings() {
    const auto s = snapshot();
    caf::anon_send(health, s);
    caf::anon_send(supervisor, s);
    caf::anon_send(queue, s);
    run();
  }

  void start() {
    const auto s = snapshot();
    auto recovered = *ask<recovered_state>(store, recover_atom_v);
    health = own(spawn_health_monitor(sys, {s, wall(), unit}));
    failover_supervisor_options options;
    options.initial = s;
    options.make_provider =
        [this](caf::actor_system& system, const effective_provider_ptr& p) -> provider_actor {
      const auto at = scripts.find(p->name);
      if (at == scripts.end())
        throw std::runtime_error("no script for " + p->name);
      return system.spawn<scripted_provider>(at->second);
    };
    options.health = health;
    options.resources = {root, files, wall()};
    options.unit = unit;
    options.stats = recovered.stats;
    options.jobs_attempted = recovered.jobs_attempted;
    options.attempts = recovered.attempts;
    supervisor = own(spawn_failover_supervisor(sys, std::move(options)));
    queue =
        own(spawn_job_queue(sys, {s, store, supervisor, events, std::move(recovered), root, files, wall()}));
    run();
  }

  /// As a power cut: nobody is asked.
  void stop_engine(caf::exit_reason how = caf::exit_reason::kill) {
    if (!queue)
      return;
    caf::anon_send_exit(queue, how);
    caf::anon_send_exit(supervisor, how);
    caf::anon_send_exit(health, how);
    queue = nullptr;
    supervisor = nullptr;
    health = nullptr;
    run();
  }
  void restart() {
    stop_engine();
    start();
  }

  [[nodiscard]] static job_spec spec_of(const std::string& path) {
    job_spec s;
    s.resource.path = path;
    return s;
  }
  job_id submit(job_spec spec) {
    const auto r = ask<submit_result>(queue, submit_atom_v, std::move(spec));
    REQUIRE(r);
    return r->row.id;
  }
  job_id submit(const std::string& path) { return submit(spec_of(path)); }
  caf::error refusal(job_spec spec) {
    const auto r = ask<submit_result>(queue, submit_atom_v, std::move(spec));
    return r ? caf::error{} : r.error();
  }

  job_view view(job_id job) {
    const auto v = ask<job_view>(queue, get_atom_v, job);
    REQUIRE(v);
    return *v;
  }
  job_state state(job_id job) { return view(job).row.state; }
  job_record stored(job_id job) {
    const auto r = ask<job_record>(store, find_atom_v, job);
    REQUIRE(r);
    return *r;
  }
  job_trace trace(job_id job) { return *ask<job_trace>(queue, trace_atom_v, job); }
  failover_stats stats() { return *ask<failover_stats>(supervisor, stats_atom_v); }
  provider_failover_stats stats(const std::string& name) {
    for (const auto& p : stats().providers)
      if (p.provider == name)
        return p;
    FAIL("no statistics of " << name);
    return {};
  }
  queue_counts counts() { return *ask<queue_counts>(queue, stats_atom_v); }

  [[nodiscard]] bool published(const std::string& name, const std::string& body) const {
    return std::filesystem::exists(folder / name) && read_file(folder / name) == body;
  }
  /// Names of all files beneath the root that end in ".part".
  [[nodiscard]] std::vector<std::string> part_files() const {
    std::vector<std::string> out;
    for (const auto& e : std::filesystem::recursive_directory_iterator(folder.path()))
      if (e.path().extension() == ".part")
        out.push_back(e.path().filename());
    return out;
  }
};

} // namespace tributary::testing
