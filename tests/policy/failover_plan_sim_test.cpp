#include "policy/failover_plan.hpp"

#include "tests/policy/plan_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

using namespace tributary;
using namespace std::chrono_literals;
using tributary::testing::plan_fixture;

namespace {

/// What an attempt may come to; mostly failures, so that every limit is reached.
past_attempt random_end(std::mt19937& rng, std::string provider, wall_time now) {
  static constexpr int codes[]{400, 401, 404, 410, 416, 429, 451, 500, 502, 503};
  past_attempt a;
  a.provider = std::move(provider);
  a.began = now;
  a.ended = now + milliseconds{rng() % 3000};
  a.cause = static_cast<fault>(rng() % (static_cast<unsigned>(fault::source_io) + 1));
  if (rng() % 3)
    a.cause = fault::refused;
  if (a.cause == fault::status)
    a.status = codes[rng() % std::size(codes)];
  if (a.cause == fault::status && rng() % 2)
    a.retry_after = a.ended + milliseconds{rng() % 90'000};
  a.progressed = rng() % 40 == 0;
  return a;
}

void random_weather(std::mt19937& rng, plan_fixture& job) {
  for (auto& c : job.candidates) {
    c.state = static_cast<provider_state>(rng() % 5);
    c.unavailable_until.reset();
    if (c.state == provider_state::unavailable)
      c.unavailable_until = job.now + milliseconds{rng() % 60'000};
    c.terms.leases = static_cast<std::uint32_t>(rng() % 6);
    c.retry_allowed = rng() % 8 != 0;
    c.held = rng() % 16 == 0;
  }
}

/// What must hold of every decision, whatever came before.
void check_decision(const plan_fixture& job, const decision& d) {
  REQUIRE(d.candidates.size() == job.candidates.size());
  REQUIRE_FALSE(d.message.empty());
  switch (d.action) {
  case plan_action::grant: {
    const auto at = std::ranges::find(job.candidates, d.provider, &candidate::provider);
    REQUIRE(at != job.candidates.end());
    REQUIRE(at->state != provider_state::disabled);
    REQUIRE(at->terms.leases < at->limit);
    REQUIRE_FALSE(at->held);
    REQUIRE((at->state == provider_state::unavailable) == d.least_bad);
    REQUIRE(testing::skipped(d, d.provider).empty());
    for (const auto& a : job.attempts)
      if (a.provider == d.provider && a.retry_after &&
          verdict_of(a.cause, a.status, true).result == outcome::throttled)
        REQUIRE(*a.retry_after <= job.now);
    break;
  }
  case plan_action::wait_until:
    REQUIRE(d.at > job.now);
    REQUIRE(d.at <= *job.options.deadline);
    break;
  case plan_action::wait_slot:
    REQUIRE(d.at > job.now);
    break;
  case plan_action::give_up:
    REQUIRE(d.result != outcome::ok);
    break;
  }
}

/// Recomputing the ranking from the trace's terms gives the same order.
void check_trace(const plan_fixture& job, const decision& d) {
  std::vector<selection_terms> terms;
  for (const auto& line : d.candidates)
    terms.push_back(line.terms);
  const auto again = rank(terms, job.options.how, job.options.bytes_left);
  for (std::size_t i = 0; i < again.size(); ++i) {
    REQUIRE(again[i].index == i);
    REQUIRE(again[i].score == d.candidates[i].score);
  }
}

} // namespace

// Goal: every job ends, no provider is asked against the rules, waits lie ahead and end, the trace is
// complete. Method: random attempts and random weather, with all options mixed; time goes on as the plan
// says.
TEST_CASE("failover_plan: every job ends and keeps the rules under random faults") {
  for (unsigned seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    std::mt19937 rng{seed};
    std::uniform_real_distribution<double> unit{0, 1};
    plan_fixture job{"alpha", "beta", "gamma", "delta"};
    job.candidates.resize(1 + rng() % 4);
    job.options.how = static_cast<strategy>(rng() % 3);
    job.options.order = static_cast<failover_order>(rng() % 2);
    job.options.when_all_unavailable = static_cast<all_unavailable>(rng() % 3);
    job.options.max_attempts = 1 + static_cast<std::uint32_t>(rng() % 12);
    job.options.deadline = job.now + 1h;
    bool ended = false;
    for (int step = 0; step < 5000 && !ended; ++step) {
      random_weather(rng, job);
      job.unit = unit(rng);
      const auto d = job.plan();
      check_decision(job, d);
      check_trace(job, d);
      switch (d.action) {
      case plan_action::grant:
        job.attempts.push_back(random_end(rng, d.provider, job.now));
        job.now = job.attempts.back().ended;
        break;
      case plan_action::wait_until:
        job.now = d.at;
        job.options.slept_until = d.at;
        break;
      case plan_action::wait_slot:
        job.now += 100ms;
        break;
      case plan_action::give_up:
        ended = true;
      }
    }
    CHECK(ended);
  }
}

// Goal: the plan is a function of what is stored: after a restart the same decision is made.
// Method: the same arguments, copied, planned again.
TEST_CASE("failover_plan: the same memory gives the same decision") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 rng{seed};
    plan_fixture job{"alpha", "beta", "gamma"};
    for (unsigned i = rng() % 8; i > 0; --i) {
      job.attempts.push_back(random_end(rng, job.candidates[rng() % 3].provider, job.now));
      job.now += milliseconds{rng() % 5000};
    }
    random_weather(rng, job);
    auto restarted = job;
    const auto one = job.plan(), other = restarted.plan();
    CHECK(one.action == other.action);
    CHECK(one.provider == other.provider);
    CHECK(one.at == other.at);
    CHECK(one.message == other.message);
  }
}

// Goal: with healthy states and steady refusals each provider gets exactly its tries, in chain order.
// Method: everybody refuses; tries are counted until the job is given up.
TEST_CASE("failover_plan: each provider gets its tries and no more when all refuse") {
  for (const auto order : {failover_order::exhaust, failover_order::rotate}) {
    plan_fixture job{"alpha", "beta", "gamma"};
    job.options.order = order;
    std::map<std::string, int> tries;
    for (;;) {
      const auto d = job.plan();
      if (d.action == plan_action::give_up)
        break;
      if (d.action == plan_action::wait_until)
        job.now = *(job.options.slept_until = d.at);
      else
        job.ended(d.provider, fault::refused), ++tries[d.provider];
    }
    CHECK(tries == std::map<std::string, int>{{"alpha", 4}, {"beta", 4}, {"gamma", 4}});
  }
}
