// What a job does while providers are full or every breaker is open.
#include "policy/failover_plan.hpp"

#include "tests/policy/plan_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace std::chrono_literals;
using tributary::testing::plan_fixture;
using tributary::testing::skipped;

namespace {

plan_fixture all_down(all_unavailable mode) {
  plan_fixture job{"alpha", "beta", "gamma"};
  job.options.when_all_unavailable = mode;
  job.unavailable("alpha", 60s);
  job.unavailable("beta", 30s);
  job.unavailable("gamma", 30s);
  return job;
}

} // namespace

TEST_CASE(
    "failover_plan: while the own network is down a job waits for it, whatever the states and settings are") {
  for (const auto rule : {all_unavailable::least_bad, all_unavailable::fail, all_unavailable::wait})
    for (const auto state : {provider_state::available, provider_state::unavailable}) {
      plan_fixture job{"alpha", "beta"};
      job.options.when_all_unavailable = rule;
      for (auto& c : job.candidates) {
        c.held = true;
        c.state = state;
      }
      const auto d = job.plan();
      CHECK(d.action == plan_action::wait_slot);
      CHECK(d.message == "this machine's network is down");
      CHECK(d.candidates.at(0).skipped == "own network down");
      job.options.deadline = job.now + 1min;
      CHECK(job.plan().at == job.options.deadline);
    }
}

TEST_CASE("failover_plan: a provider that is not held serves while others are") {
  plan_fixture job{"alpha", "beta"};
  job.at("alpha").held = true;
  const auto d = job.plan();
  CHECK(d.action == plan_action::grant);
  CHECK(d.provider == "beta");
  job.status("beta", 404); // Nobody is left but the held one.
  CHECK(job.plan().action == plan_action::wait_slot);
}

TEST_CASE("failover_plan: an attempt into our own outage is not spent") {
  plan_fixture job{"alpha", "beta"};
  job.options.max_attempts = 1;
  job.at("alpha").max_retries = 0;
  for (int i = 0; i < 5; ++i)
    job.ended("alpha", fault::own_network);
  const auto d = job.plan();
  CHECK(d.action == plan_action::grant); // At once: there is nothing to back off from.
  CHECK(d.provider == "alpha");
}

TEST_CASE("failover_plan: a full provider is passed over") {
  plan_fixture job{"alpha", "beta"};
  job.at("alpha").terms.leases = 3;
  CHECK(job.next() == "alpha");
  job.at("alpha").terms.leases = 4;
  CHECK(job.next() == "beta");
  CHECK(skipped(job.plan(), "alpha") == "full 4/4");
}

TEST_CASE("failover_plan: a limit that was lowered below the leases held is full, too") {
  plan_fixture job{"alpha"};
  job.at("alpha").terms.leases = 5;
  CHECK(job.next() == "wait_slot");
  CHECK(skipped(job.plan(), "alpha") == "full 5/4");
}

TEST_CASE("failover_plan: when all usable are full the job waits for a lease") {
  plan_fixture job{"alpha", "beta", "gamma"};
  job.full("alpha");
  job.full("beta");
  job.status("gamma", 404);
  const auto d = job.plan();
  CHECK(d.action == plan_action::wait_slot);
  CHECK(d.at == wall_time{}); // No time to look again at.
  CHECK(d.candidates.size() == 3);
}

TEST_CASE("failover_plan: full providers that are up are waited for rather than asking one that is down") {
  plan_fixture job{"alpha", "beta"};
  job.full("alpha");
  job.unavailable("beta", 1s);
  CHECK(job.next() == "wait_slot");
}

TEST_CASE("failover_plan: the unavailable are skipped while somebody else is left") {
  auto job = all_down(all_unavailable::least_bad);
  job.at("gamma").state = provider_state::probation;
  const auto d = job.plan();
  CHECK(d.provider == "gamma");
  CHECK_FALSE(d.least_bad);
}

TEST_CASE("failover_plan: unknown, available and probation may be asked") {
  for (const auto state : {provider_state::unknown, provider_state::available, provider_state::probation}) {
    plan_fixture job{"alpha"};
    job.at("alpha").state = state;
    CHECK(job.next() == "alpha");
  }
}

TEST_CASE("failover_plan: least_bad is the soonest end of a cool-down, then the better score") {
  auto job = all_down(all_unavailable::least_bad);
  const auto d = job.plan();
  CHECK(d.provider == "beta");
  CHECK(d.least_bad);
  CHECK(skipped(d, "beta").empty());
  CHECK(skipped(d, "gamma") == "unavailable until 2027-01-15T08:00:30Z");
  job.unavailable("alpha", 30s - 1ms);
  CHECK(job.next() == "alpha");
}

TEST_CASE("failover_plan: least_bad passes over full and excluded ones") {
  auto job = all_down(all_unavailable::least_bad);
  job.full("beta");
  job.status("gamma", 404);
  CHECK(job.next() == "alpha");
  job.full("alpha");
  CHECK(job.next() == "wait_slot");
}

TEST_CASE("failover_plan: least_bad sleeps the provider's own backoff") {
  auto job = all_down(all_unavailable::least_bad);
  job.ended("beta", fault::refused);
  const auto d = job.plan();
  CHECK(d.action == plan_action::wait_until);
  CHECK(d.at == job.now + 500ms);
  job.now = d.at;
  CHECK(job.next() == "beta");
}

TEST_CASE("failover_plan: least_bad in order rotate takes another before it sleeps") {
  auto job = all_down(all_unavailable::least_bad);
  job.options.order = failover_order::rotate;
  for (const auto* name : {"beta", "gamma", "alpha"}) {
    CHECK(job.next() == name);
    job.ended(name, fault::refused);
  }
  CHECK(job.next() == "wait_until");
}

TEST_CASE("failover_plan: least_bad asks others while one is throttled") {
  auto job = all_down(all_unavailable::least_bad);
  job.status("beta", 429).retry_after = job.now + 10s;
  CHECK(job.next() == "gamma");
}

TEST_CASE("failover_plan: least_bad ends when every try is spent") {
  auto job = all_down(all_unavailable::least_bad);
  for (const auto* name : {"alpha", "beta", "gamma"})
    job.refused_long_ago(name, 4);
  const auto d = job.plan();
  CHECK(d.action == plan_action::give_up);
  CHECK(d.result == outcome::provider_fault);
}

TEST_CASE("failover_plan: mode fail ends the job, and says when to come back") {
  auto job = all_down(all_unavailable::fail);
  const auto d = job.plan();
  CHECK(d.action == plan_action::give_up);
  CHECK(d.result == outcome::provider_fault);
  CHECK(d.retry_could_succeed_at == job.now + 30s);
  CHECK(
      d.message ==
      "every provider is unavailable: alpha: unavailable until 2027-01-15T08:01:00Z; "
      "beta: unavailable until 2027-01-15T08:00:30Z; gamma: unavailable until 2027-01-15T08:00:30Z");
}

TEST_CASE("failover_plan: mode fail prefers another file to no file") {
  auto job = all_down(all_unavailable::fail);
  job.at("gamma").state = provider_state::available;
  job.ended("gamma", fault::other_identity);
  const auto d = job.plan();
  CHECK(d.provider == "gamma");
  CHECK(d.afresh);
}

TEST_CASE("failover_plan: mode wait sleeps until the first cool-down ends") {
  auto job = all_down(all_unavailable::wait);
  const auto d = job.plan();
  CHECK(d.action == plan_action::wait_until);
  CHECK(d.at == job.now + 30s);
}

TEST_CASE("failover_plan: mode wait looks again each second once a cool-down is over") {
  auto job = all_down(all_unavailable::wait);
  job.unavailable("beta", -5s);
  CHECK(job.plan().at == job.now + 1s);
  job.at("beta").unavailable_until.reset();
  CHECK(job.plan().at == job.now + 1s);
}

TEST_CASE("failover_plan: mode wait waits for nobody who is out") {
  auto job = all_down(all_unavailable::wait);
  job.status("beta", 404);
  job.status("gamma", 404);
  CHECK(job.plan().at == job.now + 60s);
  job.status("alpha", 404);
  CHECK(job.plan().action == plan_action::give_up);
}
