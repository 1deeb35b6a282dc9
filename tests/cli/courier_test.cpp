// The courier with a queue and an event hub that do as the test says, in virtual time.
#include "app/cli/courier.hpp"

#include "tests/support/actor_fixture.hpp"

#include <deque>

namespace {

using namespace tributary;
using namespace tributary::cli;
using namespace tributary::testing;
using namespace std::chrono_literals;

struct fixture : actor_fixture {
  std::deque<std::pair<job_spec, caf::typed_response_promise<submit_result>>>
      open; ///< Unanswered submissions.
  std::size_t submissions = 0;
  bool answers_at_once = false;
  job_id last = 0;
  std::vector<job_status> told;
  event_watcher_actor watcher;
  std::uint64_t watched_after = 0;
  courier_actor courier;
  caf::actor queue; ///< Answers an open submission when it is told so: promises belong to their actor.

  /// Handles of the real interfaces, behind which only what the courier uses is answered.
  void start(std::vector<job_id> known = {}, std::uint64_t events_after = 0) {
    queue = own(sys.spawn([this](caf::event_based_actor* me) -> caf::behavior {
      return {
          [this, me](submit_atom, const job_spec& spec) {
            ++submissions;
            auto promise = me->make_response_promise<submit_result>();
            if (answers_at_once)
              promise.deliver(accepted(spec));
            else
              open.emplace_back(spec, promise);
            return promise;
          },
          [this](caf::ok_atom) {
            auto [spec, promise] = take_next();
            promise.deliver(accepted(spec));
          },
          [this](caf::ok_atom, job_id equal) {
            auto [spec, promise] = take_next();
            promise.deliver(joined(spec, equal));
          },
          [this](std::uint8_t code, const std::string& why) { // An enum of errors would travel as one.
            take_next().second.deliver(caf::make_error(static_cast<errc>(code), why));
          },
          [](get_atom, job_id id) {
            job_view v;
            v.row.id = id;
            v.row.state = job_state::running;
            v.row.spec.output = "file " + std::to_string(id);
            v.rate_mbps = 8;
            return v;
          }};
    }));
    const auto hub = own(sys.spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](watch_atom, const event_watcher_actor& who, std::uint64_t after) {
        watcher = who;
        watched_after = after;
      }};
    }));
    const auto listener = own(sys.spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](const std::vector<job_status>& ended) {
        told.insert(told.end(), ended.begin(), ended.end());
      }};
    }));
    courier = own(spawn_courier(
        sys, {caf::actor_cast<job_queue_actor>(queue), caf::actor_cast<event_hub_actor>(hub), listener,
              std::move(known), events_after}));
    run();
  }

  ~fixture() {
    watcher = nullptr;
    queue = nullptr;
  }

  submit_result accepted(const job_spec& spec) {
    submit_result r;
    r.row.id = ++last;
    r.row.spec = spec;
    return r;
  }

  static submit_result joined(const job_spec& spec, job_id to) {
    submit_result r;
    r.row.id = to;
    r.row.spec = spec;
    r.joined = true;
    return r;
  }

  void hand_in(std::size_t wishes) {
    std::vector<job_spec> all(wishes);
    for (std::size_t i = 0; i < wishes; ++i)
      all[i].output = "wish " + std::to_string(i);
    tell(courier, submit_atom_v, std::make_shared<const std::vector<job_spec>>(std::move(all)));
  }

  std::pair<job_spec, caf::typed_response_promise<submit_result>> take_next() {
    auto next = std::move(open.front());
    open.pop_front();
    return next;
  }

  void accept_next() { tell(queue, caf::ok_atom::value); }
  void join_next(job_id to) { tell(queue, caf::ok_atom::value, to); }
  void refuse_next(errc code, const std::string& why) { tell(queue, static_cast<std::uint8_t>(code), why); }

  void event(job_id job, const std::string& kind, const std::string& data = "{}") {
    event_row e;
    e.kind = kind;
    e.job = job;
    e.data = data;
    tell(watcher, std::vector{e});
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "courier: so many submissions are unanswered at a time, and no more") {
  start();
  hand_in(submits_in_flight_max + 2);
  CHECK(submissions == submits_in_flight_max);
  accept_next();
  CHECK(submissions == submits_in_flight_max + 1);
}

TEST_CASE_FIXTURE(fixture, "courier: so many jobs are unfinished at a time; the next follows when one ends") {
  start();
  answers_at_once = true;
  hand_in(unfinished_jobs_max + 2);
  CHECK(submissions == unfinished_jobs_max);
  event(1, "job.succeeded");
  CHECK(submissions == unfinished_jobs_max + 1);
  CHECK(told.size() == 1);
}

TEST_CASE_FIXTURE(fixture, "courier: each end is told once, with what the event says of it") {
  start();
  hand_in(2);
  accept_next();
  accept_next();
  event(1, "job.running");
  CHECK(told.empty());
  event(1, "job.succeeded", R"({"output":"a","provider":"nas","bytes_done":7,"size":7})");
  event(1, "job.succeeded");
  event(2, "job.failed", R"({"output":"b","error":{"class":"missing","message":"nobody has it"}})");
  event(77, "job.succeeded"); // Somebody else's.
  REQUIRE(told.size() == 2);
  CHECK(told[0].id == "1");
  CHECK(told[0].state == job_state::succeeded);
  CHECK(told[0].provider == "nas");
  CHECK(told[0].bytes_done == 7);
  CHECK(told[1].state == job_state::failed);
  CHECK(told[1].error == "nobody has it");
}

TEST_CASE_FIXTURE(fixture, "courier: an end that overtakes the answer to the submission is not lost") {
  start();
  hand_in(1);
  event(1, "job.succeeded");
  CHECK(told.empty());
  accept_next();
  REQUIRE(told.size() == 1);
  CHECK(told[0].id == "1");
}

TEST_CASE_FIXTURE(fixture, "courier: the end of a job is told for each wish that became that job") {
  start();
  hand_in(4);
  accept_next();
  join_next(1);
  join_next(1);
  accept_next();
  event(1, "job.succeeded", R"({"bytes_done":7})");
  REQUIRE(told.size() == 3);
  for (const auto& end : told) {
    CHECK(end.id == "1");
    CHECK(end.state == job_state::succeeded);
    CHECK(end.repeated == (&end != &told.front())); // Its bytes came once.
  }
  event(1, "job.succeeded");
  CHECK(told.size() == 3);
  event(2, "job.failed");
  CHECK(told.size() == 4);
}

// The answer that names the job comes by another way than the news of its end.
TEST_CASE_FIXTURE(
    fixture, "courier: an end that was told is told again to a wish whose answer comes later, once") {
  start();
  hand_in(3);
  accept_next();
  event(1, "job.succeeded");
  CHECK(told.size() == 1);
  join_next(1);
  REQUIRE(told.size() == 2);
  CHECK(told[1].id == "1");
  CHECK(told[1].repeated);
  accept_next();
  event(1, "job.succeeded");
  CHECK(told.size() == 2);
  event(2, "job.succeeded");
  CHECK(told.size() == 3);
}

TEST_CASE_FIXTURE(
    fixture, "courier: a full queue gets the job again after a pause; another refusal is its end") {
  start();
  hand_in(2);
  refuse_next(errc::overloaded, "full");
  refuse_next(errc::conflict, "another job writes it");
  REQUIRE(told.size() == 1);
  CHECK(told[0].output == "wish 1");
  CHECK(told[0].state == job_state::failed);
  CHECK(told[0].error == "another job writes it");
  CHECK(submissions == 2);
  advance(199ms);
  CHECK(submissions == 2);
  advance(1ms);
  CHECK(submissions == 3);
  CHECK(open.front().first.output == "wish 0");
}

TEST_CASE_FIXTURE(fixture, "courier: jobs of before are followed from the event on that is given") {
  start({5}, 120);
  CHECK(watched_after == 120);
  event(5, "job.succeeded");
  REQUIRE(told.size() == 1);
  CHECK(told[0].id == "5");
}

TEST_CASE_FIXTURE(fixture, "courier: shows some of the jobs under way, or none") {
  start();
  const auto seen = [&](std::uint64_t most) {
    auto got = ask<std::vector<job_status>>(courier, list_atom_v, most);
    REQUIRE(got);
    return std::move(*got);
  };
  CHECK(seen(3).empty());
  for (job_id id = 1; id <= 5; ++id)
    event(id, "job.running");
  event(2, "job.queued");
  const auto three = seen(3);
  REQUIRE(three.size() == 3);
  CHECK(three[0].id == "1");
  CHECK(three[1].id == "3");
  CHECK(three[1].output == "file 3");
  CHECK(seen(10).size() == 4);
}
