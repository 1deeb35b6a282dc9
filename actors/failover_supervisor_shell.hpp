// The failover supervisor's insides: failover_supervisor.cpp has the frame (messages, jobs and their runners,
// providers, figures), failover_supervisor_leases.cpp the leases and the wishes that wait for one.
#pragma once

#include "actors/candidates.hpp"
#include "actors/catalog_router.hpp"
#include "actors/failover_statistics.hpp"
#include "actors/failover_supervisor.hpp"
#include "actors/lease_book.hpp"
#include "actors/provider_pairs.hpp"
#include "actors/routed_job.hpp"

#include <caf/all.hpp>

#include <map>
#include <set>
#include <unordered_map>
#include <vector>

namespace tributary {

TRIBUTARY_ATOM(serve);
TRIBUTARY_ATOM(restart);

using supervisor_shell_api = failover_supervisor_actor::extend<
    caf::reacts_to<serve_atom, std::uint64_t>, caf::reacts_to<restart_atom, std::string, std::uint64_t>>;

class supervisor_shell final : public supervisor_shell_api::base {
public:
  supervisor_shell(caf::actor_config& cfg, failover_supervisor_options options);

  const char* name() const override { return "failover_supervisor"; }
  behavior_type make_behavior() override;
  void on_exit() override;

private:
  [[nodiscard]] const global_settings& global() const { return settings_->document.global; }
  [[nodiscard]] wall_time wall() const { return resources_.wall(); }

  // jobs and their runners
  void start(job_record record, job_queue_actor queue);
  void stop(stop_atom what, job_id id, stop_reason why);
  void ended(const caf::down_msg& down);
  void runner_ended(job_id id, const caf::down_msg& down);

  // leases
  void wanted(const lease_request& want, const job_runner_actor& runner);
  void release(transfer_id id, const attempt_row& attempt);
  void freed(const std::string& provider);
  static void count_in(retry_budget& budget, outcome result);
  bool plan(job_id id, routed_job& job);
  std::optional<steady_time>
  network_wait(routed_job& job, std::vector<candidate>& candidates, bool has_deadline);
  void grant(job_id id, routed_job& job, const route& to, decision_row row);
  [[nodiscard]] std::vector<route> usable_routes(const job_spec& spec) const;
  [[nodiscard]] std::vector<route> whole_chain() const;
  [[nodiscard]] std::vector<candidate> candidates_of(const std::vector<route>& routes);
  [[nodiscard]] provider_pairs::idle_test idle_test() const;

  // wishes that wait for a lease
  void park(job_id id, routed_job& job, wall_time at_the_latest);
  void serve_in(milliseconds wait);
  void unpark(routed_job& job);
  void serve_parked();
  void serve_one();

  // providers
  void apply(settings_ptr s);
  void move_away_from(const std::string& provider);
  [[nodiscard]] std::string
  taker_of(const routed_job& job, const std::map<std::string, std::uint32_t>& coming);
  void schedule(const provider_pairs::restart& r);
  void schedule_restarts();
  [[nodiscard]] failover_stats figures();

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
  std::set<turn> parked_; ///< turn::number is the job.
  std::optional<steady_time> serve_due_;
  std::uint64_t serve_number_ = 0;
};

} // namespace tributary
