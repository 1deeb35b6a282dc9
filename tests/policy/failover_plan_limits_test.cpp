// Where a job's attempts end: max_attempts, retry budget, deadline, other files, and how the end is told.
#include "policy/failover_plan.hpp"

#include "tests/policy/plan_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace std::chrono_literals;
using tributary::testing::plan_fixture;
using tributary::testing::skipped;

TEST_CASE("failover_plan: nobody to ask ends the job") {
  plan_fixture job{};
  const auto d = job.plan();
  CHECK(d.action == plan_action::give_up);
  CHECK(d.result == outcome::invalid);
  CHECK(d.message == "no provider can serve this job");
  CHECK(d.candidates.empty());
}

TEST_CASE("failover_plan: max_attempts counts to its limit and no further") {
  plan_fixture job{"alpha"};
  job.at("alpha").max_retries = 100;
  job.refused_long_ago("alpha", 11);
  CHECK(job.next() == "alpha");
  job.refused_long_ago("alpha");
  const auto d = job.plan();
  CHECK(d.action == plan_action::give_up);
  CHECK(skipped(d, "alpha") == "attempts spent 12/12");
}

TEST_CASE("failover_plan: max_attempts leaves one for each untried candidate") {
  plan_fixture job{"alpha", "beta", "gamma"};
  job.options.max_attempts = 4;
  job.refused_long_ago("alpha");
  CHECK(job.next() == "alpha"); // One spent, two owed: one to spare.
  job.refused_long_ago("alpha");
  CHECK(job.next() == "beta");
  CHECK(skipped(job.plan(), "alpha") == "attempts kept for others");
  job.refused_long_ago("beta");
  CHECK(job.next() == "gamma");
  job.refused_long_ago("gamma");
  CHECK(job.next() == "give_up");
}

TEST_CASE("failover_plan: everybody gets one even when max_attempts is smaller than the chain") {
  plan_fixture job{"alpha", "beta", "gamma"};
  job.options.max_attempts = 1;
  for (const auto* name : {"alpha", "beta", "gamma"}) {
    CHECK(job.next() == name);
    job.ended(name, fault::refused);
  }
  CHECK(job.next() == "give_up");
}

TEST_CASE("failover_plan: nothing is kept for a disabled provider") {
  plan_fixture job{"alpha", "beta"};
  job.options.max_attempts = 2;
  job.at("beta").state = provider_state::disabled;
  job.refused_long_ago("alpha");
  CHECK(job.next() == "alpha");
}

TEST_CASE("failover_plan: verified bytes forgive the failures before them, everywhere") {
  plan_fixture job{"alpha", "beta"};
  job.options.max_attempts = 6;
  job.refused_long_ago("alpha", 4); // Spent.
  CHECK(job.next() == "beta");
  auto& a = job.ended("beta", fault::truncated);
  a.progressed = true;
  a.ended = job.now - 1h;
  CHECK(job.next() == "beta"); // Its first failure since.
  job.refused_long_ago("beta", 3);
  CHECK(job.next() == "alpha"); // Four of six; alpha's are forgotten.
  job.refused_long_ago("alpha", 2);
  CHECK(job.next() == "give_up");
}

TEST_CASE("failover_plan: streams that were cut by one blow count once") {
  plan_fixture job{"alpha", "beta"};
  const auto began = job.now - 10s;
  for (int stream = 0; stream < 8; ++stream) {
    job.ended("alpha", fault::reset).began = began;
    job.now += 1ms;
  }
  CHECK(job.plan().at <= job.now + 1s); // The first failure's backoff, not the eighth's.
  job.now += 1h;
  CHECK(job.next() == "alpha");
  for (int i = 0; i < 3; ++i) { // Tries after it do count.
    job.ended("alpha", fault::refused).began = job.now;
    job.now += 1h;
  }
  CHECK(job.next() == "beta");
}

TEST_CASE(
    "failover_plan: a try that began when the failure before it ended counts, a tick earlier it does not") {
  for (const auto early : {0ms, 1ms}) {
    CAPTURE(early.count());
    plan_fixture job{"alpha", "beta"};
    job.at("alpha").max_retries = 1;
    job.ended("alpha", fault::refused).began = job.now - 5ms;
    const auto began = job.now - early;
    job.now += 1h;
    job.ended("alpha", fault::refused).began = began;
    job.now += 1h;
    CHECK(job.next() == (early == 0ms ? "beta" : "alpha"));
  }
}

TEST_CASE("failover_plan: faults of our own count against max_attempts only") {
  plan_fixture job{"alpha"};
  job.options.max_attempts = 3;
  job.at("alpha").max_retries = 0;
  for (int i = 0; i < 2; ++i) {
    job.ended("alpha", fault::disk);
    job.now += 30s;
    CHECK(job.next() == "alpha");
  }
  job.ended("alpha", fault::disk);
  const auto d = job.plan(); // At once: there is nothing to wait for.
  CHECK(d.action == plan_action::give_up);
  CHECK(d.result == outcome::local_fault);
}

TEST_CASE("failover_plan: a spent retry budget forbids further tries, not a first one") {
  plan_fixture job{"alpha", "beta"};
  for (auto& c : job.candidates)
    c.retry_allowed = false;
  CHECK(job.next() == "alpha");
  job.ended("alpha", fault::refused);
  const auto d = job.plan();
  CHECK(d.provider == "beta");
  CHECK(skipped(d, "alpha") == "retry budget spent");
  job.ended("beta", fault::refused);
  CHECK(job.next() == "give_up");
}

TEST_CASE("failover_plan: the deadline ends the job when it comes, not a tick before") {
  plan_fixture job{"alpha"};
  job.options.deadline = job.now + 1ms;
  CHECK(job.next() == "alpha");
  job.now += 1ms;
  const auto d = job.plan();
  CHECK(d.action == plan_action::give_up);
  CHECK(d.result == outcome::cancelled); // Nobody said anything.
  CHECK(d.message == "the deadline has passed: alpha: not tried");
}

TEST_CASE("failover_plan: no wait reaches beyond the deadline") {
  plan_fixture job{"alpha"};
  job.options.deadline = job.now + 100ms;
  SUBCASE("a backoff") {
    job.ended("alpha", fault::refused);
  }
  SUBCASE("a Retry-After") {
    job.status("alpha", 429).retry_after = job.now + 1h;
  }
  SUBCASE("a disk") {
    job.ended("alpha", fault::disk);
  }
  SUBCASE("a full provider") {
    job.full("alpha");
  }
  SUBCASE("a cool-down") {
    job.unavailable("alpha", 1h);
    job.options.when_all_unavailable = all_unavailable::wait;
  }
  const auto d = job.plan();
  CHECK((d.action == plan_action::wait_until || d.action == plan_action::wait_slot));
  CHECK(d.at == *job.options.deadline);
}

TEST_CASE("failover_plan: with another file a provider is out until nobody else is left, then it is granted "
          "afresh") {
  plan_fixture job{"alpha", "beta"};
  job.ended("beta", fault::other_identity);
  CHECK(job.next() == "alpha");
  CHECK(skipped(job.plan(), "beta") == "another file");
  job.status("alpha", 404);
  const auto d = job.plan();
  CHECK(d.provider == "beta");
  CHECK(d.afresh);
}

TEST_CASE("failover_plan: everybody with the present file is better than afresh, also in backoff or full") {
  plan_fixture job{"alpha", "beta"};
  job.ended("beta", fault::other_identity);
  job.ended("alpha", fault::refused);
  CHECK(job.next() == "wait_until");
  job.full("alpha");
  job.now += 1h;
  CHECK(job.next() == "wait_slot");
}

TEST_CASE("failover_plan: a job that began afresh goes on there, and others may have that file") {
  plan_fixture job{"alpha", "beta", "gamma"};
  job.ended("beta", fault::other_identity);
  job.ended("gamma", fault::other_identity);
  job.status("alpha", 404);
  CHECK(job.plan().afresh);
  auto& a = job.ended("beta", fault::truncated);
  a.progressed = true;
  a.ended = job.now - 1h;
  const auto d = job.plan();
  CHECK(d.provider == "beta");
  CHECK_FALSE(d.afresh); // Its file is the job's now.
  CHECK(skipped(d, "gamma").empty());
}

TEST_CASE("failover_plan: an afresh try that brought nothing may be made again after its backoff") {
  plan_fixture job{"alpha", "beta"};
  job.ended("beta", fault::other_identity);
  job.status("alpha", 404);
  job.ended("beta", fault::refused);
  CHECK(job.plan().at == job.now + 500ms);
  job.now += 500ms;
  const auto d = job.plan();
  CHECK(d.provider == "beta");
  CHECK(d.afresh);
}

TEST_CASE("failover_plan: no provider is granted afresh twice, so two files cannot alternate for ever") {
  plan_fixture job{"alpha", "beta"};
  int afresh = 0;
  std::string last;
  for (int i = 0; i < 200; ++i) { // Each holds another file, and breaks after some bytes.
    const auto d = job.plan();
    if (d.action == plan_action::give_up)
      break;
    job.now = d.action == plan_action::wait_until ? d.at : job.now;
    if (d.action != plan_action::grant)
      continue;
    afresh += d.afresh;
    const bool same_file = d.afresh || last.empty() || last == d.provider;
    if (same_file) {
      auto& a = job.ended(d.provider, fault::truncated);
      a.progressed = last != d.provider;
      last = d.provider;
    } else {
      job.ended(d.provider, fault::other_identity);
    }
  }
  CHECK(job.plan().action == plan_action::give_up);
  CHECK(afresh == 2);
}

TEST_CASE("failover_plan: an attempt is kept for the other file, too") {
  plan_fixture job{"alpha", "beta"};
  job.options.max_attempts = 2;
  job.at("alpha").max_retries = 100;
  job.ended("beta", fault::other_identity);
  job.refused_long_ago("alpha");
  const auto d = job.plan();
  CHECK(d.provider == "beta");
  CHECK(d.afresh);
}

TEST_CASE("failover_plan: the end is missing only if all said so") {
  plan_fixture job{"alpha", "beta"};
  job.status("alpha", 404);
  job.status("beta", 410);
  CHECK(job.plan().result == outcome::missing);
  job.attempts.back().status = 400;
  CHECK(job.plan().result == outcome::invalid); // Less retryable than missing, but not all said missing.
}

TEST_CASE("failover_plan: the end is not missing while somebody was not asked") {
  plan_fixture job{"alpha", "beta"};
  job.options.when_all_unavailable = all_unavailable::fail;
  job.status("alpha", 404);
  job.unavailable("beta", 30s);
  CHECK(job.plan().result == outcome::provider_fault);
  job.at("beta").state = provider_state::disabled;
  CHECK(job.plan().result == outcome::missing);
}

TEST_CASE("failover_plan: the end is told by the most retryable of the last errors") {
  // From the most to the least retryable: each pair ends with the former.
  struct step {
    fault cause;
    int status;
    outcome result;
  };
  const step steps[]{
      {fault::status, 429, outcome::throttled},      {fault::certificate, 0, outcome::provider_fault},
      {fault::status, 401, outcome::auth},           {fault::status, 451, outcome::policy},
      {fault::other_identity, 0, outcome::identity}, {fault::unsupported, 0, outcome::invalid},
  };
  for (std::size_t i = 0; i + 1 < std::size(steps); ++i)
    for (const bool swapped : {false, true}) {
      CAPTURE(i);
      plan_fixture job{"alpha", "beta"};
      for (auto& c : job.candidates)
        c.max_retries = 0;
      job.ended(swapped ? "beta" : "alpha", steps[i].cause, steps[i].status);
      job.ended(swapped ? "alpha" : "beta", steps[i + 1].cause, steps[i + 1].status);
      job.options.deadline = job.now;
      CHECK(job.plan().result == steps[i].result);
    }
}

TEST_CASE("failover_plan: only the last error of each provider tells the end") {
  plan_fixture job{"alpha"};
  job.refused_long_ago("alpha");
  job.status("alpha", 404);
  CHECK(job.plan().result == outcome::missing);
}

TEST_CASE("failover_plan: the end names every provider tried and its last error, also those that are gone") {
  plan_fixture job{"alpha", "beta", "gamma"};
  job.ended("removed", fault::refused);
  job.status("alpha", 404).message = "Not Found";
  job.ended("beta", fault::truncated);
  job.ended("beta", fault::certificate).message = "expired yesterday";
  job.at("gamma").state = provider_state::disabled;
  const auto d = job.plan();
  CHECK(d.action == plan_action::give_up);
  CHECK(
      d.message == "no provider is left: removed: refused; alpha: 404 missing (Not Found); "
                   "beta: certificate (expired yesterday); gamma: disabled");
}

TEST_CASE("failover_plan: the end says when a retry could succeed") {
  plan_fixture job{"alpha", "beta", "gamma"};
  for (auto& c : job.candidates)
    c.max_retries = 0;
  job.status("alpha", 404);
  job.refused_long_ago("beta");
  job.refused_long_ago("gamma");
  CHECK_FALSE(job.plan().retry_could_succeed_at);
  job.status("beta", 429).retry_after = job.now + 60s;
  CHECK(job.plan().retry_could_succeed_at == job.now + 60s);
  job.unavailable("gamma", 40s);
  CHECK(job.plan().retry_could_succeed_at == job.now + 40s);
  job.unavailable("alpha", 10s); // It will not have the file then, either.
  CHECK(job.plan().retry_could_succeed_at == job.now + 40s);
}
