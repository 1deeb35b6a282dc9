// The event hub under virtual time, before a store that holds events only and answers when it is told to.
#pragma once

#include "actors/event_hub.hpp"
#include "tests/support/actor_fixture.hpp"

#include <deque>
#include <memory>

namespace tributary::testing {

/// A store that holds events only, and answers when it is told to.
struct scripted_store {
  std::vector<event_row> events;
  bool fail = false, hold = false;
  int reads = 0;
  std::uint64_t forgotten = 0; ///< Events up to here are gone.
  std::deque<std::function<void()>> held;

  std::vector<event_row> page(std::uint64_t after, std::uint32_t limit) const {
    std::vector<event_row> out;
    for (const auto& e : events)
      if (e.number > after && e.number > forgotten && out.size() < limit)
        out.push_back(e);
    return out;
  }
};

/// With one more message: answer what is held.
using store_handle = job_store_actor::extend<caf::reacts_to<release_atom>>;

inline store_handle::behavior_type
store_actor(store_handle::pointer self, const std::shared_ptr<scripted_store>& script) {
  const auto unused = caf::make_error(caf::sec::runtime_error);
  return {
      [=](write_atom, const store_batch&) -> caf::result<commit_result> { return unused; },
      [=](find_atom, job_id) -> caf::result<job_record> { return unused; },
      [=](trace_atom, job_id) -> caf::result<job_trace> { return unused; },
      [=](list_atom, const job_filter&) -> caf::result<stored_page> { return unused; },
      [=](events_atom, std::uint64_t after, std::uint32_t limit) -> caf::result<std::vector<event_row>> {
        ++script->reads;
        if (script->fail)
          return caf::make_error(errc::store_failed, std::string{"no"});
        if (!script->hold)
          return script->page(after, limit);
        auto promise = self->make_response_promise<std::vector<event_row>>();
        script->held.push_back(
            [promise, page = script->page(after, limit)]() mutable { promise.deliver(page); });
        return promise;
      },
      [=](recover_atom) -> caf::result<recovered_state> { return unused; },
      [=](history_atom, const std::string&, const history_query&) -> caf::result<std::vector<stored_rollup>> {
        return unused;
      },
      [=](revision_atom, std::uint64_t) -> caf::result<settings_revision> { return unused; },
      [=](revision_atom, std::uint64_t, std::uint32_t) -> caf::result<std::vector<settings_revision>> {
        return unused;
      },
      [=](release_atom) {
        for (auto held = std::exchange(script->held, {}); auto& each : held)
          each();
      }};
}

using numbers = std::vector<std::uint64_t>;

inline event_watcher_actor::behavior_type
watcher_actor(event_watcher_actor::pointer, const std::shared_ptr<numbers>& got) {
  return {[got](const std::vector<event_row>& events) {
    CHECK_FALSE(events.empty());
    for (const auto& e : events)
      got->push_back(e.number);
  }};
}

inline numbers from_to(std::uint64_t first, std::uint64_t last) {
  numbers out;
  for (auto n = first; n <= last; ++n)
    out.push_back(n);
  return out;
}

struct hub_fixture : actor_fixture {
  std::shared_ptr<scripted_store> script = std::make_shared<scripted_store>();
  store_handle store = own(sys.spawn(store_actor, script));
  event_hub_actor hub = own(spawn_event_hub(sys, store, 0));

  ~hub_fixture() { script->held.clear(); } // A held promise holds the store, which holds the script.

  /// Commits so many events; they are in the store before they are published.
  std::vector<event_row> commit(std::uint64_t count) {
    std::vector<event_row> out;
    for (std::uint64_t i = 0; i < count; ++i) {
      event_row e;
      e.number = script->events.size() + 1;
      e.kind = "job.queued";
      script->events.push_back(e);
      out.push_back(e);
    }
    return out;
  }
  void publish(std::vector<event_row> events) { tell(hub, publish_atom_v, std::move(events)); }

  struct watching {
    event_watcher_actor handle;
    std::shared_ptr<numbers> got = std::make_shared<numbers>();
  };
  watching watch(std::uint64_t after) {
    watching w;
    w.handle = own(sys.spawn(watcher_actor, w.got));
    tell(hub, watch_atom_v, w.handle, after);
    return w;
  }
  void answer_held() { tell(store, release_atom_v); }
};

} // namespace tributary::testing
