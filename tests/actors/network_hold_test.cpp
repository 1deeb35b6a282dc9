// Jobs while this machine's own network is down: they wait, spend nothing, and go on one after the other.
#include "actors/network_hold.hpp"
#include "flow_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace tributary;
using namespace tributary::testing;

namespace {

struct hold_fixture : flow_fixture {
  hold_fixture() {
    document.global.health_check_interval_seconds = 60;
    provider("alpha", "hello", 1);
    provider("beta", "hello", 2);
  }
  void cut(const std::string& name, fault f = fault::network_unreachable) {
    scripts[name]->otherwise = fails(f);
    scripts[name]->check = f;
  }
  void mend(const std::string& name) {
    scripts[name]->otherwise = act{};
    scripts[name]->check = fault::none;
  }
  void network(bool up) {
    for (const auto* name : {"alpha", "beta"})
      up ? mend(name) : cut(name);
  }
  std::size_t asked() { return scripts["alpha"]->asked.size() + scripts["beta"]->asked.size(); }
  provider_figures figures(const std::string& name) {
    return *ask<provider_figures>(health, figures_atom_v, name);
  }
};

} // namespace

TEST_CASE_FIXTURE(
    hold_fixture, "failover_supervisor: while the network is down a job waits and spends no attempt") {
  document.global.max_attempts = 1;
  document.global.failure_threshold = 1;
  start();
  network(false);
  const auto job = submit("x.txt");
  advance(4min);
  CHECK(asked() == 1); // The one that showed it.
  CHECK_FALSE(is_final(state(job)));
  network(true);
  advance(10s); // The next check, and the spread.
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.txt", "hello"));
  const auto t = trace(job);
  REQUIRE(t.attempts.size() == 2);
  CHECK(t.attempts[0].result == outcome::local_fault);
  CHECK(t.attempts[0].cause == fault::own_network);
  CHECK(t.attempts[0].message.find("own network") != std::string::npos);
  CHECK(t.attempts[1].result == outcome::ok);
  for (const auto* name : {"alpha", "beta"})
    CHECK(is_available(figures(name).state));
  CHECK(stats().failovers == 0);
}

TEST_CASE_FIXTURE(hold_fixture, "failover_supervisor: jobs that come while the network is down ask nobody") {
  start();
  network(false);
  submit("first.txt");
  advance(1s);
  const auto before = asked();
  std::vector<job_id> jobs;
  for (int i = 0; i < 20; ++i)
    jobs.push_back(submit("f" + std::to_string(i)));
  advance(3min);
  CHECK(asked() == before);
  network(true);
  advance(10s);
  for (const auto job : jobs)
    CHECK(state(job) == job_state::succeeded);
}

TEST_CASE_FIXTURE(hold_fixture, "failover_supervisor: held jobs go on spread over five seconds") {
  std::mt19937 rng{4};
  unit = [&rng] { return std::uniform_real_distribution<double>{0, 1}(rng); };
  start();
  network(false);
  submit("first.txt");
  advance(1s);
  for (int i = 0; i < 40; ++i)
    submit("f" + std::to_string(i));
  advance(1min);
  network(true);
  const auto before = asked();
  while (asked() == before)
    advance(100ms);
  const auto begun = now();
  std::vector<std::size_t> done;
  for (int second = 0; second < 6; ++second) {
    advance(1s);
    done.push_back(asked() - before);
  }
  CHECK(done[0] < 20);
  CHECK(done[1] > done[0]);
  CHECK(done[3] > done[1]);
  CHECK(done.back() == 41);
  CHECK(now() - begun <= network_hold::spread + 1s);
}

TEST_CASE_FIXTURE(
    hold_fixture,
    "failover_supervisor: after five minutes a job without a deadline goes on as if nothing were held") {
  document.global.max_attempts = 4;
  document.global.failure_threshold = 1;
  start();
  network(false);
  const auto job = submit("x.txt");
  advance(5min - 5s);
  CHECK(asked() == 1);
  advance(5min);
  CHECK(state(job) == job_state::failed);
  CHECK(view(job).row.error->result == outcome::provider_fault);
  CHECK(asked() == 5);
  for (const auto* name : {"alpha", "beta"}) // Nobody is marked all the same.
    CHECK(is_available(figures(name).state));
}

TEST_CASE_FIXTURE(
    hold_fixture, "failover_supervisor: a job with a deadline waits for the network until then") {
  start();
  network(false);
  auto spec = spec_of("x.txt");
  spec.deadline_seconds = 1200;
  const auto job = submit(spec);
  spec = spec_of("y.txt");
  spec.deadline_seconds = 60;
  const auto impatient = submit(spec);
  advance(61s);
  CHECK(state(impatient) == job_state::failed);
  CHECK(view(impatient).row.error->message.find("deadline") != std::string::npos);
  advance(14min);
  CHECK(asked() <= 2);
  network(true);
  advance(10s);
  CHECK(state(job) == job_state::succeeded);
}

TEST_CASE_FIXTURE(
    hold_fixture, "failover_supervisor: a provider of this machine serves while the network is down") {
  provider("local", "hello", 3);
  document.providers["local"].base_url = "http://127.0.0.1:1/files";
  start();
  network(false);
  const auto job = submit("x.txt");
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(view(job).row.provider == "local");
  const auto next = submit("y.txt");
  advance(1s);
  CHECK(state(next) == job_state::succeeded);
  CHECK(trace(next).decisions.at(0).candidates.at(0).skipped == "own network down");
}

TEST_CASE_FIXTURE(
    hold_fixture,
    "failover_supervisor: one that died while the network was down is found, its jobs go on elsewhere") {
  document.global.failure_threshold = 3;
  document.providers["alpha"].max_retries = 5;
  start();
  network(false);
  const auto job = submit("x.txt");
  advance(1min);
  mend("beta"); // alpha's host stays away.
  advance(2min);
  CHECK(state(job) == job_state::succeeded);
  CHECK(view(job).row.provider == "beta");
  CHECK(figures("alpha").state == provider_state::unavailable);
  CHECK(is_available(figures("beta").state));
}

TEST_CASE_FIXTURE(
    hold_fixture,
    "failover_supervisor: a job that is cancelled while it waits for the network ends at once") {
  start();
  network(false);
  const auto job = submit("x.txt");
  advance(1min);
  CHECK_FALSE(cancel(job));
  advance(1s);
  CHECK(state(job) == job_state::cancelled);
  CHECK(counts().running == 0);
  CHECK(drain() == 0);
}

TEST_CASE("network_hold: waits from the first time on, and begins anew after it went on") {
  const steady_time start{1h};
  network_hold h;
  CHECK_FALSE(h.is_on());
  CHECK(h.may_wait(start, false));
  CHECK(h.may_wait(start + 5min - 1ns, false));
  CHECK_FALSE(h.may_wait(start + 5min, false));
  CHECK(h.may_wait(start + 24h, true));
  const auto at = h.resumes_at(start + 1h, [] { return 0.5; });
  CHECK(at == start + 1h + 2500ms);
  CHECK(h.resumes_at(start + 2h, [] { return 0.9; }) == at); // Drawn once.
  h.end();
  CHECK_FALSE(h.is_on());
  CHECK(h.may_wait(start + 3h, false));
  h.spend();
  CHECK_FALSE(h.may_wait(start + 3h, false));
  CHECK(h.may_wait(start + 3h, true));
  h.end();
  CHECK(h.may_wait(start + 3h, false));
}
