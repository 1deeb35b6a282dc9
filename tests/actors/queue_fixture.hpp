// The queue alone: its supervisor is played by the test.
#pragma once

#include "flow_fixture.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tributary::testing {

/// What the queue asked of its supervisor.
struct supervisor_log {
  std::vector<job_record> runs;
  std::vector<std::pair<job_id, stop_reason>> stops;
  std::vector<catalog_query> queries;
  std::function<caf::result<catalog_reply>(const catalog_query&)> catalog; ///< Empty: nobody has an item.
};

inline failover_supervisor_actor::behavior_type
recording_supervisor(failover_supervisor_actor::pointer, const std::shared_ptr<supervisor_log>& log) {
  return {
      [log](run_atom, const job_record& job, const job_queue_actor&) { log->runs.push_back(job); },
      [log](stop_atom, job_id job, stop_reason why) { log->stops.emplace_back(job, why); },
      [](want_atom, const lease_request&, const job_runner_actor&) {},
      [](release_atom, transfer_id, const attempt_row&) {},
      [](blame_atom, job_id, const attempt_row&) {},
      [](stats_atom) { return failover_stats{}; },
      [](const provider_standing&) {},
      [](const settings_ptr&) {},
      [](list_atom) { return provider_ranking{}; },
      [](remove_atom, const std::string&) { return false; },
      [log](const catalog_query& q) -> caf::result<catalog_reply> {
        log->queries.push_back(q);
        return log->catalog ? log->catalog(q) : errc::no_provider;
      },
  };
}

struct queue_fixture : flow_fixture {
  std::shared_ptr<supervisor_log> log = std::make_shared<supervisor_log>();

  void start_queue() {
    const auto s = snapshot();
    auto recovered = *ask<recovered_state>(store, recover_atom_v);
    supervisor = own(sys.spawn(recording_supervisor, log));
    queue =
        own(spawn_job_queue(sys, {s, store, supervisor, events, std::move(recovered), root, files, wall()}));
    run();
  }
  void restart_queue() {
    stop_engine();
    log->runs.clear();
    log->stops.clear();
    start_queue();
  }

  [[nodiscard]] const job_row& last_run() const { return log->runs.back().row; }
  [[nodiscard]] std::vector<job_id> started() const {
    std::vector<job_id> out;
    for (const auto& r : log->runs)
      out.push_back(r.row.id);
    return out;
  }
  [[nodiscard]] static job_report report_of(const job_row& row, std::optional<job_state> to = {}) {
    job_report r;
    r.job = row.id;
    r.run_no = row.run_no;
    r.state = to;
    return r;
  }
  bool report(const job_report& r) { return *ask<bool>(queue, report_atom_v, r); }
  void end_run(const job_row& row, const std::string& why = {}) {
    tell(queue, ended_atom_v, row.id, row.run_no, why);
  }
  /// The run succeeds.
  void finish(const job_row& row) {
    CHECK(report(report_of(row, job_state::succeeded)));
    end_run(row);
  }
};

} // namespace tributary::testing
