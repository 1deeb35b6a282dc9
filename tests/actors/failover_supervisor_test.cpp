// Leases, provider pairs and statistics, seen through whole runs.
#include "actors/provider_pairs.hpp"
#include "flow_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace tributary;
using namespace tributary::testing;

namespace {

std::vector<std::string> paths_of(const script_ptr& s) {
  std::vector<std::string> out;
  for (const auto& q : s->asked)
    out.push_back(q.path);
  return out;
}

} // namespace

TEST_CASE_FIXTURE(
    flow_fixture,
    "failover_supervisor: never more leases than max_concurrent_downloads; the others wait for one") {
  provider("alpha", "hello")->otherwise = takes(10s);
  document.providers["alpha"].max_concurrent_downloads = 2;
  start();
  for (int i = 0; i < 5; ++i)
    submit("f" + std::to_string(i));
  CHECK(stats().leases == 2);
  CHECK(stats("alpha").leases == 2);
  CHECK(counts().running == 2); // Who waits for a lease gives its slot back.
  CHECK(counts().waiting == 3);
  advance(10s);
  CHECK(counts().succeeded == 2);
  CHECK(stats().leases == 2);
  advance(20s);
  CHECK(counts().succeeded == 5);
  CHECK(scripts["alpha"]->running_max == 2);
  CHECK(stats().leases == 0);
}

TEST_CASE_FIXTURE(
    flow_fixture, "failover_supervisor: waiting wishes are served by priority, then the oldest") {
  provider("alpha", "hello")->otherwise = takes(10s);
  document.providers["alpha"].max_concurrent_downloads = 1;
  start();
  submit("first");
  for (const auto& [name, priority] : {std::pair{"low", 1}, {"old", 5}, {"new", 5}, {"high", 9}}) {
    advance(1ms);
    auto spec = spec_of(name);
    spec.priority = priority;
    submit(spec);
  }
  advance(60s);
  CHECK(paths_of(scripts["alpha"]) == std::vector<std::string>{"first", "high", "old", "new", "low"});
}

TEST_CASE_FIXTURE(
    flow_fixture, "failover_supervisor: a full provider is passed over, and the trace says so") {
  provider("alpha", "hello", 1)->otherwise = takes(10s);
  provider("beta", "hello", 2);
  document.providers["alpha"].max_concurrent_downloads = 1;
  start();
  submit("a");
  const auto job = submit("b");
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(view(job).row.provider == "beta");
  const auto d = trace(job).decisions.at(0);
  CHECK(d.candidates.at(0).provider == "alpha");
  CHECK(d.candidates.at(0).skipped == "full 1/1");
  CHECK(d.chosen == "beta");
  CHECK(stats().failovers == 0);
}

TEST_CASE_FIXTURE(flow_fixture, "failover_supervisor: new settings hold for the next plan at once") {
  provider("alpha", "hello", 1)->otherwise = takes(10s);
  document.providers["alpha"].max_concurrent_downloads = 1;
  start();
  submit("a");
  submit("b");
  CHECK(scripts["alpha"]->asked.size() == 1);
  document.providers["alpha"].max_concurrent_downloads = 2;
  apply_settings();
  CHECK(scripts["alpha"]->asked.size() == 2);
  provider("beta", "hello", 0);
  apply_settings();
  const auto job = submit("c");
  advance(1s);
  CHECK(view(job).row.provider == "beta");
  CHECK(trace(job).decisions.at(0).config_revision == 3);
  CHECK(stats().chain == std::vector<std::string>{"beta", "alpha"});
  CHECK_FALSE(stats().is_explicit);
  document.chain = {"alpha"};
  apply_settings();
  CHECK(stats().chain == std::vector<std::string>{"alpha"});
  CHECK(stats().is_explicit);
}

TEST_CASE_FIXTURE(
    flow_fixture, "failover_supervisor: new global settings hold for the providers of job URLs, too") {
  document.global.max_concurrent_downloads = 1;
  start();
  const auto origin = script_of("http://h.test:80", "hello");
  origin->otherwise = takes(10s);
  for (const auto* name : {"a", "b", "c"}) {
    job_spec spec;
    spec.resource.urls = {std::string{"http://h.test:80/"} + name};
    submit(spec);
  }
  CHECK(origin->asked.size() == 1);
  CHECK(origin->settings == nullptr); // As it was made.
  document.global.max_concurrent_downloads = 2;
  document.global.timeout_seconds = 7;
  apply_settings();
  CHECK(origin->asked.size() == 2);
  REQUIRE(origin->settings);
  CHECK(origin->settings->own.timeout_seconds == 7.0);
  CHECK(origin->spawned == 1);
  document.global.strategy = strategy::best; // Is none of its business.
  origin->settings = nullptr;
  apply_settings();
  CHECK(origin->settings == nullptr);
}

TEST_CASE_FIXTURE(
    flow_fixture, "failover_supervisor: a parked wish waits out one backoff, however often it is looked at") {
  auto luck = 0.9;
  unit = [&luck] { return luck; };
  const auto job = submit_parked("x.txt");
  luck = 0.0;
  const auto& asked = scripts["alpha"]->asked;
  advance(54s - 1ms);
  CHECK(asked.size() == 1);
  advance(1ms);
  CHECK(asked.size() == 2);
  CHECK(state(job) == job_state::succeeded);
}

TEST_CASE_FIXTURE(
    flow_fixture,
    "failover_supervisor: what became unavailable is skipped; nobody is left: least_bad, fail") {
  document.global.failure_threshold = 3;
  provider("alpha", "hello", 1)->otherwise = fails(fault::refused);
  document.providers["alpha"].max_retries = 0;
  provider("beta", "hello", 2);
  start();
  for (int i = 0; i < 3; ++i) {
    submit("f" + std::to_string(i));
    advance(1s);
  }
  CHECK(scripts["alpha"]->asked.size() == 3);
  const auto job = submit("after");
  advance(1s);
  CHECK(scripts["alpha"]->asked.size() == 3);
  CHECK(trace(job).decisions.at(0).candidates.at(0).skipped.find("unavailable until") == 0);
  document.providers["beta"].enabled = false;
  document.global.when_all_unavailable = all_unavailable::fail;
  apply_settings();
  const auto failed = submit("nobody");
  advance(1s);
  CHECK(state(failed) == job_state::failed);
  document.global.when_all_unavailable = all_unavailable::least_bad;
  apply_settings();
  scripts["alpha"]->otherwise = act{};
  const auto forced = submit("least_bad");
  advance(1s);
  CHECK(state(forced) == job_state::succeeded);
  CHECK(trace(forced).decisions.at(0).least_bad);
}

TEST_CASE_FIXTURE(
    flow_fixture,
    "failover_supervisor: a provider that crashes on and on stays down until its settings change") {
  act crash;
  crash.what = act::kind::crash;
  provider("alpha", "hello")->otherwise = crash;
  start();
  auto spec = spec_of("x.txt");
  const auto job = submit(spec);
  advance(10min);
  CHECK(scripts["alpha"]->spawned == provider_crashes_max + 1);
  CHECK(state(job) == job_state::failed);
  scripts["alpha"]->otherwise = act{};
  document.providers["alpha"].priority = 7;
  apply_settings();
  const auto again = submit(spec);
  advance(1s);
  CHECK(state(again) == job_state::succeeded);
}

TEST_CASE_FIXTURE(
    flow_fixture, "failover_supervisor: a factory that throws is tried again, later and later") {
  document.providers["alpha"].base_url = "http://alpha.test"; // No script: the factory throws.
  start();
  const auto job = submit("x.txt");
  CHECK(state(job) == job_state::waiting); // For the provider to come back.
  script_of("alpha", "hello");
  advance(200ms);
  CHECK(state(job) == job_state::succeeded);
}

TEST_CASE_FIXTURE(
    flow_fixture, "failover_supervisor: at most 256 ephemeral providers live; the longest idle makes room") {
  document.global.max_running_jobs = 1000;
  start();
  const auto submit_url = [&](std::size_t host, act how = {}) {
    const auto origin = "http://h" + std::to_string(host) + ".test:80";
    if (!scripts.contains(origin))
      script_of(origin, "hello");
    scripts[origin]->otherwise = how;
    job_spec spec;
    spec.resource.urls = {origin + "/f" + std::to_string(host)};
    spec.on_conflict = on_conflict::replace;
    return submit(spec);
  };
  for (std::size_t i = 0; i < ephemeral_providers_max; ++i) {
    submit_url(i);
    advance(1s);
  }
  CHECK(stats().providers.size() == ephemeral_providers_max);
  const auto job = submit_url(ephemeral_providers_max);
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  const auto now = stats();
  CHECK(now.providers.size() == ephemeral_providers_max);
  CHECK(std::ranges::none_of(now.providers, [](const auto& p) { return p.provider == "http://h0.test:80"; }));

  for (std::size_t i = 1; i <= ephemeral_providers_max; ++i)
    submit_url(i, hangs_at(1));
  advance(1s);
  CHECK(stats().leases == ephemeral_providers_max);
  const auto refused = submit_url(9999);
  advance(1s);
  CHECK(state(refused) == job_state::failed); // None is idle: nobody can serve it.
}

TEST_CASE_FIXTURE(
    flow_fixture, "failover_supervisor: a spent retry budget lets first attempts through, not further ones") {
  provider("alpha", "hello")->otherwise = fails(fault::refused);
  document.providers["alpha"].max_retries = 0;
  start();
  for (int i = 0; i < 50; ++i) { // Half of the budget's 100 tokens.
    submit("f" + std::to_string(i));
    run();
  }
  document.providers["alpha"].max_retries = 3;
  apply_settings();
  const auto job = submit("x");
  advance(1s);
  CHECK(scripts["alpha"]->asked.size() == 51);
  CHECK(state(job) == job_state::failed);
  CHECK(trace(job).decisions.back().candidates.at(0).skipped == "retry budget spent");
}

TEST_CASE_FIXTURE(flow_fixture, "failover_supervisor: counts what was received and thrown away") {
  provider("alpha", bytes_of(2 * mib), 1)->otherwise = hangs_at(mib);
  start();
  const auto job = submit("x.bin");
  CHECK_FALSE(cancel(job));
  advance(1s);
  CHECK(stats("alpha").bytes_wasted == mib);
  CHECK(stats("alpha").failures[static_cast<std::size_t>(outcome::cancelled)] == 1);
  CHECK(stats().jobs == 1);
}
