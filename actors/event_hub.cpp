// Each watcher has a place: the number that it gets next. What the hub still holds is sent at once, what is
// older is read from the store page by page; so nothing is kept per watcher, however far behind it is. A poll
// is the same for those who take events at their own pace: one page, once there is one.
#include "actors/event_hub.hpp"

#include "actors/crash.hpp"
#include "actors/promise_book.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>

namespace tributary {

namespace {

constexpr std::size_t recent_events_max = 1024; ///< Held for those who are not far behind.
constexpr std::uint32_t page_events_max = 500;  ///< Read from the store at a time.
constexpr auto read_timeout = seconds{30};
constexpr auto read_again_after = seconds{1}; ///< When the store could not be read.

/// What the actor tells itself: try again to serve this watcher; look for polls whose time is up.
TRIBUTARY_ATOM(again);
TRIBUTARY_ATOM(sweep);

using own_actor = event_hub_actor::extend<
    caf::reacts_to<again_atom, caf::actor_addr, std::uint64_t>, caf::reacts_to<sweep_atom, std::uint64_t>>;

struct watcher {
  watcher() = default;
  event_watcher_actor handle;
  std::uint64_t next = 1;   ///< The number that it gets next.
  std::uint64_t stored = 0; ///< Known to be in the store when the present page was asked for.
  std::uint64_t ticket = 0; ///< Of its present watch: what was begun for an earlier one is dropped.
  bool reading = false;     ///< A page is on its way, or waits to be tried again.
};

/// Who asked for the events after a number, at most so many, and has no answer yet.
struct poller {
  promise_book::ticket ticket = 0;
  std::uint64_t after = 0;
  std::uint32_t limit = 1;
  steady_time until{};
};

struct event_hub_state {
  explicit event_hub_state(own_actor::pointer hub) : self(hub) {}
  event_hub_state(const event_hub_state&) = delete;
  ~event_hub_state() { promises.refuse_all(); }

  static inline const char* name = "event_hub";

  own_actor::pointer self;
  job_store_actor store;
  std::deque<event_row> recent; ///< The newest, without gaps.
  std::uint64_t newest = 0;     ///< Number of the newest event that was published; 0: none ever.
  std::map<caf::actor_addr, watcher> watchers;
  std::uint64_t tickets = 0;
  promise_book promises;
  std::multimap<steady_time, poller> waiting; ///< Polls that wait for an event, by when they end.
  std::optional<steady_time> sweep_due;       ///< When the newest sweep comes; older ones are ignored.
  std::uint64_t sweeps = 0;

  void publish(std::vector<event_row>& events);
  void watch(const event_watcher_actor& handle, std::uint64_t after);
  void serve(watcher& w);
  void read_page(watcher& w);
  void take_page(const caf::actor_addr& who, std::uint64_t ticket, std::vector<event_row>& page);
  void try_again(const caf::actor_addr& who, std::uint64_t ticket);
  /// Nothing when it has ended, or watches anew since.
  watcher* find(const caf::actor_addr& who, std::uint64_t ticket);

  void serve(const poller& p);
  void read_page(poller p);
  void wait(const poller& p);
  void arm_expiry();
  void expire(std::uint64_t sweep);
};

void event_hub_state::publish(std::vector<event_row>& events) {
  for (auto& event : events) {
    if (!recent.empty() && event.number <= recent.back().number)
      continue; // It was here before.
    if (!recent.empty() && event.number != recent.back().number + 1)
      recent.clear(); // Some did not come this way: the store has them.
    newest = std::max(newest, event.number);
    recent.push_back(std::move(event));
  }
  for (auto& [who, w] : watchers)
    serve(w);
  for (const auto& [until, p] : std::exchange(waiting, {}))
    serve(p);
  while (recent.size() > recent_events_max)
    recent.pop_front();
}

void event_hub_state::watch(const event_watcher_actor& handle, std::uint64_t after) {
  const auto who = handle.address();
  if (!watchers.contains(who))
    self->monitor(handle);
  auto& w = watchers[who];
  w.handle = handle;
  w.next = std::max(after, after + 1); // The greatest number has no successor.
  w.ticket = ++tickets;
  w.reading = false;
  serve(w);
}

/// Sends what is at hand from the watcher's place on; where the hub does not go back that far, the store is
/// asked.
void event_hub_state::serve(watcher& w) {
  if (w.reading)
    return;
  if (recent.empty() || w.next < recent.front().number)
    return read_page(w);
  if (w.next > recent.back().number)
    return;
  const auto begin = recent.begin() + static_cast<std::ptrdiff_t>(w.next - recent.front().number);
  w.next = recent.back().number + 1;
  self->send(w.handle, std::vector<event_row>(begin, recent.end()));
}

void event_hub_state::read_page(watcher& w) {
  w.reading = true;
  w.stored = recent.empty() ? 0 : recent.front().number; // Published, so committed before.
  const auto who = w.handle.address();
  self->request(store, read_timeout, events_atom_v, w.next - 1, page_events_max)
      .then(
          [this, who, ticket = w.ticket](std::vector<event_row>& page) { take_page(who, ticket, page); },
          [this, who, ticket = w.ticket](const caf::error&) {
            self->delayed_send(self, read_again_after, again_atom_v, who, ticket);
          });
}

void event_hub_state::take_page(
    const caf::actor_addr& who, std::uint64_t ticket, std::vector<event_row>& page) {
  auto* w = find(who, ticket);
  if (!w)
    return;
  w->reading = false;
  const bool full = page.size() == page_events_max;
  if (!page.empty()) {
    w->next = page.back().number + 1;
    self->send(w->handle, std::move(page));
  } else if (w->next < w->stored) {
    w->next = w->stored; // The store has forgotten what lies between.
  }
  if (full || !recent.empty())
    serve(*w); // Else it is up to date: what comes next is published.
}

void event_hub_state::try_again(const caf::actor_addr& who, std::uint64_t ticket) {
  if (auto* w = find(who, ticket)) {
    w->reading = false;
    serve(*w);
  }
}

watcher* event_hub_state::find(const caf::actor_addr& who, std::uint64_t ticket) {
  const auto found = watchers.find(who);
  return found != watchers.end() && found->second.ticket == ticket ? &found->second : nullptr;
}

// -- polls -------------------------------------------------------------------------

void event_hub_state::serve(const poller& p) {
  if (p.after >= newest)
    return wait(p);
  if (recent.empty() || p.after + 1 < recent.front().number)
    return read_page(p);
  const auto begin = recent.begin() + static_cast<std::ptrdiff_t>(p.after + 1 - recent.front().number);
  const auto count = std::min<std::ptrdiff_t>(recent.end() - begin, p.limit);
  promises.answer(p.ticket, std::vector<event_row>(begin, begin + count));
}

void event_hub_state::read_page(poller p) {
  self->request(store, read_timeout, events_atom_v, p.after, p.limit)
      .then(
          [this, p](std::vector<event_row>& page) mutable {
            // What is committed but not yet published is left for its turn: nobody may know a number above
            // `newest`, or coming back with it would look like coming from another journal.
            std::erase_if(page, [this](const event_row& e) { return e.number > newest; });
            if (!page.empty())
              return promises.answer(p.ticket, std::move(page));
            p.after = newest; // The store has forgotten what lies between.
            wait(p);
          },
          [this, ticket = p.ticket](caf::error& why) { promises.answer(ticket, std::move(why)); });
}

void event_hub_state::wait(const poller& p) {
  waiting.emplace(p.until, p);
  arm_expiry();
}

void event_hub_state::arm_expiry() {
  if (waiting.empty() || (sweep_due && *sweep_due <= waiting.begin()->first))
    return;
  sweep_due = waiting.begin()->first;
  const auto left = std::max(*sweep_due - self->clock().now(), nanoseconds{0});
  self->delayed_send(self, std::chrono::ceil<milliseconds>(left), sweep_atom_v, ++sweeps);
}

void event_hub_state::expire(std::uint64_t sweep) {
  if (sweep != sweeps)
    return;
  sweep_due.reset();
  const auto now = self->clock().now();
  while (!waiting.empty() && waiting.begin()->first <= now) {
    promises.answer(waiting.begin()->second.ticket, std::vector<event_row>{});
    waiting.erase(waiting.begin());
  }
  arm_expiry();
}

own_actor::behavior_type event_hub(
    own_actor::stateful_pointer<event_hub_state> self, const job_store_actor& store,
    std::uint64_t last_event) {
  self->state.store = store;
  self->state.newest = last_event;
  self->set_exception_handler(crashed);
  self->set_down_handler([self](const caf::down_msg& down) { self->state.watchers.erase(down.source); });
  return {
      [self](publish_atom, std::vector<event_row>& events) { self->state.publish(events); },
      [self](watch_atom, const event_watcher_actor& handle, std::uint64_t after) {
        self->state.watch(handle, after);
      },
      [self](get_atom) { return self->state.newest; },
      [self](poll_atom, std::uint64_t after, std::uint32_t limit, milliseconds wait) {
        auto& st = self->state;
        auto promise = self->make_response_promise<std::vector<event_row>>();
        st.serve(poller{
            st.promises.keep(promise), after, std::clamp(limit, 1u, page_events_max),
            self->clock().now() + wait});
        return promise;
      },
      [self](again_atom, const caf::actor_addr& who, std::uint64_t ticket) {
        self->state.try_again(who, ticket);
      },
      [self](sweep_atom, std::uint64_t number) { self->state.expire(number); },
  };
}

} // namespace

event_hub_actor spawn_event_hub(caf::actor_system& system, job_store_actor store, std::uint64_t last_event) {
  return system.spawn(event_hub, std::move(store), last_event);
}

} // namespace tributary
