// Polls: events at the reader's own pace.
#include "tests/actors/hub_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

namespace {

/// What a poll was answered with, once it is.
struct poll_answer {
  bool came = false, failed = false;
  numbers got;
};

caf::behavior poller_actor(
    caf::event_based_actor* self, const event_hub_actor& hub, std::uint64_t after, std::uint32_t limit,
    milliseconds wait, const std::shared_ptr<poll_answer>& to) {
  self->request(hub, 60s, poll_atom_v, after, limit, wait)
      .then(
          [to](const std::vector<event_row>& page) {
            to->came = true;
            for (const auto& e : page)
              to->got.push_back(e.number);
          },
          [to](const caf::error&) { to->failed = true; });
  return {[](int) {}}; // Stays for the answer.
}

struct poll_fixture : hub_fixture {
  std::shared_ptr<poll_answer>
  poll(std::uint64_t after, std::uint32_t limit = 500, milliseconds wait = 15'000ms) {
    auto answer = std::make_shared<poll_answer>();
    own(sys.spawn(poller_actor, hub, after, limit, wait, answer));
    run();
    return answer;
  }
};

} // namespace

TEST_CASE_FIXTURE(
    poll_fixture, "event_hub: a poll gets what is there, at most so many, or waits for the first") {
  publish(commit(3));
  CHECK(poll(0)->got == from_to(1, 3));
  CHECK(poll(1, 1)->got == from_to(2, 2));
  CHECK(poll(0, 0)->got == from_to(1, 1)); // The limit is 1-500.
  const auto next = poll(3);
  const auto later = poll(4);
  CHECK_FALSE(next->came);
  publish(commit(1));
  CHECK(next->got == from_to(4, 4));
  CHECK_FALSE(later->came);
  publish(commit(2));
  CHECK(later->got == from_to(5, 6));
  CHECK(script->reads == 0);
}

TEST_CASE_FIXTURE(
    poll_fixture, "event_hub: a poll ends after its wait with nothing, not a millisecond before") {
  const auto first = poll(0);
  advance(14'999ms);
  CHECK_FALSE(first->came);
  const auto second = poll(0);
  advance(1ms);
  CHECK(first->came);
  CHECK(first->got.empty());
  CHECK_FALSE(second->came);
  advance(14'999ms);
  CHECK(second->came);
}

TEST_CASE_FIXTURE(
    poll_fixture, "event_hub: a poll with a shorter wait than those before it ends in its own time") {
  const auto slow = poll(0);
  const auto quick = poll(0, 500, 1000ms);
  advance(999ms);
  CHECK_FALSE(quick->came);
  advance(1ms);
  CHECK(quick->came);
  const auto later = poll(0, 500, 14'500ms); // Waits longer than the first now does.
  advance(13'999ms);
  CHECK_FALSE(slow->came);
  advance(1ms);
  CHECK(slow->came);
  CHECK_FALSE(later->came);
  advance(500ms);
  CHECK(later->came);
}

TEST_CASE_FIXTURE(poll_fixture, "event_hub: a poll for what is older is read from the store, one page") {
  publish(commit(1100));
  CHECK(poll(10)->got == from_to(11, 510));
  CHECK(script->reads == 1);
  CHECK(poll(10, 3)->got == from_to(11, 13));
  script->forgotten = 40;
  CHECK(poll(10, 3)->got == from_to(41, 43));
}

TEST_CASE_FIXTURE(poll_fixture, "event_hub: a poll never tells of events before they were published") {
  publish(commit(1100));
  commit(2); // In the store, and on their way here.
  CHECK(poll(0)->got.size() == 500);
  CHECK(poll(900, 500)->got == from_to(901, 1100));
  const auto newest = ask<std::uint64_t>(hub, get_atom_v);
  REQUIRE(newest);
  CHECK(*newest == 1100);
  script->forgotten = 1100;
  const auto all_forgotten = poll(0); // Waits for what is new, rather than read again and again.
  CHECK_FALSE(all_forgotten->came);
  publish(commit(1));
  CHECK(all_forgotten->got == from_to(1101, 1103));
}

TEST_CASE_FIXTURE(poll_fixture, "event_hub: a poll hears that the store failed, and that the hub ends") {
  publish(commit(1100));
  script->fail = true;
  CHECK(poll(0)->failed);
  const auto waiting = poll(1100);
  CHECK_FALSE(waiting->failed);
  caf::anon_send_exit(hub, caf::exit_reason::user_shutdown);
  run();
  CHECK(waiting->failed);
}
