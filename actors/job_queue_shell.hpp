// The body of the job queue, for its own .cpp files only: job_queue.cpp (messages, store, timers, drain),
// job_queue_submit.cpp (what comes in) and job_queue_run.cpp (admission, reports, ends).
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
TRIBUTARY_ATOM(resume);
TRIBUTARY_ATOM(expire);

using queue_shell_api = job_queue_actor::extend<
    caf::reacts_to<wake_atom, std::uint64_t>, caf::reacts_to<resume_atom>, caf::reacts_to<expire_atom>,
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
  };
  /// A submission on its way.
  struct submission {
    job_spec spec;
    promise_book::ticket ticket = 0;
    std::uint64_t fingerprint = 0;
    std::vector<job_id> compared; ///< Same fingerprint, yet another request.
  };
  using ticket = promise_book::ticket;
  using then_committed =
      std::function<void(const caf::error&)>; ///< None: committed. errc::stale: nothing was.
  using then_loaded = std::function<void(caf::expected<job_record>)>;

  [[nodiscard]] const global_settings& global() const { return settings_->document.global; }
  [[nodiscard]] wall_time wall() const { return options_.wall(); }

  // job_queue.cpp
  void recover();
  void when_idle(job_id job, std::function<void()> f);
  void settled(job_id job);
  void commit(job_id job, store_batch batch, then_committed then);
  void load(job_id job, then_loaded then);
  void store_failed();
  void hold_until(job_id job, wall_time at);
  void arm_timer();
  void woken(std::uint64_t number);
  void discard_part(job_id job, const std::string& part);
  [[nodiscard]] caf::result<job_view> get(job_id job);
  [[nodiscard]] caf::result<job_page> list(const job_filter& filter);
  [[nodiscard]] job_view shown(job_record stored) const;
  [[nodiscard]] queue_counts counts() const;
  [[nodiscard]] caf::result<std::uint32_t> drain();
  void answer_drains();

  // job_queue_submit.cpp
  [[nodiscard]] caf::result<submit_result> submit(job_spec spec);
  void name_item(submission s);
  void settle(submission s);
  void compare_with(job_id job, submission s);
  void insert(submission s);
  template <class Answer>
  void acknowledge(const submission& s, Answer&& a);

  // job_queue_run.cpp
  void admit();
  void begin_run(job_id job);
  void start_run(job_record record);
  void run_started(const job_record& record);
  void put_back(job_row row);
  void free_slot(job_id job);
  [[nodiscard]] caf::result<bool> report(job_report r);
  void apply(const job_report& r, ticket t);
  void ended(job_id job, std::uint32_t run_no, const std::string& why);
  void parked(job_id job, std::uint32_t run_no, bool is_parked);
  void crashed_run(job_row row, const std::string& why);
  [[nodiscard]] caf::result<job_view> cancel(job_id job);
  void cancel_final(job_id job, ticket t);
  void cancel_row(job_row row, ticket t);
  void note_final(const job_row& row);

  job_queue_options options_;
  settings_ptr settings_;
  job_index index_;
  std::unordered_map<job_id, active_job> active_;
  promise_book promises_;
  std::vector<ticket> drains_;
  std::optional<job_record> fresh_; ///< Just inserted: its admission need not read it again.
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
};

/// Runners that wait for a lease; while there are so many, nobody else is admitted.
inline constexpr std::size_t parked_runners_max = 256;
/// How long the store may take for one answer.
inline constexpr auto store_timeout = seconds{30};
/// After the store failed, nothing is begun for so long.
inline constexpr auto store_pause = milliseconds{5'000};

} // namespace tributary
