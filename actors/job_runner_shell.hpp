// The body of a job runner, for its own .cpp files only: job_runner.cpp (start, leases, transfers),
// job_runner_finish.cpp (verify, publish) and job_runner_end.cpp (reports and ends).
//
//   inspect -> want -> granted -> transfer -> ended -> verify -> publish -> succeeded
//                ^                              |          |
//                +------- failed attempt -------+----------+
//
// One thing is under way at any time (`step_`); a stop waits for it, at most stop_grace.
#pragma once

#include "actors/file_errand.hpp"
#include "actors/job_runner.hpp"
#include "actors/part_progress.hpp"
#include "actors/runner_records.hpp"

#include <caf/all.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tributary {

TRIBUTARY_ATOM(alarm);

using runner_shell_api =
    job_runner_actor::extend<caf::reacts_to<errand_done>, caf::reacts_to<alarm_atom, std::uint64_t>>;

class runner_shell final : public runner_shell_api::base {
public:
  runner_shell(
      caf::actor_config& cfg, job_record job, settings_ptr settings, job_queue_actor queue,
      failover_supervisor_actor supervisor, runner_resources resources);

  const char* name() const override { return "job_runner"; }
  behavior_type make_behavior() override;
  void on_exit() override;

private:
  enum class step : std::uint8_t { files, report, grant, pause, transfer, publish, end };
  enum class alarm : std::uint64_t { want_again, stop_grace, deadline };

  [[nodiscard]] const global_settings& global() const { return settings_->document.global; }
  [[nodiscard]] wall_time wall() const { return resources_.wall(); }
  [[nodiscard]] std::uint64_t piece_bytes() const;
  [[nodiscard]] bool flush() const { return global().durability == durability::full; }
  [[nodiscard]] on_conflict conflict_rule() const {
    return row_.spec.on_conflict.value_or(global().on_conflict);
  }

  // job_runner.cpp
  void begin();
  void inspect();
  void want();
  void granted(lease l);
  void denied(const denial& d);
  void prepare();
  void transfer();
  void refused(transfer_id id, const caf::error& why);
  void opened(transfer_id id, const source_facts& facts);
  void progress(transfer_id id, const transfer_progress& p);
  void ended(transfer_id id, const transfer_result& r);
  void attempt_failed();
  void fetch_anew();

  // job_runner_finish.cpp
  void complete();
  void verify();
  void verified(verified_file file);
  void mismatch(fault f, std::string why);
  void publish(publish_request r);
  void published(publish_result r);

  // job_runner_end.cpp
  [[nodiscard]] job_report fresh_report();
  [[nodiscard]] job_report bytes_report();
  void report_progress();
  void release();
  void wait_for_disk(const file_error& why, std::optional<job_state> as = job_state::waiting);
  void fail(job_error why);
  void stop(stop_reason why);
  void finish_stop();
  void ring(alarm which);
  void arm_deadline();

  /// Reports, then goes on with `then`, unless the job is somebody else's by now (the end) or a stop came.
  template <class Then>
  void report(job_report r, Then then);
  /// The last report: the runner ends with its answer.
  void report_and_quit(job_report r);
  /// Blocking work as step `files` or `publish`; then `then(result)`, unless a stop came before publishing.
  template <class Work, class Then>
  void on_files(step as, Work work, Then then);

  job_row row_;
  settings_ptr settings_;
  job_queue_actor queue_;
  failover_supervisor_actor supervisor_;
  runner_resources resources_;
  std::optional<wall_time> deadline_;

  std::shared_ptr<part_file> part_;
  part_progress bytes_;
  file_identity identity_;     ///< Of the bytes in the part file.
  bool must_truncate_ = false; ///< The part file holds bytes that nobody wants.
  bool single_source_ = false; ///< Bytes of several providers made a wrong file once: no more mixing.
  bool complete_ = false;      ///< All bytes are here: a deadline no longer ends the run.

  step step_ = step::files;
  std::optional<stop_reason> stop_;
  std::optional<lease> lease_;
  std::optional<decision_row> decision_; ///< Not reported yet.
  std::optional<attempt_row> attempt_;   ///< Ended, not reported yet.
  std::optional<job_error> last_error_;
  bool progress_out_ = false, progress_due_ = false;

  // Of the present transfer.
  byte_source source_;
  std::uint64_t offset_ = 0;
  wall_time began_{};
  bool progressed_ = false;
  std::string wrong_size_; ///< What it announced cannot be the file: it is being cancelled.
  rate_meter rate_;
};

/// Longer than the queue takes for its own request to the store.
inline constexpr auto report_timeout = seconds{60};

template <class Then>
void runner_shell::report(job_report r, Then then) {
  step_ = step::report;
  this->request(queue_, report_timeout, report_atom_v, std::move(r))
      .then(
          [this, then = std::move(then)](bool is_mine) mutable {
            if (step_ == step::end)
              return;
            if (!is_mine)
              quit();
            else if (stop_ && !complete_)
              finish_stop();
            else
              then();
          },
          [this](caf::error& why) { quit(std::move(why)); });
}

template <class Work, class Then>
void runner_shell::on_files(step as, Work work, Then then) {
  step_ = as;
  auto go_on = [this, then = std::move(then)](auto result) mutable {
    if (step_ == step::end)
      return;
    if (stop_ && step_ == step::files)
      finish_stop();
    else
      then(std::move(result));
  };
  if (!run_errand(this, *resources_.files, std::move(work), std::move(go_on)))
    quit(caf::make_error(errc::shutting_down));
}

} // namespace tributary
