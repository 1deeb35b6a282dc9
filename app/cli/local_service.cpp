#include "app/cli/local_service.hpp"

#include "app/cli/courier.hpp"
#include "app/cli/failure.hpp"
#include "app/cli/state_history.hpp"
#include "app/descriptor_limit.hpp"
#include "app/engine.hpp"
#include "app/scratch_folder.hpp"
#include "store/journal.hpp"

#include <caf/all.hpp>

#include <mutex>

namespace tributary::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto answer_time_max = 10s;

/// Why the engine cannot go on, when it cannot.
struct breakdown {
  void check() {
    const std::lock_guard hold{guard};
    if (!why.empty())
      throw failure(exit_failed, why + "; what has arrived stays, and --state goes on from there");
  }
  std::mutex guard;
  std::string why;
};

class local_service final : public job_service {
public:
  explicit local_service(local_options o) : options_(std::move(o)) {
    raise_descriptor_limit();
    if (options_.state.empty()) {
      scratch_.emplace("tributary-get");
      options_.state = scratch_->path();
    }
    past_ = read_history(options_.state, options_.downloads, options_.resume_all);
    register_messages(config_);
    system_ = std::make_unique<caf::actor_system>(config_);
    engine_options e;
    e.state_dir = options_.state;
    e.downloads_dir = options_.downloads;
    e.initial = options_.document;
    e.survives_power_cut = !scratch_; // A scratch journal goes with its process.
    e.on_broken = [broken = broken_](const std::string& why) {
      const std::lock_guard hold{broken->guard};
      broken->why = why;
    };
    auto started = engine::start(*system_, std::move(e));
    if (const auto* why = std::get_if<start_error>(&started))
      throw failure(why->status, why->message);
    engine_ = std::get<std::unique_ptr<engine>>(std::move(started));
    self_ = std::make_unique<caf::scoped_actor>(*system_);
    const auto& to = engine_->handles();
    courier_ = spawn_courier(
        *system_,
        {to.jobs, to.events, caf::actor_cast<caf::actor>(*self_), past_.unfinished, past_.last_event});
  }

  ~local_service() override { close(); }

  void submit(std::vector<job_spec> wishes) override {
    ended_before_ = past_.take_done(wishes);
    (*self_)->send(courier_, submit_atom_v, std::make_shared<const std::vector<job_spec>>(std::move(wishes)));
  }

  std::size_t resumed() const override { return past_.unfinished.size(); }

  std::vector<job_status> wait(std::chrono::milliseconds at_most) override {
    if (!ended_before_.empty())
      return std::exchange(ended_before_, {});
    broken_->check();
    std::vector<job_status> news;
    const auto take = [&](std::vector<job_status>& ended) {
      news.insert(news.end(), std::make_move_iterator(ended.begin()), std::make_move_iterator(ended.end()));
    };
    (*self_)->receive(
        take, caf::after(at_most) >> [] {});
    while (!news.empty() && (*self_)->has_next_message())
      (*self_)->receive(
          take, caf::after(0ms) >> [] {});
    return news;
  }

  std::vector<job_status> under_way(std::size_t most) override {
    std::vector<job_status> seen;
    (*self_)
        ->request(courier_, answer_time_max, list_atom_v, static_cast<std::uint64_t>(most))
        .receive(
            [&](std::vector<job_status>& running) { seen = std::move(running); },
            [](const caf::error&) { /* Too busy to be looked at: the bars stay as they are. */ });
    return seen;
  }

  std::string stop() override {
    close();
    const auto left = count_unfinished(options_.state);
    if (left == 0)
      return {};
    if (!scratch_)
      return std::to_string(left) + " unfinished; the same command goes on from the bytes that are there";
    discard_parts(options_.state, options_.downloads);
    return std::to_string(left) + " unfinished and given up; with --state DIR they could go on later";
  }

private:
  /// The engine before the system: nothing of it may be left.
  void close() {
    if (!engine_)
      return;
    (*self_)->send_exit(courier_, caf::exit_reason::user_shutdown);
    courier_ = nullptr;
    engine_->stop();
    engine_.reset();
    self_.reset();
    system_.reset();
  }

  local_options options_;
  std::optional<scratch_folder> scratch_;
  std::shared_ptr<breakdown> broken_ = std::make_shared<breakdown>();
  history past_;
  std::vector<job_status> ended_before_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<engine> engine_;
  std::unique_ptr<caf::scoped_actor> self_;
  courier_actor courier_;
};

} // namespace

std::unique_ptr<job_service> make_local_service(local_options options) {
  try {
    return std::make_unique<local_service>(std::move(options));
  } catch (const journal_error& e) {
    throw failure(exit_bad_folder, e.what());
  }
}

} // namespace tributary::cli
