// What a change of the settings does to jobs that run: at once, or at the next attempt.
#include "flow_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;

TEST_CASE_FIXTURE(
    flow_fixture, "settings in effect: disabled at once: a running transfer moves on with the bytes it has") {
  const auto body = bytes_of(2 * mib);
  provider("alpha", body, 1)->otherwise = hangs_at(mib);
  provider("beta", body, 2);
  start();
  const auto job = submit("x.bin");
  advance(1s);
  CHECK(view(job).row.state == job_state::running);
  document.providers["alpha"].enabled = false;
  apply_settings();
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.bin", body));
  CHECK(scripts["beta"]->asked.at(0).offset == mib);
  CHECK(scripts["alpha"]->cancelled == 1);
  const auto& attempts = trace(job).attempts;
  REQUIRE(attempts.size() == 2);
  CHECK(attempts[0].result == outcome::cancelled); // Nobody is blamed.
  CHECK(ask<provider_figures>(health, figures_atom_v, std::string{"alpha"})->failed_requests == 0);
}

TEST_CASE_FIXTURE(
    flow_fixture, "settings in effect: disabled at once: who has nowhere to go ends where it is") {
  provider("alpha", "hello", 1)->otherwise = takes(10s);
  start();
  const auto running = submit("a");
  advance(1s);
  document.providers["alpha"].enabled = false;
  apply_settings();
  CHECK(view(submit("b")).row.state != job_state::running);
  advance(10s);
  CHECK(state(running) == job_state::succeeded);
  CHECK(scripts["alpha"]->asked.size() == 1);
}

TEST_CASE_FIXTURE(
    flow_fixture, "settings in effect: disabled at once: no more move than the others have room for") {
  const std::string body(100, 'x');
  provider("alpha", body, 1)->otherwise = flows(10);
  provider("beta", body, 2)->otherwise = flows(10);
  document.providers["beta"].max_concurrent_downloads = 1;
  start();
  for (const auto* name : {"a", "b", "c"})
    submit(name);
  advance(1s);
  CHECK(stats("alpha").leases == 3);
  document.providers["alpha"].enabled = false;
  apply_settings();
  CHECK(stats("alpha").leases == 2);
  CHECK(stats("beta").leases == 1);
  advance(20s);
  CHECK(counts().succeeded == 3);
}

TEST_CASE_FIXTURE(
    flow_fixture, "settings in effect: priority at once: the next lease goes to the new first") {
  provider("alpha", "hello", 1);
  provider("beta", "hello", 2);
  start();
  CHECK(view(submit("a")).row.provider == "alpha");
  document.providers["beta"].priority = 0;
  apply_settings();
  CHECK(view(submit("b")).row.provider == "beta");
}

TEST_CASE_FIXTURE(
    flow_fixture, "settings in effect: strategy at once: the next lease goes to whom the new one prefers") {
  document.global.max_retries = 0;
  provider("alpha", "hello", 1)->acts = {fails(fault::reset)};
  provider("beta", "hello", 2);
  start();
  CHECK(view(submit("a")).row.provider == "beta"); // alpha has a failure now.
  CHECK(view(submit("b")).row.provider == "alpha");
  document.global.strategy = strategy::best;
  apply_settings();
  CHECK(view(submit("c")).row.provider == "beta");
  document.global.strategy = strategy::priority;
  apply_settings();
  CHECK(view(submit("d")).row.provider == "alpha");
}

TEST_CASE_FIXTURE(
    flow_fixture,
    "settings in effect: the chain at once: a running job's next decision follows its new order") {
  const auto body = bytes_of(2 * mib);
  document.global.max_retries = 0;
  provider("alpha", body)->otherwise = {.cause = fault::truncated, .until = mib, .takes = 5s};
  provider("beta", body);
  provider("gamma", body);
  document.chain = {"alpha", "beta", "gamma"};
  start();
  const auto job = submit("x.bin");
  advance(1s);
  CHECK(state(job) == job_state::running);
  document.chain = {"gamma", "beta", "alpha"};
  apply_settings();
  CHECK(stats().chain == std::vector<std::string>{"gamma", "beta", "alpha"});
  CHECK(scripts["alpha"]->cancelled == 0); // What runs goes on.
  advance(10s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.bin", body));
  REQUIRE(scripts["gamma"]->asked.size() == 1);
  CHECK(scripts["gamma"]->asked[0].offset == mib);
  CHECK(scripts["beta"]->asked.empty());
}

TEST_CASE_FIXTURE(
    flow_fixture, "settings in effect: who leaves the chain gets no new lease, who joins it gets one") {
  provider("alpha", "hello", 1);
  provider("beta", "hello", 2);
  document.chain = {"alpha"};
  start();
  CHECK(view(submit("a")).row.provider == "alpha");
  document.chain = {"beta"};
  apply_settings();
  CHECK(view(submit("b")).row.provider == "beta");
  CHECK(scripts["alpha"]->asked.size() == 1);
}

TEST_CASE_FIXTURE(flow_fixture, "settings in effect: fewer retries hold from a job's next decision on") {
  document.global.failure_threshold = 1000;
  document.global.max_retries = 50;
  document.global.retry_delay_seconds = 10;
  provider("alpha", "hello", 1)->otherwise = fails(fault::refused);
  provider("beta", "hello", 2);
  start();
  const auto job = submit("a");
  advance(1s);
  CHECK(scripts["beta"]->asked.empty());
  const auto tries = scripts["alpha"]->asked.size();
  document.global.max_retries = 0;
  apply_settings();
  advance(1min);
  CHECK(state(job) == job_state::succeeded);
  CHECK(view(job).row.provider == "beta");
  CHECK(scripts["alpha"]->asked.size() <= tries + 1);
}

TEST_CASE_FIXTURE(
    flow_fixture, "settings in effect: limits at once: a wish that waits for a slot is granted one") {
  provider("alpha", "hello", 1)->otherwise = takes(10s);
  document.providers["alpha"].max_concurrent_downloads = 1;
  start();
  submit("a");
  const auto waits = submit("b");
  advance(1s);
  CHECK(stats("alpha").leases == 1);
  document.providers["alpha"].max_concurrent_downloads = 2;
  apply_settings();
  CHECK(stats("alpha").leases == 2);
  document.providers["alpha"].max_concurrent_downloads = 1; // Both may end; nobody else comes in.
  apply_settings();
  const auto late = submit("c");
  advance(1s);
  CHECK(stats("alpha").leases == 2);
  advance(10s);
  CHECK(state(waits) == job_state::succeeded);
  CHECK(state(late) == job_state::running);
}

TEST_CASE_FIXTURE(flow_fixture, "settings in effect: a provider that is added serves the jobs that wait") {
  provider("alpha", "hello", 1)->otherwise = takes(1h);
  document.providers["alpha"].max_concurrent_downloads = 1;
  start();
  submit("a");
  const auto waits = submit("b");
  advance(1s);
  provider("beta", "hello", 2);
  apply_settings();
  CHECK(view(waits).row.provider == "beta");
  CHECK(state(waits) == job_state::succeeded);
}

TEST_CASE_FIXTURE(
    flow_fixture,
    "settings in effect: who waits for providers to recover goes to one that is added or enabled") {
  document.global.failure_threshold = 1;
  document.global.cooldown_base_seconds = 900;
  document.global.when_all_unavailable = all_unavailable::wait;
  provider("alpha", "hello", 1)->otherwise = fails(fault::refused);
  provider("beta", "hello", 2);
  document.providers["beta"].enabled = false;
  start();
  const auto first = submit("a"), second = submit("b");
  advance(5s);
  CHECK(state(first) == job_state::waiting);
  document.providers["alpha"].priority = 3; // Brings nobody.
  apply_settings();
  CHECK(state(first) == job_state::waiting);
  document.providers["beta"].enabled = true;
  apply_settings();
  CHECK(state(first) == job_state::succeeded);
  CHECK(state(second) == job_state::succeeded);
}

TEST_CASE_FIXTURE(
    flow_fixture, "settings in effect: a removed provider drains: its transfer ends, and nobody new comes") {
  provider("alpha", "hello", 1)->otherwise = takes(10s);
  provider("beta", "hello", 2);
  start();
  const auto running = submit("a");
  document.providers.erase("alpha");
  apply_settings();
  CHECK(stats("alpha").draining);
  CHECK(stats("alpha").leases == 1);
  CHECK(ask<health_summary>(health, summary_atom_v)->total_providers == 1); // It is not listed any more.
  CHECK(view(submit("b")).row.provider == "beta");
  advance(10s);
  CHECK(view(running).row.provider == "alpha");
  CHECK(state(running) == job_state::succeeded);
  CHECK(stats().providers.size() == 2); // Its counters stay.
  CHECK_FALSE(stats("alpha").draining);
  CHECK(
      ask<provider_figures>(health, figures_atom_v, std::string{"alpha"}).error() == errc::unknown_provider);
}

TEST_CASE_FIXTURE(
    flow_fixture,
    "settings in effect: a draining provider is cut off at once on demand, and its jobs go on") {
  const auto body = bytes_of(2 * mib);
  provider("alpha", body, 1)->otherwise = hangs_at(mib);
  provider("beta", body, 2);
  start();
  CHECK_FALSE(*ask<bool>(supervisor, remove_atom_v, std::string{"alpha"})); // It is in the settings.
  const auto job = submit("x.bin");
  document.providers.erase("alpha");
  apply_settings();
  CHECK(state(job) == job_state::running);
  CHECK(*ask<bool>(supervisor, remove_atom_v, std::string{"alpha"}));
  CHECK_FALSE(*ask<bool>(supervisor, remove_atom_v, std::string{"alpha"}));
  advance(5s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.bin", body));
  CHECK(scripts["alpha"]->running == 0);
  CHECK(scripts["beta"]->asked.at(0).offset == mib);
}

TEST_CASE_FIXTURE(
    flow_fixture, "settings in effect: a provider that comes back while it drains goes on as it is") {
  provider("alpha", "hello", 1)->otherwise = takes(10s);
  start();
  const auto running = submit("a");
  const auto was = document.providers.at("alpha");
  document.providers.erase("alpha");
  apply_settings();
  document.providers["alpha"] = was;
  apply_settings();
  CHECK_FALSE(stats("alpha").draining);
  CHECK(ask<health_summary>(health, summary_atom_v)->total_providers == 1);
  CHECK(view(submit("b")).row.provider == "alpha");
  advance(10s);
  CHECK(state(running) == job_state::succeeded);
  CHECK(scripts["alpha"]->spawned == 1);
}

TEST_CASE_FIXTURE(flow_fixture, "failover_supervisor: ranks the chain as a new job would use it") {
  provider("alpha", "hello", 1);
  provider("beta", "hello", 2);
  provider("gamma", "hello", 3);
  document.chain = {"beta", "gamma", "alpha"};
  document.providers["gamma"].enabled = false;
  start();
  const auto ranking = *ask<provider_ranking>(supervisor, list_atom_v);
  REQUIRE(ranking.providers.size() == 2); // Who is disabled is not used.
  CHECK(ranking.providers[0].provider == "beta");
  CHECK(ranking.providers[0].score == 1);
  CHECK(ranking.providers[1].provider == "alpha");
  CHECK(ranking.providers[1].skipped.empty());
  CHECK(stats().chain == std::vector<std::string>{"beta", "gamma", "alpha"}); // As it was set.
  CHECK(stats().config_revision == revision);
}
