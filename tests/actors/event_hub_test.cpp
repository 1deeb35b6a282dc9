#include "tests/actors/hub_fixture.hpp"

#include <caf/stateful_actor.hpp>
#include <doctest/doctest.h>

#include <random>

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

TEST_CASE_FIXTURE(
    hub_fixture, "event_hub: a watcher gets the earlier events and then the new ones, each once") {
  publish(commit(3));
  const auto all = watch(0);
  const auto later = watch(2);
  const auto up_to_date = watch(3);
  CHECK(*all.got == from_to(1, 3));
  CHECK(*later.got == from_to(3, 3));
  CHECK(up_to_date.got->empty());
  publish(commit(2));
  CHECK(*all.got == from_to(1, 5));
  CHECK(*later.got == from_to(3, 5));
  CHECK(*up_to_date.got == from_to(4, 5));
}

TEST_CASE_FIXTURE(hub_fixture, "event_hub: what the hub never saw comes from the store, in pages of 500") {
  commit(1200); // Before this start of the engine.
  const auto w = watch(0);
  CHECK(*w.got == from_to(1, 1200));
  CHECK(script->reads == 3);
  publish(commit(1));
  CHECK(*w.got == from_to(1, 1201));
}

TEST_CASE_FIXTURE(hub_fixture, "event_hub: a full last page is followed by an empty one") {
  commit(500);
  const auto w = watch(0);
  CHECK(*w.got == from_to(1, 500));
  CHECK(script->reads == 2);
}

TEST_CASE_FIXTURE(hub_fixture, "event_hub: the 1024 newest events need no store, one more does") {
  publish(commit(1100));
  const auto near = watch(1100 - 1024);
  CHECK(script->reads == 0);
  CHECK(*near.got == from_to(77, 1100));
  const auto far = watch(1100 - 1025);
  CHECK(script->reads > 0);
  CHECK(*far.got == from_to(76, 1100));
}

TEST_CASE_FIXTURE(hub_fixture, "event_hub: events that come during a replay are neither lost nor repeated") {
  commit(600);
  script->hold = true;
  const auto w = watch(0);
  publish(commit(3));
  CHECK(w.got->empty()); // The order is kept: nothing overtakes the replay.
  answer_held();
  CHECK(*w.got == from_to(1, 500));
  publish(commit(3));
  answer_held();
  answer_held();
  CHECK(*w.got == from_to(1, 606));
  publish(commit(1));
  CHECK(*w.got == from_to(1, 607));
}

TEST_CASE_FIXTURE(
    hub_fixture, "event_hub: a replay that is overtaken by more than the hub holds goes on in the store") {
  publish(commit(1100));
  script->hold = true;
  const auto w = watch(0);
  publish(commit(3000)); // What the page was to lead up to has left the hub.
  script->hold = false;
  answer_held();
  CHECK(*w.got == from_to(1, 4100));
}

TEST_CASE_FIXTURE(hub_fixture, "event_hub: events that did not come its way are taken from the store") {
  publish(commit(2));
  const auto w = watch(0);
  commit(3); // Committed, and their publication was lost.
  publish(commit(2));
  CHECK(*w.got == from_to(1, 7));
}

TEST_CASE_FIXTURE(hub_fixture, "event_hub: a repeated publication is sent once") {
  const auto events = commit(3);
  publish(events);
  const auto w = watch(0);
  publish(events);
  publish(commit(1));
  CHECK(*w.got == from_to(1, 4));
}

TEST_CASE_FIXTURE(hub_fixture, "event_hub: what the store has forgotten is passed over") {
  commit(5000);
  script->forgotten = 4200;
  const auto some = watch(0);
  CHECK(*some.got == from_to(4201, 5000));
  script->forgotten = 5000;
  publish(commit(2));
  const auto none = watch(0);
  CHECK(*none.got == from_to(5001, 5002));
}

TEST_CASE_FIXTURE(hub_fixture, "event_hub: a number that is yet to come waits for its turn") {
  publish(commit(2));
  const auto w = watch(4);
  publish(commit(2));
  CHECK(w.got->empty());
  publish(commit(2));
  CHECK(*w.got == from_to(5, 6));
  const auto never = watch(~0ull);
  publish(commit(1));
  CHECK(never.got->empty());
}

TEST_CASE_FIXTURE(hub_fixture, "event_hub: a store that fails is asked again after a second") {
  commit(2);
  script->fail = true;
  const auto w = watch(0);
  CHECK(script->reads == 1);
  publish(commit(1));
  advance(999ms);
  CHECK(script->reads == 1);
  CHECK(w.got->empty());
  script->fail = false;
  advance(1ms);
  CHECK(*w.got == from_to(1, 3));
}

TEST_CASE_FIXTURE(hub_fixture, "event_hub: a store that does not answer within 30 s is asked again") {
  commit(2);
  script->hold = true;
  const auto w = watch(0);
  script->hold = false;
  advance(31s);
  CHECK(*w.got == from_to(1, 2));
  answer_held(); // Too late: dropped.
  CHECK(*w.got == from_to(1, 2));
}

TEST_CASE_FIXTURE(hub_fixture, "event_hub: a second watch begins anew from its own number") {
  commit(4);
  script->hold = true;
  const auto w = watch(0);
  script->hold = false;
  tell(hub, watch_atom_v, w.handle, std::uint64_t{2});
  answer_held(); // For the first watch: dropped.
  CHECK(*w.got == from_to(3, 4));
  publish(commit(1));
  CHECK(*w.got == from_to(3, 5));
}

TEST_CASE_FIXTURE(hub_fixture, "event_hub: a watcher that has ended is forgotten") {
  publish(commit(1));
  auto w = watch(0);
  const std::weak_ptr<numbers> held = w.got;
  caf::anon_send_exit(w.handle, caf::exit_reason::user_shutdown);
  run();
  publish(commit(1));
  CHECK(*w.got == from_to(1, 1));
}

// Goal: whatever the order of commits, publications, watches and slow pages, each watcher gets an unbroken
// run. Method: seeded steps; at the end all pages are answered and everybody must stand at the last number.
TEST_CASE("event_hub: no interleaving loses or repeats an event") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    hub_fixture f;
    std::mt19937 random{seed};
    std::vector<event_row> unpublished;
    std::vector<std::pair<std::uint64_t, hub_fixture::watching>> watchers;
    f.commit(random() % 1500);
    for (int step = 0; step < 60; ++step) {
      f.script->hold = random() % 2 == 0;
      switch (random() % 5) {
      case 0:
      case 1:
        for (auto& e : f.commit(random() % (random() % 8 == 0 ? 1200 : 10)))
          unpublished.push_back(std::move(e));
        break;
      case 2:
        if (random() % 10 != 0) // Else this publication is lost.
          f.publish(unpublished);
        unpublished.clear();
        break;
      case 3: {
        const auto after = random() % (f.script->events.size() + 1);
        watchers.emplace_back(after, f.watch(after));
        break;
      }
      default:
        f.answer_held();
      }
    }
    f.script->hold = false;
    f.publish(f.commit(1));
    for (int i = 0; i < 20; ++i)
      f.answer_held();
    for (const auto& [after, w] : watchers)
      REQUIRE(*w.got == from_to(after + 1, f.script->events.size()));
  }
}
