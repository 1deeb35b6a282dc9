#include "actors/job_index.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

using namespace tributary;

namespace {

constexpr wall_time start_of_day{};

pending_job job(job_id id, milliseconds created = milliseconds{0}, std::int32_t priority = 5) {
  pending_job p;
  p.id = id;
  p.priority = priority;
  p.created_at = start_of_day + created;
  p.output = "out" + std::to_string(id);
  p.fingerprint = id;
  return p;
}

std::vector<job_id> take_all(job_index& index) {
  std::vector<job_id> out;
  while (const auto next = index.take_ready())
    out.push_back(*next);
  return out;
}

} // namespace

TEST_CASE("job_index: high priority first, then the oldest") {
  job_index index;
  for (auto j : {job(1, milliseconds{0}, 3), job(2, milliseconds{1}, 7), job(3, milliseconds{0}, 7), job(4)})
    index.insert(j);
  for (job_id id = 1; id <= 4; ++id)
    index.make_ready(id);
  CHECK(take_all(index) == std::vector<job_id>{3, 2, 4, 1});
}

TEST_CASE("job_index: a level of priority is worth one minute of waiting, on both sides of the edge") {
  for (const auto& [late_by, first] :
       {std::pair{milliseconds{59'999}, job_id{2}}, {milliseconds{60'001}, job_id{1}}}) {
    CAPTURE(late_by.count());
    job_index index;
    index.insert(job(1, milliseconds{0}, 5));
    index.insert(job(2, late_by, 6));
    index.make_ready(1);
    index.make_ready(2);
    CHECK(index.take_ready() == first);
  }
}

TEST_CASE("job_index: a job that was being published goes first") {
  job_index index;
  index.insert(job(1, milliseconds{0}, 9));
  auto recovered = job(2, milliseconds{500}, 0);
  recovered.state = job_state::publishing;
  index.insert(recovered);
  index.make_ready(1);
  index.make_ready(2);
  CHECK(take_all(index) == std::vector<job_id>{2, 1});
}

TEST_CASE("job_index: a held job is ready at its time and not before") {
  job_index index;
  index.insert(job(1));
  index.hold_until(1, start_of_day + milliseconds{100});
  CHECK(index.next_due() == start_of_day + milliseconds{100});
  index.wake(start_of_day + milliseconds{99});
  CHECK_FALSE(index.take_ready());
  index.wake(start_of_day + milliseconds{100});
  CHECK(index.take_ready() == 1u);
  CHECK_FALSE(index.next_due());
}

TEST_CASE("job_index: finds those that want the same, and the outputs that are taken") {
  job_index index;
  auto a = job(1), b = job(2);
  b.fingerprint = a.fingerprint;
  b.output = a.output;
  index.insert(b);
  index.insert(a);
  CHECK(index.with_fingerprint(1) == std::vector<job_id>{1, 2});
  CHECK(index.has_output("out1"));
  index.erase(1);
  CHECK(index.with_fingerprint(1) == std::vector<job_id>{2});
  CHECK(index.has_output("out1"));
  index.erase(2);
  CHECK_FALSE(index.has_output("out1"));
  CHECK(index.size() == 0);
}

// Goal: whatever is moved where, in any order, a job is in one place only and none is lost.
// Method: random moves against a plain map of places.
TEST_CASE("job_index: places stay consistent under random moves") {
  enum class place { apart, ready, held };
  for (unsigned seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 rng{seed};
    job_index index;
    std::map<job_id, place> model;
    for (int step = 0; step < 100; ++step) {
      const job_id id = rng() % 8 + 1;
      if (!model.contains(id)) {
        index.insert(job(id, milliseconds{rng() % 100}, static_cast<std::int32_t>(rng() % 10)));
        model[id] = place::apart;
        continue;
      }
      switch (rng() % 4) {
      case 0:
        index.make_ready(id);
        model[id] = place::ready;
        break;
      case 1:
        index.hold_until(id, start_of_day + milliseconds{rng() % 100});
        model[id] = place::held;
        break;
      case 2:
        index.erase(id);
        model.erase(id);
        break;
      default:
        if (const auto next = index.take_ready()) {
          REQUIRE(model.at(*next) == place::ready);
          model[*next] = place::apart;
        }
      }
      const auto in = [&](place p) {
        return static_cast<std::size_t>(
            std::ranges::count_if(model, [&](const auto& kv) { return kv.second == p; }));
      };
      REQUIRE(index.ready() == in(place::ready));
      REQUIRE(index.held() == in(place::held));
      REQUIRE(index.size() == model.size());
    }
  }
}
