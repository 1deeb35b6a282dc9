// A config manager with its file, store and hub; watchers and requesters that write a log.
#pragma once

#include "actors/config_manager.hpp"
#include "actors/event_hub.hpp"
#include "actors/job_store.hpp"
#include "config/settings_file.hpp"
#include "config/settings_json.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/forwarding_journal.hpp"
#include "tests/support/temp_dir.hpp"

#include <deque>
#include <fstream>
#include <string>
#include <vector>

namespace tributary::testing {

/// Keeps work until the test lets it happen: a disk that takes its time.
class held_file_worker final : public file_worker {
public:
  bool post(std::function<void()> work) override {
    if (stopped_)
      return false;
    held_.push_back(std::move(work));
    return true;
  }
  void stop() override { stopped_ = true; }

  [[nodiscard]] std::size_t held() const { return held_.size(); }
  void do_one() {
    REQUIRE_FALSE(held_.empty());
    auto work = std::move(held_.front());
    held_.pop_front();
    work();
  }

private:
  std::deque<std::function<void()>> held_;
  bool stopped_ = false;
};

inline const std::string start_text =
    R"({"version": 1, "providers": {"alpha": {"kind": "http", "base_url": "http://alpha"}}})";

inline settings parsed(const std::string& text) {
  return std::get<settings>(parse_settings(text));
}

inline settings_change to_alpha(std::string patch, std::optional<std::uint64_t> if_revision = {}) {
  return {patch_one_provider{"alpha", std::move(patch)}, if_revision};
}
inline settings_change to_global(std::string patch) {
  return {patch_global_section{std::move(patch)}, {}};
}
inline settings_change priority(std::size_t n, std::optional<std::uint64_t> if_revision = {}) {
  return to_alpha("{\"priority\": " + std::to_string(n) + "}", if_revision);
}

struct config_fixture : actor_fixture {
  using answer = caf::expected<settings_outcome>;

  temp_dir dir;
  std::filesystem::path file = dir / "settings.json";
  std::vector<std::string> log; ///< What watchers and requesters heard, in order.
  std::vector<caf::error> errors;
  std::vector<std::string> warnings; ///< What the operator is told.
  std::shared_ptr<bool> journal_broken = std::make_shared<bool>(false);
  job_store_actor store = own(spawn_job_store(
      sys, std::make_unique<breakable_journal>(make_memory_journal(), journal_broken), false));
  event_hub_actor events = own(spawn_event_hub(sys, store, 0));

  config_manager_options options(settings document) {
    config_manager_options o;
    o.first.now = std::make_shared<const settings_snapshot>(settings_snapshot{7, std::move(document)});
    o.files = make_inline_file_worker();
    o.store = store;
    o.events = events;
    o.wall = wall();
    o.log = [this](std::string_view line) { warnings.emplace_back(line); };
    return o;
  }
  config_manager_actor in_memory() { return own(spawn_config_manager(sys, options(parsed(start_text)))); }
  config_manager_actor on_disk(std::shared_ptr<file_worker> files = make_inline_file_worker()) {
    auto o = options(parsed(start_text));
    o.file = file;
    o.files = std::move(files);
    o.stamp = stamp_of(file);
    return own(spawn_config_manager(sys, std::move(o)));
  }
  /// With a file that is there and was read.
  config_manager_actor on_written(const std::string& text = start_text) {
    write(text);
    return on_disk();
  }
  void write(const std::string& text) const { std::ofstream{file, std::ios::trunc} << text; }

  answer change(const config_manager_actor& to, settings_change what) {
    return ask<settings_outcome>(to, change_atom_v, std::string{"tester"}, std::move(what));
  }
  answer preview(const config_manager_actor& to, settings_change what) {
    return ask<settings_outcome>(to, preview_atom_v, std::move(what));
  }
  std::vector<settings_revision> revisions(const config_manager_actor& of, std::uint32_t limit = 100) {
    return *ask<std::vector<settings_revision>>(of, revision_atom_v, std::uint64_t{1} << 60, limit);
  }
  settings_ptr current(const config_manager_actor& of) { return *ask<settings_ptr>(of, get_atom_v); }

  // The fixture goes in as an argument: CAF's spawn of a function without any binds a null reference (UBSan
  // sees it).

  /// Writes each version that it hears of into the log.
  settings_watcher_actor watcher() {
    const auto body = [](settings_watcher_actor::pointer, config_fixture* test) {
      return settings_watcher_actor::behavior_type{
          [test](const settings_ptr& s) { test->log.push_back("told " + std::to_string(s->revision)); }};
    };
    return own(sys.spawn(body, this));
  }

  /// Asks without waiting; the answer goes into the log.
  void ask_later(const config_manager_actor& to, settings_change what) {
    const auto body = [to, what](caf::event_based_actor* me, config_fixture* test) {
      me->request(to, std::chrono::minutes{1}, change_atom_v, std::string{"tester"}, what)
          .then(
              [test](const settings_outcome& made) {
                test->log.push_back("answered " + std::to_string(made.now->revision));
              },
              [test](caf::error& e) {
                test->log.push_back("refused");
                test->errors.push_back(e);
              });
    };
    own(sys.spawn(body, this));
    run();
  }
};

} // namespace tributary::testing
