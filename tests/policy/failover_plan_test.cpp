// The way of one job through its providers: who is next, and when.
#include "policy/failover_plan.hpp"

#include "tests/policy/plan_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace std::chrono_literals;
using tributary::testing::plan_fixture;
using tributary::testing::skipped;

TEST_CASE("failover_plan: the first attempt goes to the first of the chain") {
  plan_fixture job{"alpha", "beta"};
  const auto d = job.plan();
  CHECK(d.action == plan_action::grant);
  CHECK(d.provider == "alpha");
  CHECK_FALSE(d.afresh);
  CHECK_FALSE(d.least_bad);
  CHECK(job.drawn == 0);
}

TEST_CASE("failover_plan: the chain is by position, not by the order given") {
  plan_fixture job{"alpha", "beta"};
  std::swap(job.candidates[0], job.candidates[1]);
  CHECK(job.next() == "alpha");
}

TEST_CASE("failover_plan: every candidate gets a line of the trace, best first") {
  plan_fixture job{"alpha", "beta", "gamma", "delta"};
  job.full("alpha");
  job.status("beta", 404);
  job.at("gamma").state = provider_state::disabled;
  const auto d = job.plan();
  CHECK(d.provider == "delta");
  REQUIRE(d.candidates.size() == 4);
  CHECK(d.candidates[0].provider == "alpha");
  CHECK(d.candidates[0].skipped == "full 4/4");
  CHECK(d.candidates[0].terms.leases == 4);
  CHECK(d.candidates[1].skipped == "404 missing");
  CHECK(d.candidates[2].skipped == "disabled");
  CHECK(d.candidates[3].skipped.empty());
  CHECK(d.candidates[0].score > d.candidates[1].score);
}

TEST_CASE("failover_plan: exhaust sleeps the backoff of the present provider, then asks it again") {
  plan_fixture job{"alpha", "beta"};
  job.ended("alpha", fault::refused);
  const auto d = job.plan();
  CHECK(d.action == plan_action::wait_until);
  CHECK(d.at == job.now + 500ms); // Half of the first ceiling of a second.
  CHECK(skipped(d, "alpha") == "refused, not before 2027-01-15T08:00:00Z");
  CHECK(skipped(d, "beta").empty());
  job.now = d.at - 1ms;
  CHECK(job.next() == "wait_until");
  job.now = d.at;
  CHECK(job.next() == "alpha");
}

TEST_CASE("failover_plan: the backoff of the n-th failure in a row doubles") {
  plan_fixture job{"alpha"};
  job.at("alpha").max_retries = 10;
  for (const auto expected : {500ms, 1000ms, 2000ms, 4000ms}) {
    job.ended("alpha", fault::reset);
    const auto d = job.plan();
    CHECK(d.at - job.now == expected);
    job.now = d.at;
  }
}

TEST_CASE("failover_plan: a stored wait is not drawn again") {
  plan_fixture job{"alpha"};
  job.ended("alpha", fault::refused);
  job.unit = 0.1;
  const auto at = job.plan().at;
  job.options.slept_until = at;
  job.unit = 0.9; // A new draw would wait longer.
  job.drawn = 0;
  job.now = at - 1ms;
  CHECK(job.plan().at == at); // Asked early: the same end.
  job.now = at;
  CHECK(job.next() == "alpha");
  CHECK(job.drawn == 0);
}

TEST_CASE("failover_plan: an attempt that has its luck is not drawn for, its backoff goes by that") {
  plan_fixture job{"alpha"};
  job.ended("alpha", fault::refused).luck = 0.75;
  CHECK(job.plan().at == job.now + 750ms);
  CHECK(job.drawn == 0);
  job.at("alpha").backoff.base = 4s; // New settings hold for the wait under way.
  CHECK(job.plan().at == job.now + 3s);
}

TEST_CASE("failover_plan: a failure that lies ahead, since the clock was set back, holds up nobody") {
  for (const auto cause : {fault::refused, fault::disk}) {
    CAPTURE(to_string(cause));
    plan_fixture job{"alpha"};
    job.ended("alpha", cause);
    CHECK(job.next() == "wait_until");
    job.now -= 1ms;
    CHECK(job.next() == "alpha");
  }
}

TEST_CASE("failover_plan: a failure after the stored wait is drawn for") {
  plan_fixture job{"alpha"};
  job.ended("alpha", fault::refused);
  job.options.slept_until = job.now;
  const auto d = job.plan();
  CHECK(d.at == job.now + 500ms);
  CHECK(job.drawn == 1);
}

TEST_CASE("failover_plan: a stored wait for something else does not stretch a backoff beyond its ceiling") {
  plan_fixture job{"alpha"};
  job.ended("alpha", fault::refused);
  job.options.slept_until = job.now + 15min; // It waited for a cool-down, and the provider came back early.
  CHECK(job.plan().at == job.now + 1s);
}

TEST_CASE("failover_plan: max_retries further tries, then the next provider at once") {
  plan_fixture job{"alpha", "beta"};
  job.refused_long_ago("alpha", 3);
  CHECK(job.next() == "alpha"); // The fourth: three further tries after the first.
  job.refused_long_ago("alpha");
  const auto d = job.plan();
  CHECK(d.provider == "beta");
  CHECK(skipped(d, "alpha") == "retries spent 3/3");
}

TEST_CASE("failover_plan: no retries means one try each") {
  plan_fixture job{"alpha", "beta"};
  for (auto& c : job.candidates)
    c.max_retries = 0;
  job.ended("alpha", fault::refused);
  CHECK(job.next() == "beta");
  job.ended("beta", fault::refused);
  CHECK(job.next() == "give_up");
}

TEST_CASE("failover_plan: a provider that turns unavailable loses its remaining retries") {
  plan_fixture job{"alpha", "beta"};
  job.ended("alpha", fault::refused);
  job.unavailable("alpha", 30s);
  const auto d = job.plan();
  CHECK(d.provider == "beta");
  CHECK(skipped(d, "alpha") == "unavailable until 2027-01-15T08:00:30Z");
}

TEST_CASE("failover_plan: the present provider goes on although a better one has come free") {
  plan_fixture job{"alpha", "beta"};
  job.refused_long_ago("beta"); // Alpha was full then.
  CHECK(job.next() == "beta");
  job.full("beta");
  CHECK(job.next() == "alpha");
}

TEST_CASE("failover_plan: a verdict of never again excludes the provider for the whole job") {
  for (const auto cause :
       {fault::certificate, fault::false_range, fault::wrong_digest, fault::wrong_size, fault::unsupported,
        fault::address_refused}) {
    CAPTURE(to_string(cause));
    plan_fixture job{"alpha", "beta"};
    job.ended("alpha", cause);
    CHECK(job.next() == "beta");
    job.refused_long_ago("beta");
    job.ended("beta", fault::truncated).progressed = true; // Even bytes from elsewhere do not bring it back.
    CHECK(skipped(job.plan(), "alpha") == to_string(cause));
  }
  for (const int code : {400, 401, 403, 404, 407, 410, 451}) {
    CAPTURE(code);
    plan_fixture job{"alpha", "beta"};
    job.status("alpha", code);
    CHECK(job.next() == "beta");
  }
}

TEST_CASE("failover_plan: an exclusion outlasts later words of other streams") {
  plan_fixture job{"alpha", "beta"};
  job.status("alpha", 404);
  job.ended("alpha", fault::none);
  CHECK(job.next() == "beta");
  CHECK(skipped(job.plan(), "alpha") == "404 missing");
}

TEST_CASE("failover_plan: a throttled provider is left for others at once and not asked before its time") {
  plan_fixture job{"alpha", "beta"};
  job.status("alpha", 429).retry_after = job.now + 120s;
  CHECK(job.next() == "beta");
  job.full("beta");
  const auto d = job.plan();
  CHECK(d.action == plan_action::wait_slot);
  CHECK(d.at == job.now + 120s); // Whichever comes first: a lease at beta, or alpha's time.
  job.now += 120s - 1ms;
  CHECK(job.next() == "wait_slot");
  job.now += 1ms;
  CHECK(job.next() == "alpha");
  CHECK(job.drawn == 0);
}

TEST_CASE("failover_plan: throttled without a time backs off, and others are asked meanwhile") {
  plan_fixture job{"alpha", "beta"};
  job.status("alpha", 429);
  CHECK(job.next() == "beta");
  job.status("beta", 404);
  const auto d = job.plan();
  CHECK(d.action == plan_action::wait_until);
  CHECK(d.at == job.now + 500ms);
}

TEST_CASE("failover_plan: Retry-After holds although a later failure of another stream names no time") {
  plan_fixture job{"alpha"};
  job.status("alpha", 503).retry_after = job.now + 60s;
  job.ended("alpha", fault::reset);
  CHECK(job.plan().at == job.now + 60s);
}

TEST_CASE("failover_plan: no stored wait cuts Retry-After short") {
  plan_fixture job{"alpha"};
  job.status("alpha", 429).retry_after = job.now + 60s;
  job.now += 1s;
  job.options.slept_until = job.now;
  CHECK(job.plan().at == job.now + 59s);
}

TEST_CASE("failover_plan: cancelled attempts count nowhere") {
  plan_fixture job{"alpha", "beta"};
  job.options.max_attempts = 1;
  for (int i = 0; i < 20; ++i) {
    job.ended("alpha", fault::cancelled);
    job.ended("alpha", fault::deadline);
  }
  CHECK(job.next() == "alpha");
}

TEST_CASE("failover_plan: busy delays its provider, blames nobody, and others are asked at once") {
  plan_fixture job{"alpha", "beta"};
  job.options.max_attempts = 1;
  job.at("alpha").max_retries = 0;
  for (int i = 0; i < 3; ++i)
    job.ended("alpha", fault::busy);
  CHECK(job.next() == "beta");
  job.full("beta");
  CHECK(job.plan().at == job.now + 2000ms); // The third in a row: half of four seconds.
  job.now += 2000ms;
  CHECK(job.next() == "alpha");
}

TEST_CASE("failover_plan: after a fault of our own the job waits and nobody is excluded") {
  plan_fixture job{"alpha", "beta"};
  job.at("alpha").max_retries = 0;
  job.ended("alpha", fault::disk);
  const auto d = job.plan();
  CHECK(d.action == plan_action::wait_until);
  CHECK(d.at == job.now + 30s);
  CHECK(skipped(d, "alpha").empty());
  job.now = d.at - 1ms;
  CHECK(job.next() == "wait_until");
  job.now = d.at;
  CHECK(job.next() == "alpha");
}

TEST_CASE("failover_plan: rotate walks the chain without sleeping, and sleeps when all are cooling") {
  plan_fixture job{"alpha", "beta", "gamma"};
  job.options.order = failover_order::rotate;
  for (const auto* name : {"alpha", "beta", "gamma"}) {
    CHECK(job.next() == name);
    job.ended(name, fault::refused);
    job.now += 10ms;
  }
  const auto d = job.plan();
  CHECK(d.action == plan_action::wait_until);
  CHECK(d.at == job.now + 470ms); // Alpha's failure was the first: 30 ms ago.
  job.now = d.at;
  CHECK(job.next() == "alpha");
}

TEST_CASE("failover_plan: rotate takes the least tried of those that are ready") {
  plan_fixture job{"alpha", "beta"};
  job.options.order = failover_order::rotate;
  job.refused_long_ago("alpha", 2);
  job.refused_long_ago("beta", 1);
  CHECK(job.next() == "beta");
  job.full("beta");
  CHECK(job.next() == "alpha");
}

TEST_CASE("failover_plan: the strategy ranks the candidates") {
  plan_fixture job{"alpha", "beta"};
  job.options.how = strategy::best;
  job.at("alpha").terms.tried = 100;
  job.at("alpha").terms.ok = 50;
  CHECK(job.next() == "beta");
  job.options.how = strategy::priority;
  CHECK(job.next() == "alpha");
}

TEST_CASE("failover_plan: 416 is checked again at once, and the second in a row is another file") {
  plan_fixture job{"alpha", "beta"};
  job.ended("alpha", fault::range_refused);
  CHECK(job.next() == "alpha");
  job.ended("alpha", fault::range_refused);
  CHECK(job.next() == "beta");
  CHECK(skipped(job.plan(), "alpha") == "another file");
}

TEST_CASE("failover_plan: a finished attempt takes the provider's failures back") {
  plan_fixture job{"alpha", "beta"};
  job.refused_long_ago("alpha", 3);
  job.ended("alpha", fault::none);
  job.refused_long_ago("alpha", 3);
  CHECK(job.next() == "alpha");
}

TEST_CASE("failover_plan: names of orders and modes lead back") {
  for (const auto x : {failover_order::exhaust, failover_order::rotate})
    CHECK(failover_order_from(to_string(x)) == x);
  for (const auto x : {all_unavailable::least_bad, all_unavailable::fail, all_unavailable::wait})
    CHECK(all_unavailable_from(to_string(x)) == x);
  CHECK_FALSE(failover_order_from("exhausted"));
  CHECK_FALSE(all_unavailable_from(""));
}
