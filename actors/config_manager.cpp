// The shell around config/: one change after the other is taken from the queue, checked here (pure), saved on
// a file thread, and adopted when the answer comes back as a message. Between two changes the document never
// moves.
#include "actors/config_manager.hpp"

#include "actors/crash.hpp"
#include "config/settings_file.hpp"

#include <caf/all.hpp>

#include <deque>
#include <set>
#include <utility>

namespace tributary {

namespace {

TRIBUTARY_ATOM(saved);

constexpr std::size_t waiting_max = 256;

/// What the file thread sends: the version that it was given and "", or why it could not be saved.
using config_shell_api = config_manager_actor::extend<caf::reacts_to<saved_atom, settings_ptr, std::string>>;
using config_shell_actor = caf::typed_actor<caf::reacts_to<saved_atom, settings_ptr, std::string>>;

class config_shell final : public config_shell_api::base {
public:
  config_shell(caf::actor_config& cfg, config_manager_options options)
      : config_shell_api::base(cfg),
        current_(std::move(options.initial)),
        file_(std::move(options.file)),
        files_(std::move(options.files)) {
    set_exception_handler(crashed);
    set_down_handler([this](caf::down_msg& down) { watchers_.erase(down.source); });
  }

  const char* name() const override { return "config_manager"; }

  behavior_type make_behavior() override {
    return {
        [this](get_atom) { return current_; },
        [this](change_atom, const std::string& /*author*/, settings_change& what) {
          return change(std::move(what));
        },
        [this](watch_atom, const settings_watcher_actor& watcher) { watch(watcher); },
        [this](saved_atom, const settings_ptr& next, const std::string& why) { saved(next, why); },
    };
  }

  void on_exit() override {
    for (auto& asked : waiting_)
      asked.answer.deliver(caf::make_error(errc::shutting_down));
    waiting_.clear();
    if (saving_.pending())
      saving_.deliver(caf::make_error(errc::shutting_down));
    saving_ = {};
    watchers_.clear();
  }

private:
  using promise = caf::typed_response_promise<settings_ptr>;
  struct request_for_change {
    settings_change what;
    promise answer;
  };

  caf::result<settings_ptr> change(settings_change what) {
    if (waiting_.size() >= waiting_max)
      return caf::make_error(errc::overloaded);
    auto answer = make_response_promise<settings_ptr>();
    waiting_.push_back({std::move(what), answer});
    take_next();
    return answer;
  }

  /// Takes changes until one is being saved or none is left.
  void take_next() {
    while (!saving_.pending() && !waiting_.empty()) {
      auto asked = std::move(waiting_.front());
      waiting_.pop_front();
      take(asked);
    }
  }

  void take(request_for_change& asked) {
    if (asked.what.if_revision && *asked.what.if_revision != current_->revision)
      return refuse(asked.answer, caf::make_error(errc::stale));
    if (asked.what.section == settings_section::provider &&
        !current_->document.providers.contains(asked.what.provider))
      return refuse(asked.answer, caf::make_error(errc::unknown_provider));
    auto patched = apply(asked.what);
    if (auto* wrong = std::get_if<complaints>(&patched))
      return refuse(asked.answer, caf::make_error(errc::invalid_settings, std::move(*wrong)));
    auto& document = std::get<settings>(patched);
    if (document == current_->document) { // Nothing to save and nobody to tell.
      asked.answer.deliver(current_);
      return;
    }
    const settings_ptr next =
        std::make_shared<settings_snapshot>(settings_snapshot{current_->revision + 1, std::move(document)});
    if (file_.empty())
      return adopt(next, asked.answer);
    saving_ = asked.answer;
    if (!post_save(next))
      refuse(saving_, caf::make_error(errc::shutting_down));
  }

  [[nodiscard]] settings_or_complaints apply(const settings_change& what) const {
    return what.section == settings_section::provider
               ? patch_provider_text(current_->document, what.provider, what.patch)
               : patch_global_text(current_->document, what.patch);
  }

  /// The file thread holds no strong reference: a save that is under way keeps nobody alive.
  [[nodiscard]] bool post_save(const settings_ptr& next) {
    return files_->post([file = file_, next, me = address()] {
      auto why = save_settings(file, next->document);
      if (auto manager = caf::actor_cast<config_shell_actor>(me))
        caf::anon_send(manager, saved_atom_v, next, std::move(why));
    });
  }

  void saved(const settings_ptr& next, const std::string& why) {
    auto answer = std::exchange(saving_, {});
    if (why.empty())
      adopt(next, answer);
    else
      refuse(answer, caf::make_error(errc::io_failed, why));
    take_next();
  }

  void adopt(const settings_ptr& next, promise& answer) {
    current_ = next;
    for (const auto& address : watchers_)
      if (auto watcher = caf::actor_cast<settings_watcher_actor>(address))
        send(watcher, current_);
    answer.deliver(current_);
  }

  static void refuse(promise& answer, caf::error why) { answer.deliver(std::move(why)); }

  void watch(const settings_watcher_actor& watcher) {
    send(watcher, current_);
    if (watchers_.insert(watcher.address()).second)
      monitor(watcher);
  }

  settings_ptr current_;
  std::filesystem::path file_;
  std::shared_ptr<file_worker> files_;
  std::deque<request_for_change> waiting_;
  promise saving_;                     ///< Pending while a file thread works for it.
  std::set<caf::actor_addr> watchers_; ///< Monitored; held weakly.
};

} // namespace

config_manager_actor spawn_config_manager(caf::actor_system& system, config_manager_options options) {
  return system.spawn<config_shell>(std::move(options));
}

} // namespace tributary
