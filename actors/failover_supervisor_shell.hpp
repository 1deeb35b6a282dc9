// The body of the failover supervisor, for its own .cpp files only: failover_supervisor.cpp (frame, jobs,
// providers) and failover_supervisor_leases.cpp (plans, leases, wishes that wait).
//
// A shell around the plan: knows who asks, who is there and who holds what; plan_next decides. What may let a
// parked wish through (a freed lease, a standing, new settings, time) plans it again: as few as may gain by
// it.
#pragma once

#include "actors/candidates.hpp"
#include "actors/catalog_router.hpp"
#include "actors/failover_statistics.hpp"
#include "actors/failover_supervisor.hpp"
#include "actors/lease_book.hpp"
#include "actors/provider_pairs.hpp"
#include "actors/routed_job.hpp"
#include "actors/wish_room.hpp"

#include <caf/all.hpp>

#include <map>
#include <unordered_map>
#include <vector>

namespace tributary {

TRIBUTARY_ATOM(serve);
TRIBUTARY_ATOM(restart);
TRIBUTARY_ATOM(let_go);

using supervisor_shell_api = failover_supervisor_actor::extend<
    caf::reacts_to<serve_atom, std::uint64_t>, caf::reacts_to<restart_atom, std::string, std::uint64_t>,
    caf::reacts_to<let_go_atom>>;

/// The place in the waiting room of those who wait for one of max_running_jobs.
inline const std::string engine_place;

class supervisor_shell final : public supervisor_shell_api::base {
public:
  supervisor_shell(caf::actor_config& cfg, failover_supervisor_options options);

  const char* name() const override { return "failover_supervisor"; }
  behavior_type make_behavior() override;
  void on_exit() override;

private:
  [[nodiscard]] const global_settings& global() const { return settings_->document.global; }
  [[nodiscard]] wall_time wall() const { return resources_.wall(); }

  // failover_supervisor.cpp
  void start(job_record record, job_queue_actor queue);
  void note(const provider_standing& s);
  void stop(stop_atom what, job_id id, stop_reason why);
  void ended(const caf::down_msg& down);
  void runner_ended(job_id id, const caf::down_msg& down);
  void apply(settings_ptr s);
  void schedule(const provider_pairs::restart& r);
  void schedule_restarts();
  [[nodiscard]] failover_stats figures();

  // failover_supervisor_leases.cpp
  void wanted(const lease_request& want, const job_runner_actor& runner);
  void release(transfer_id id, const attempt_row& attempt);
  void freed(const std::string& provider);
  void blame(job_id id, const attempt_row& attempt);
  void plan(job_id id, routed_job& job);
  [[nodiscard]] std::optional<steady_time>
  network_wait(routed_job& job, std::vector<candidate>& candidates, bool has_deadline);
  void grant(job_id id, routed_job& job, const route& to, decision_row row);
  [[nodiscard]] std::vector<route> usable_routes(const routed_job& job) const;
  [[nodiscard]] std::vector<route> whole_chain() const;
  void move_away_from(const std::string& provider);
  [[nodiscard]] std::string
  taker_of(const routed_job& job, const std::map<std::string, std::uint32_t>& coming);
  [[nodiscard]] std::vector<candidate> candidates_of(const std::vector<route>& routes);
  [[nodiscard]] provider_pairs::idle_test idle_test() const;
  [[nodiscard]] steady_time in_steady_time(wall_time t) const;
  void park(
      job_id id, routed_job& job, const std::vector<std::string>& awaited,
      std::optional<steady_time> at_the_latest);
  void wait_for_first(job_id id, routed_job& job, const std::vector<std::string>& at);
  void unpark(job_id id, routed_job& job);
  void schedule_serve();
  void serve_due();
  void serve(const std::string& provider);
  void serve_all(const std::string* provider);
  [[nodiscard]] bool is_full(const std::string& provider);

  settings_ptr settings_;
  std::vector<std::string> chain_; ///< As the settings have it.
  health_monitor_actor health_;
  runner_resources resources_;
  std::function<double()> unit_;
  provider_pairs pairs_;
  catalog_router catalog_;
  failover_statistics stats_;
  retry_budget budget_; ///< The engine's; each provider has one of its own.
  lease_book leases_;
  std::unordered_map<job_id, routed_job> jobs_;
  std::map<caf::actor_addr, job_id> runners_;
  wish_room room_;
  std::optional<steady_time> serve_due_;
  std::uint64_t serve_number_ = 0;
};

} // namespace tributary
