// The real queue, supervisor, runners, health monitor, event hub and store (in memory) around scripted
// providers, in virtual time. The store outlives a restart of the others, as a journal does.
#pragma once

#include "actors/event_hub.hpp"
#include "actors/failover_supervisor.hpp"
#include "actors/health_monitor.hpp"
#include "actors/job_queue.hpp"
#include "actors/job_store.hpp"
#include "scripted_provider.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tributary::testing {

using namespace std::chrono_literals;

inline constexpr std::size_t mib = 1 << 20;

/// Bytes in which no two stretches look alike.
[[nodiscard]] std::string bytes_of(std::size_t size);
[[nodiscard]] std::string sha256_of(const std::string& text);

[[nodiscard]] job_spec spec_of(const std::string& path);

struct flow_fixture : actor_fixture {
  temp_dir folder;
  std::shared_ptr<download_root> root = std::get<0>(download_root::open(folder.path()));
  std::shared_ptr<file_worker> files = make_inline_file_worker();
  std::map<std::string, script_ptr> scripts;
  settings document;
  std::uint64_t revision = 0;
  std::function<double()> unit = [] { return 0.5; };
  std::shared_ptr<bool> journal_broken = std::make_shared<bool>(false); ///< Then each commit fails.

  job_store_actor store;
  event_hub_actor events;
  health_monitor_actor health;
  failover_supervisor_actor supervisor;
  job_queue_actor queue;

  flow_fixture();
  ~flow_fixture();

  /// A configured provider; call before start() or follow with apply_settings().
  script_ptr provider(const std::string& name, std::string body, std::int32_t priority = 100);
  /// What a provider of that name will play.
  script_ptr script_of(const std::string& name, std::string body);

  [[nodiscard]] settings_ptr snapshot();
  void apply_settings();

  void start();
  /// As a power cut: nobody is asked.
  void stop_engine(caf::exit_reason how = caf::exit_reason::kill);
  void restart();

  job_id submit(job_spec spec);
  job_id submit(const std::string& path) { return submit(spec_of(path)); }
  /// Starts with two providers and submits a job that is parked: it waits for the only lease of beta, which
  /// another has for ten minutes, and for alpha's backoff of up to 60 s at the latest.
  job_id submit_parked(const std::string& path);
  /// Why it is refused; none when it is not.
  caf::error refusal(job_spec spec);
  /// None when it is cancelled.
  caf::error cancel(job_id job);
  std::uint32_t drain();

  job_view view(job_id job);
  job_state state(job_id job) { return view(job).row.state; }
  job_record stored(job_id job);
  job_trace trace(job_id job);
  failover_stats stats();
  provider_failover_stats stats(const std::string& name);
  queue_counts counts();
  std::vector<event_row> all_events();

  [[nodiscard]] bool published(const std::string& name, const std::string& body) const;
  /// Names of all files beneath the root that end in ".part".
  [[nodiscard]] std::vector<std::string> part_files() const;
};

} // namespace tributary::testing
