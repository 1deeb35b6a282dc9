// The body of the job queue, for its own .cpp files only: job_queue.cpp (messages, store, timers, drain),
// job_queue_submit.cpp (what comes in), job_queue_run.cpp (admission, reports, ends) and
// job_queue_control.cpp (what people do to a job).
//
// Whatever touches one job waits until the exchange with the store that is under way for it has ended
// (when_idle), so each step sees what the one before it committed.
#pragma once

#include "actors/file_errand.hpp"
#include "actors/job_index.hpp"
#include "actors/job_queue.hpp"
#include "actors/promise_book.hpp"

#include <caf/all.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tributary {

TRIBUTARY_ATOM(wake);
TRIBUTARY_ATOM(go_on);
TRIBUTARY_ATOM(expire);

using queue_shell_api = job_queue_actor::extend<
    caf::reacts_to<wake_atom, std::uint64_t>, caf::reacts_to<go_on_atom>, caf::reacts_to<expire_atom>,
    caf::reacts_to<errand_done>>;

class queue_shell final : public queue_shell_api::base {
public:
  queue_shell(caf::actor_config& cfg, job_queue_options options);

  const char* name() const override { return "job_queue"; }
  behavior_type make_behavior() override;
  void on_exit() override;

private:
  /// What is kept of a job while something happens to it: it has a slot, or talks to the store.
  struct active_job {
    bool busy = false; ///< An exchange with the store is under way.
    std::deque<std::function<void()>> later;
    bool has_slot = false;
    bool parked = false; ///< Its runner waits for its first lease, and the slot is another one's meanwhile.
    std::uint32_t runner_no = 0; ///< Run number of its runner.
    std::optional<job_row> row;  ///< As committed; while it has a runner.
    bool store_failed = false;   ///< A report of its runner could not be written.
    std::optional<job_progress> live;
    std::vector<promise_book::ticket> pausing;   ///< Who waits for its runner to stop for a pause.
    std::deque<std::function<void()>> after_run; ///< What must wait until its runner is gone.
  };
  using ticket = promise_book::ticket;
  using then_submitted = std::function<void(caf::expected<submit_results>)>;
  /// One job of a submission.
  struct wish {
    job_spec spec;
    std::uint64_t fingerprint = 0;
    std::vector<job_id> compared;  ///< Unfinished jobs of the same fingerprint that were looked at.
    std::optional<job_row> joined; ///< An unfinished job that asks for the same.
  };
  /// A submission on its way.
  struct submission {
    std::vector<wish> wishes;
    std::optional<idempotency_key> key;
    bool in_array = true;
    then_submitted then;     ///< Called once.
    std::size_t named = 0;   ///< The wishes before this one have their names.
    steady_time names_due{}; ///< After it no catalogue is asked for a name.
    complaints nameless;
  };
  using submission_ptr = std::shared_ptr<submission>;
  using then_committed =
      std::function<void(const caf::error&)>; ///< None: committed. errc::stale: nothing was.
  using then_written = std::function<void(caf::expected<commit_result>)>;
  using then_loaded = std::function<void(caf::expected<job_record>)>;

  [[nodiscard]] const global_settings& global() const { return settings_->document.global; }
  [[nodiscard]] wall_time wall() const { return options_.wall(); }

  // job_queue.cpp
  void recover();
  void when_idle(job_id job, std::function<void()> f);
  void settled(job_id job);
  void write(std::vector<job_id> jobs, store_batch batch, then_written then);
  void commit(job_id job, store_batch batch, then_committed then);
  void load(job_id job, then_loaded then);
  void store_failed();
  void hold_until(job_id job, wall_time at);
  void arm_timer();
  void woken(std::uint64_t number);
  [[nodiscard]] bool was_set_back();
  void discard_part(job_id job, const std::string& part);
  [[nodiscard]] caf::result<job_view> get(job_id job);
  [[nodiscard]] caf::result<job_page> list(const job_filter& filter);
  [[nodiscard]] job_view shown(job_record stored) const;
  [[nodiscard]] queue_counts counts() const;
  [[nodiscard]] caf::result<std::uint32_t> drain();
  void answer_drains();

  // job_queue_submit.cpp
  [[nodiscard]] caf::result<submit_result> submit(job_spec spec);
  [[nodiscard]] caf::result<submit_results> submit_all(job_submission jobs);
  void submit_together(job_submission jobs, then_submitted then);
  void look_for_key(const submission_ptr& s);
  void take_in(const submission_ptr& s);
  [[nodiscard]] complaints check(submission& s) const;
  void name_items(const submission_ptr& s);
  static void name_item(submission& s, const catalog_reply& told);
  void settle(const submission_ptr& s);
  void compare_with(job_id job, const submission_ptr& s, wish& w);
  [[nodiscard]] caf::error collision_of(const submission& s) const;
  [[nodiscard]] static std::size_t first_equal(const submission& s, std::size_t i);
  [[nodiscard]] bool shares_output(const job_spec& spec) const;
  [[nodiscard]] caf::error fullness(std::size_t more) const;
  void insert(const submission_ptr& s);
  void replay(const submission_ptr& s, const claimed_key& first);
  void load_replayed(
      const submission_ptr& s, const std::vector<job_id>& jobs, const std::shared_ptr<submit_results>& found);

  // job_queue_run.cpp
  void admit();
  void begin_run(job_id job);
  void start_run(job_record record, bool at_once);
  void run_started(job_record record);
  void start_unwritten(job_id job, const caf::error& failed);
  void put_back(job_row row);
  void put_back_stored(job_id job);
  void free_slot(job_id job);
  [[nodiscard]] caf::result<bool> report(job_report r);
  void apply(job_report r, ticket t);
  void ended(job_id job, std::uint32_t run_no, const std::string& why);
  void parked(job_id job, std::uint32_t run_no, bool is_parked);
  void crashed_run(job_row row, const std::string& why);
  void note_final(const job_row& row);

  // job_queue_control.cpp
  [[nodiscard]] caf::result<job_view> control(job_id job, void (queue_shell::*act)(job_id, ticket));
  void load_for(job_id job, ticket t, std::function<void(job_record)> then);
  void answer_as_it_is(job_id job, ticket t);
  void answer_ended(job_id job, ticket t, std::optional<job_state> wanted);
  void commit_row(job_row row, ticket t, std::function<void(const job_row&)> committed);
  void cancel_now(job_id job, ticket t);
  void cancel_unpublished(job_row row, ticket t);
  void cancel_row(job_row row, ticket t);
  void pause_now(job_id job, ticket t);
  void note_paused(const job_row& row);
  void end_in_pause(job_row row);
  void paused_or_not(const job_row& row, const caf::error& failed);
  void resume_now(job_id job, ticket t);
  void retry_now(job_id job, ticket t);
  void begin_anew(job_row row, ticket t);

  job_queue_options options_;
  settings_ptr settings_;
  job_index index_;
  std::unordered_map<job_id, active_job> active_;
  promise_book promises_;
  std::vector<ticket> drains_;
  /// Queued jobs as committed, so many as rows_at_hand_max: their admission need not read them, which would
  /// make the store commit what it collects.
  std::unordered_map<job_id, job_row> at_hand_;
  job_id last_job_ = 0;
  std::size_t unacknowledged_ = 0;
  std::size_t running_ = 0; ///< Slots taken.
  std::size_t parked_ = 0;  ///< Runners without a slot.
  queue_counts ended_;      ///< The final states only.
  std::uint32_t put_back_ = 0;
  bool draining_ = false;
  bool paused_ = false; ///< The store failed a moment ago.
  std::uint64_t timer_no_ = 0;
  std::optional<steady_time> timer_due_;
  std::optional<milliseconds> clock_lead_; ///< Of the wall clock over the steady one, when last looked at.
};

/// About 1 KiB each.
inline constexpr std::size_t rows_at_hand_max = 4096;
/// Runners that wait for a lease; while there are so many, nobody else is admitted.
inline constexpr std::size_t parked_runners_max = 256;
/// What the index keeps of a row.
[[nodiscard]] pending_job pending_of(const job_row& row);

/// How long the store may take for one answer to a question.
inline constexpr auto store_timeout = seconds{30};
/// After the store failed, nothing is begun for so long.
inline constexpr auto store_pause = milliseconds{5'000};

} // namespace tributary
