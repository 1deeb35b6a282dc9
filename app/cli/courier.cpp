#include "app/cli/courier.hpp"

#include "actors/crash.hpp"
#include "app/cli/json_view.hpp"
#include "app/cli/open_submissions.hpp"

#include <boost/json/parse.hpp>
#include <caf/all.hpp>

#include <map>
#include <set>

namespace tributary::cli {

namespace {

constexpr auto submit_time_max = seconds{60}; ///< The commit of a submission on a slow disk.
constexpr auto look_time_max = seconds{5};
constexpr auto again_after = milliseconds{200}; ///< When the queue is full.

TRIBUTARY_ATOM(go_on);

using shell_api = courier_actor::extend<caf::reacts_to<std::vector<event_row>>, caf::reacts_to<go_on_atom>>;

/// What an event says of its job.
job_status status_of(const event_row& e, job_state state) {
  job_status s;
  s.id = std::to_string(e.job);
  s.state = state;
  boost::json::error_code damaged;
  const auto data = boost::json::parse(e.data, damaged);
  const json_view seen{damaged ? nullptr : &data};
  s.output = seen["output"].text();
  s.provider = seen["provider"].text();
  s.error = seen["error"]["message"].text();
  s.bytes_done = seen["bytes_done"].count().value_or(0);
  s.size = seen["size"].count();
  return s;
}

job_status status_of(const job_view& v) {
  job_status s;
  s.id = std::to_string(v.row.id);
  s.state = v.row.state;
  s.output = v.row.target.empty() ? v.row.spec.output : v.row.target;
  s.provider = v.row.provider;
  s.bytes_done = v.row.bytes_done;
  s.size = v.row.identity.size ? v.row.identity.size : v.row.spec.size;
  s.rate_mbps = v.rate_mbps;
  s.eta_seconds = v.eta_seconds;
  s.providers_tried = v.providers_tried.size();
  return s;
}

/// Answers of the queue that one request of ours waits for.
struct gathering {
  explicit gathering(caf::typed_response_promise<std::vector<job_status>> to) : promise(std::move(to)) {}

  void one_less() {
    if (--open > 0)
      return;
    std::vector<job_status> out;
    for (auto& [id, status] : seen)
      out.push_back(std::move(status));
    promise.deliver(std::move(out));
  }

  caf::typed_response_promise<std::vector<job_status>> promise;
  std::size_t open = 1;
  std::map<job_id, job_status> seen;
};

class courier_shell final : public shell_api::base {
public:
  courier_shell(caf::actor_config& cfg, courier_options o) : shell_api::base(cfg), options_(std::move(o)) {
    set_exception_handler(crashed);
    for (const auto job : options_.known)
      ++followed_[job];
  }

  const char* name() const override { return "courier"; }

  behavior_type make_behavior() override {
    send(options_.events, watch_atom_v, caf::actor_cast<event_watcher_actor>(this), options_.events_after);
    return {
        [this](submit_atom, wishes_ptr& wishes) {
          wishes_ = std::move(wishes);
          hand_in();
        },
        [this](list_atom, std::uint64_t most) { return list(most); },
        [this](const std::vector<event_row>& events) { take(events); },
        [this](go_on_atom) {
          paused_ = false;
          hand_in();
        },
    };
  }

  void on_exit() override { options_ = {}; }

private:
  void hand_in() {
    while (wishes_ && !paused_ && submissions_.size() < submits_in_flight_max &&
           followed_.size() + submissions_.size() < unfinished_jobs_max) {
      if (!again_.empty()) {
        hand_in(again_.back());
        again_.pop_back();
      } else if (next_ < wishes_->size()) {
        hand_in(next_++);
      } else {
        return;
      }
    }
  }

  void hand_in(std::size_t wish) {
    const auto number = submissions_.begin();
    this->request(options_.jobs, submit_time_max, submit_atom_v, (*wishes_)[wish])
        .then(
            [this, number](const submit_result& r) {
              accepted(r.row);
              submissions_.answered(number);
              hand_in();
            },
            [this, number, wish](const caf::error& why) {
              refused(wish, why);
              submissions_.answered(number);
              hand_in();
            });
  }

  /// Its end may have been told before this answer came.
  void accepted(const job_row& row) {
    if (auto* over = submissions_.end_of(row.id)) {
      tell({*over});
      over->repeated = true;
    } else {
      ++followed_[row.id];
    }
  }

  void refused(std::size_t wish, const caf::error& why) {
    if (why == errc::overloaded) { // Later, then; the order is of no account.
      again_.push_back(wish);
      pause();
      return;
    }
    job_status s;
    s.state = job_state::failed;
    s.output = (*wishes_)[wish].output;
    s.error = describe(why);
    tell({std::move(s)});
  }

  void pause() {
    if (!std::exchange(paused_, true))
      delayed_send(this, again_after, go_on_atom_v);
  }

  void take(const std::vector<event_row>& events) {
    std::vector<job_status> ended;
    for (const auto& e : events) {
      const auto state =
          e.kind.starts_with("job.") ? job_state_from(std::string_view{e.kind}.substr(4)) : std::nullopt;
      if (!state)
        continue;
      if (!is_final(*state)) {
        note_running(e.job, *state);
        continue;
      }
      running_.erase(e.job);
      const auto ours = followed_.extract(e.job);
      if (ours.empty() && submissions_.size() == 0)
        continue; // Nobody waits for it.
      auto how = status_of(e, *state);
      for (auto wishes = ours.empty() ? 0 : ours.mapped(); wishes > 0; --wishes) {
        ended.push_back(how);
        how.repeated = true;
      }
      submissions_.ended(e.job, std::move(how));
    }
    if (!ended.empty())
      tell(std::move(ended));
    hand_in();
  }

  void note_running(job_id job, job_state state) {
    if (state == job_state::queued)
      running_.erase(job);
    else
      running_.insert(job);
  }

  void tell(std::vector<job_status> ended) { caf::anon_send(options_.listener, std::move(ended)); }

  /// Asks the queue for each of them, and answers when the last one has answered.
  caf::result<std::vector<job_status>> list(std::uint64_t most) {
    auto promise = make_response_promise<std::vector<job_status>>();
    const auto all = std::make_shared<gathering>(promise);
    for (auto at = running_.begin(); at != running_.end() && all->open <= most; ++at) {
      ++all->open;
      this->request(options_.jobs, look_time_max, get_atom_v, *at)
          .then(
              [all](const job_view& v) {
                if (!is_final(v.row.state))
                  all->seen.emplace(v.row.id, status_of(v));
                all->one_less();
              },
              [all](const caf::error&) {
                all->one_less(); /* Gone, or too busy: not shown. */
              });
    }
    all->one_less(); // Our own hold: with nobody to ask the answer comes at once.
    return promise;
  }

  courier_options options_;
  wishes_ptr wishes_;
  std::size_t next_ = 0;
  open_submissions submissions_;
  std::vector<std::size_t> again_; ///< Wishes that met a full queue.
  bool paused_ = false;
  std::map<job_id, std::size_t> followed_; ///< Ours, accepted and unfinished: how many wishes each is for.
  std::set<job_id> running_;               ///< Of anybody.
};

} // namespace

courier_actor spawn_courier(caf::actor_system& system, courier_options options) {
  return system.spawn<courier_shell>(std::move(options));
}

} // namespace tributary::cli
