// The body of a job runner, for its own .cpp files only: job_runner.cpp (frame, what is there already,
// starting over), job_runner_streams.cpp (leases and streams), job_runner_transfers.cpp (what transfers
// tell), job_runner_proof.cpp (samples), job_runner_finish.cpp (verify, publish) and job_runner_end.cpp
// (reports, ends).
//
//   inspect -> fetch: want -> granted -> stream -> ended -> ... all bytes are here -> verify -> publish ->
//   succeeded
//                ^                                              |                       |
//                +-------------- starting over -----------------+-----------------------+
//
// In `fetch` up to max_segments streams are at work, each with a lease of its own; one wish for a further
// lease is open at most. In every other step one thing is under way. A stop waits for what is, at most
// transfer_end_grace.
#pragma once

#include "actors/file_errand.hpp"
#include "actors/job_runner.hpp"
#include "actors/runner_records.hpp"
#include "actors/runner_stream.hpp"

#include <caf/all.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

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
  enum class step : std::uint8_t { files, report, fetch, publish, end };
  enum class alarm : std::uint64_t { want_again, stop_grace, deadline };
  using stream_map = std::map<transfer_id, runner_stream>;

  [[nodiscard]] const global_settings& global() const { return settings_->document.global; }
  [[nodiscard]] wall_time wall() const { return resources_.wall(); }
  [[nodiscard]] std::uint64_t wanted_piece_bytes() const;
  [[nodiscard]] std::size_t max_segments() const;
  [[nodiscard]] bool flush() const { return global().durability == durability::full; }
  [[nodiscard]] bool wants_hash() const { return row_.spec.sha256 || global().record_sha256; }
  [[nodiscard]] on_conflict conflict_rule() const;
  [[nodiscard]] const std::string& target() const { return row_.target; }

  // job_runner.cpp
  void begin();
  void inspect();
  void take_stock();
  void start_over();
  void prepare();
  void fetch();

  // job_runner_streams.cpp
  void want();
  [[nodiscard]] bool may_have_more() const;
  [[nodiscard]] lease_request next_wish() const;
  void granted(lease l);
  void denied(const denial& d);
  void begin_stream(lease l);
  void give_back(const lease& l);
  [[nodiscard]] std::optional<byte_range> take_share();
  [[nodiscard]] std::vector<stream_pace> paces() const;
  void read(runner_stream& s, byte_range range);
  void ask(runner_stream& s, transfer_request q);
  void refused(transfer_id id, const caf::error& why);
  void yield(transfer_id id);
  void cancel(transfer_id id);
  void cancel_all();

  // job_runner_transfers.cpp
  void opened(transfer_id id, const source_facts& facts);
  void take_name(const std::string& told);
  void note_identity(const runner_stream& s, const source_facts& facts);
  void progress(transfer_id id, const transfer_progress& p);
  void show_progress();
  void take_runs();
  void ended(transfer_id id, const transfer_result& r);
  void settle_result(runner_stream& s, const transfer_result& r, attempt_row& a);
  void settle_refused_range(const transfer_result& r, attempt_row& a);
  void settle();

  // job_runner_proof.cpp
  [[nodiscard]] bool prove(stream_map::iterator at, const transfer_result& r);
  void ask_for_sample(runner_stream& s);
  void sampled(stream_map::iterator at, const transfer_result& r);
  void compared(transfer_id id, bool are_equal);

  // job_runner_finish.cpp
  void complete();
  void verify();
  void verified(verified_file file);
  void mismatch(fault f, std::string why);
  void name_the_guilty(std::vector<extent> suspects);
  void announce(const verified_file& file);
  void publish(publish_request r);
  void published(publish_result result);

  // job_runner_end.cpp
  [[nodiscard]] job_report fresh_report();
  [[nodiscard]] job_report bytes_report();
  void tell_news();
  void release(const lease& l, attempt_row a);
  void release_last();
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

  // The bytes.
  std::shared_ptr<part_file> part_;
  provenance origin_;
  piece_plan plan_;
  file_identity identity_;                      ///< Of the bytes at hand.
  bool identity_known_ = false;                 ///< There are bytes, or a source has told of them.
  std::map<std::string, file_identity> told_;   ///< By route: what a source that may join told of the file.
  std::set<std::string> compared_;              ///< Routes whose bytes were found equal in this run.
  std::set<std::string> rangeless_, too_early_; ///< Routes that cannot, or cannot yet, be of further use.
  std::vector<extent> suspects_;                ///< Of a file that was wrong; whose is not known yet.
  bool single_source_ = false; ///< Bytes of several providers made a wrong file once: no more mixing.
  bool must_truncate_ = false; ///< The part file holds bytes that nobody wants.
  bool complete_ = false;      ///< All bytes are here: a deadline no longer ends the run.

  // What is under way.
  step step_ = step::files;
  std::optional<stop_reason> stop_;
  std::stop_source leaving_; ///< Asked once this actor has ended: a long comparison need not go on.
  stream_map streams_;
  std::uint32_t wish_ = 0; ///< Number of the newest wish.
  bool wish_open_ = false, wish_is_first_ = false;
  std::vector<std::string> avoided_; ///< By the newest wish.
  bool no_further_ = false;          ///< No lease beyond those held is to be had for now.
  bool pausing_ = false;             ///< A provider was busy a moment ago.
  bool start_over_due_ = false;      ///< Once the streams have ended.
  std::optional<lease> in_hand_;     ///< Granted, its stream not begun yet.

  // To be reported.
  struct finished {
    lease held;
    attempt_row attempt;
  };
  std::optional<finished> last_; ///< Gave the last bytes; let go when the file is known to be right.
  std::vector<decision_row> decisions_;
  std::vector<attempt_row> attempts_;
  std::uint32_t last_attempt_ = 0; ///< The highest number seen.
  std::optional<job_error> last_error_;
  bool telling_ = false, tell_again_ = false;
};

template <class Then>
void runner_shell::report(job_report r, Then then) {
  step_ = step::report;
  this->request(
          queue_, caf::infinite, report_atom_v, std::move(r)) // The queue answers each, if only as it ends.
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
