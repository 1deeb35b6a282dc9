// The shell around settings_batch: one batch at a time goes through
//
//   fetch (only for a roll-back or a reload) -> check (pure) -> save -> journal -> adopt, broadcast, answer
//
// where fetching and saving are done on a file thread and journaling by the store. Between two batches the
// document never moves. The file may be edited at any time by its owner: what was not read yet is never
// overwritten.
#include "actors/config_manager.hpp"

#include "actors/crash.hpp"
#include "actors/file_errand.hpp"
#include "config/settings_json.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <caf/all.hpp>

#include <deque>
#include <set>
#include <utility>

namespace tributary {

namespace {

constexpr std::size_t waiting_max = 256;
/// Changes that are saved together.
constexpr std::size_t batch_max = 64;
/// How long the store may take to find a revision. A write is waited for however long it takes: the store
/// answers each, if only as it ends, and giving up earlier would mean not to know whether it holds.
constexpr auto fetch_timeout = seconds{30};

using config_shell_api = config_manager_actor::extend<caf::reacts_to<errand_done>>;

struct loaded_file {
  std::optional<file_stamp> stamp;
  settings_or_complaints content;
};

event_row event_of(const settings_revision& r) {
  event_row e;
  e.at = r.at;
  e.kind = "settings.changed";
  e.data = boost::json::serialize(
      boost::json::object{{"revision", r.revision}, {"author", r.author}, {"change", r.change}});
  return e;
}

class config_shell final : public config_shell_api::base {
public:
  config_shell(caf::actor_config& cfg, config_manager_options options)
      : config_shell_api::base(cfg),
        options_(std::move(options)),
        current_(options_.first.now),
        stamp_(options_.stamp),
        batch_(current_) {
    set_exception_handler(crashed);
    set_down_handler([this](caf::down_msg& down) { watchers_.erase(down.source); });
  }

  const char* name() const override { return "config_manager"; }

  behavior_type make_behavior() override {
    if (options_.first.fresh)
      journal_first(*std::exchange(options_.first.fresh, {}));
    return {
        [this](get_atom) { return current_; },
        [this](change_atom, std::string& author, settings_change& what) {
          return enqueue({std::move(author), std::move(what), false, {}});
        },
        [this](preview_atom, settings_change& what) {
          return enqueue({{}, std::move(what), true, {}});
        },
        [this](revision_atom what, std::uint64_t before, std::uint32_t limit) {
          return delegate(options_.store, what, before, limit);
        },
        [this](watch_atom, const settings_watcher_actor& watcher) { watch(watcher); },
        [this](errand_done& errand) { errand.finish(); },
    };
  }

  void on_exit() override {
    for (auto& asked : waiting_)
      answer(asked.promise, caf::make_error(errc::shutting_down));
    for (auto& t : taken_)
      answer(t.asked.promise, caf::make_error(errc::shutting_down));
    waiting_.clear();
    taken_.clear();
    watchers_.clear();
    options_ = {};
  }

private:
  using promise_type = caf::typed_response_promise<settings_outcome>;
  struct request_for_change {
    taken_change change;
    promise_type promise; ///< Not pending where nobody asked: the manager's own.
  };
  struct taken {
    request_for_change asked; ///< Kept whole: it is taken again when the file has moved.
    settings_answer answer;
  };

  // -- the queue --------------------------------------------------------------

  caf::result<settings_outcome> enqueue(taken_change change) {
    if (waiting_.size() >= waiting_max)
      return caf::make_error(errc::overloaded);
    auto promise = make_response_promise<settings_outcome>();
    waiting_.push_back({std::move(change), promise});
    go_on();
    return promise;
  }

  /// Takes the next batch, until something is under way or nothing waits.
  void go_on() {
    while (!busy_ && !waiting_.empty()) {
      auto& next = waiting_.front();
      if (needs_fetching(next))
        fetch(next.change);
      else
        take_batch();
    }
  }

  static bool needs_fetching(const request_for_change& r) {
    const auto& edit = r.change.what.edit;
    return !r.change.fetched &&
           (std::holds_alternative<roll_back>(edit) || std::holds_alternative<reload_file>(edit));
  }

  void take_batch() {
    batch_ = settings_batch{current_};
    fresh_stamp_ = stamp_;
    while (!waiting_.empty() && taken_.size() < batch_max && !needs_fetching(waiting_.front())) {
      auto asked = std::move(waiting_.front());
      waiting_.pop_front();
      if (std::holds_alternative<reload_file>(asked.change.what.edit))
        fresh_stamp_ = loaded_stamp_;
      auto result = batch_.take(asked.change, options_.wall(), broken_file_);
      taken_.push_back({std::move(asked), std::move(result)});
    }
    if (batch_.tip() == current_) {
      stamp_ = fresh_stamp_;
      settle();
    } else if (batch_.must_save() && !options_.file.empty()) {
      save_batch();
    } else {
      journal_batch();
    }
  }

  // -- fetching ---------------------------------------------------------------

  void fetch(const taken_change& change) {
    busy_ = true;
    if (const auto* back = std::get_if<roll_back>(&change.what.edit))
      fetch_revision(back->revision);
    else
      fetch_file();
  }

  void fetch_revision(std::uint64_t number) {
    this->request(options_.store, fetch_timeout, revision_atom_v, number)
        .then(
            [this](const settings_revision& r) {
              fetched(apply(current_->document, replace_document{r.document}));
            },
            [this](caf::error& why) { drop_front(std::move(why)); });
  }

  void fetch_file() {
    if (options_.file.empty())
      return drop_front(caf::make_error(errc::io_failed, std::string{"there is no settings file"}));
    auto load = [file = options_.file] {
      auto stamp = stamp_of(file); // Before it is read: a later edit shows.
      return loaded_file{std::move(stamp), load_settings(file)};
    };
    if (!run_errand(this, *options_.files, std::move(load), [this](loaded_file got) { loaded(got); }))
      drop_front(caf::make_error(errc::shutting_down));
  }

  void loaded(loaded_file& got) {
    loaded_stamp_ = stamp_;
    if (auto* wrong = std::get_if<complaints>(&got.content)) {
      const auto text = format_complaints(*wrong, options_.file.string());
      if (got.stamp) { // Else there is nothing that could be overwritten.
        broken_file_ = text;
        stamp_ = loaded_stamp_ = got.stamp;
      }
      options_.log("the settings file was not taken over, the running settings stay: " + text);
      fetched(std::move(*wrong));
      return;
    }
    broken_file_.clear();
    loaded_stamp_ = got.stamp;
    fetched(std::get<settings>(std::move(got.content)));
  }

  void fetched(edited what) {
    busy_ = false;
    waiting_.front().change.fetched = std::move(what);
    go_on();
  }

  void drop_front(caf::error why) {
    busy_ = false;
    answer(waiting_.front().promise, std::move(why));
    waiting_.pop_front();
    go_on();
  }

  // -- saving and journaling --------------------------------------------------

  void save_batch() {
    busy_ = true;
    const bool must_match = broken_file_.empty(); // Else the whole document was given, knowingly.
    auto work = [file = options_.file, next = batch_.tip(),
                 expected = must_match ? fresh_stamp_ : std::nullopt] {
      return save_settings(file, next->document, expected);
    };
    if (!run_errand(this, *options_.files, std::move(work), [this](saved_file s) { saved(std::move(s)); }))
      refuse_batch(caf::make_error(errc::shutting_down));
  }

  void saved(saved_file s) {
    if (s.moved)
      return take_again();
    if (!s.why.empty())
      return refuse_batch(caf::make_error(errc::io_failed, std::move(s.why)));
    fresh_stamp_ = s.stamp;
    saved_ = true;
    journal_batch();
  }

  /// The file was edited since it was read: that edit is taken first, then the batch, anew.
  void take_again() {
    busy_ = false;
    for (auto t = taken_.rbegin(); t != taken_.rend(); ++t) {
      if (std::holds_alternative<reload_file>(t->asked.change.what.edit))
        t->asked.change.fetched.reset();
      waiting_.push_front(std::move(t->asked));
    }
    taken_.clear();
    waiting_.push_front({{file_author, {reload_file{}, {}}, false, {}}, {}});
    go_on();
  }

  /// The revision that the start made; no event, since nothing changed under anybody's eyes. Should the
  /// journal not take it, the next start makes it again.
  void journal_first(const settings_revision& fresh) {
    busy_ = true;
    const auto ready = [this] {
      busy_ = false;
      go_on();
    };
    this->request(options_.store, caf::infinite, write_atom_v, store_batch{add_revision{fresh}})
        .then(
            [ready](const commit_result&) { ready(); },
            [this, ready](const caf::error& why) {
              options_.log("the journal did not take the settings' revision: " + describe(why));
              ready();
            });
  }

  void journal_batch() {
    busy_ = true;
    store_batch ops;
    std::vector<event_row> events;
    for (const auto& r : batch_.revisions()) {
      ops.emplace_back(add_revision{r});
      events.push_back(event_of(r));
      ops.emplace_back(add_event{events.back()});
    }
    this->request(options_.store, caf::infinite, write_atom_v, std::move(ops))
        .then(
            [this, events = std::move(events)](const commit_result& r) mutable {
              for (std::size_t i = 0; i < events.size(); ++i)
                events[i].number = r.first_event + i;
              send(options_.events, publish_atom_v, std::move(events));
              adopt();
            },
            [this](const caf::error& why) { undo(caf::make_error(errc::store_failed, describe(why))); });
  }

  /// The journal did not take it, so the file must not say it either.
  void undo(caf::error why) {
    if (!std::exchange(saved_, false))
      return refuse_batch(std::move(why));
    auto work = [file = options_.file, before = current_, expected = fresh_stamp_] {
      return save_settings(file, before->document, expected);
    };
    auto then = [this, why](const saved_file& s) {
      if (s.moved || !s.why.empty())
        options_.log("the settings file could not be put back: " + (s.moved ? "it was edited" : s.why));
      stamp_ = s.moved ? fresh_stamp_ : s.stamp; // Of an edit it is not known what it says.
      refuse_batch(why);
    };
    if (!run_errand(this, *options_.files, std::move(work), std::move(then)))
      refuse_batch(std::move(why));
  }

  // -- the end of a batch -----------------------------------------------------

  void adopt() {
    stamp_ = fresh_stamp_;
    broken_file_.clear();
    saved_ = false;
    current_ = batch_.tip();
    for (const auto& address : watchers_)
      if (auto watcher = caf::actor_cast<settings_watcher_actor>(address))
        send(watcher, current_);
    settle();
  }

  /// Everybody hears why; also those who were refused, since that may have been on grounds of a change that
  /// is not.
  void refuse_batch(const caf::error& why) {
    for (auto& t : taken_)
      t.answer = why;
    settle();
  }

  void settle() {
    busy_ = false;
    for (auto& t : std::exchange(taken_, {}))
      std::visit([&](auto& what) { answer(t.asked.promise, std::move(what)); }, t.answer);
    batch_ = settings_batch{current_};
    go_on();
  }

  template <class What>
  static void answer(promise_type& promise, What what) {
    if (promise.pending())
      promise.deliver(std::move(what));
  }

  void watch(const settings_watcher_actor& watcher) {
    send(watcher, current_);
    if (watchers_.insert(watcher.address()).second)
      monitor(watcher);
  }

  config_manager_options options_;
  settings_ptr current_;
  std::optional<file_stamp> stamp_; ///< Of the file whose content is known; none: nobody looked.
  std::optional<file_stamp> loaded_stamp_, fresh_stamp_; ///< Of the last load; of the batch under way.
  std::string broken_file_; ///< Why the file as it is now cannot be taken over; "": it can.
  std::deque<request_for_change> waiting_;
  settings_batch batch_;
  std::vector<taken> taken_;           ///< The batch under way.
  bool busy_ = false;                  ///< A file thread or the store works for us.
  bool saved_ = false;                 ///< The file has the batch already.
  std::set<caf::actor_addr> watchers_; ///< Monitored; held weakly.
};

} // namespace

config_manager_actor spawn_config_manager(caf::actor_system& system, config_manager_options options) {
  return system.spawn<config_shell>(std::move(options));
}

} // namespace tributary
