// Whole runs that go wrong on the way: other providers, other times, other bytes.
#include "flow_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;

TEST_CASE_FIXTURE(
    flow_fixture, "failover: goes on at the next provider from the bytes at hand when one dies mid-file") {
  const auto body = bytes_of(5 * mib);
  provider("alpha", body, 1)->otherwise = dies_at(3 * mib + 17);
  provider("beta", body, 2);
  document.providers["alpha"].max_retries = 0;
  start();
  const auto job = submit("big.bin");
  advance(1s);
  const auto v = view(job);
  CHECK(v.row.state == job_state::succeeded);
  CHECK(published("big.bin", body));
  REQUIRE(scripts["beta"]->asked.size() == 1);
  CHECK(scripts["beta"]->asked[0].offset == 3 * mib + 17);
  CHECK(v.row.provider == "alpha");
  CHECK(v.providers_tried == std::vector<std::string>{"alpha", "beta"});
  const auto extents = stored(job).extents;
  REQUIRE(extents.size() == 6); // Piece by piece; two in the piece that alpha died in.
  CHECK(extents[3].provider == "alpha");
  CHECK(extents[3].length == 17);
  CHECK(extents[4].provider == "beta");
  CHECK(extents[4].offset == 3 * mib + 17);
  CHECK(extents[4].attempt == 2);
  CHECK(stats("alpha").failovers_from == 1);
  CHECK(stats("beta").failovers_to == 1);
  CHECK(stats().failovers == 1);
}

TEST_CASE_FIXTURE(
    flow_fixture, "failover: bytes are never mixed with another file's: afresh when nobody has the old one") {
  const auto old_body = bytes_of(2 * mib), new_body = std::string(3 * mib, 'z');
  provider("alpha", old_body, 1)->acts = {dies_at(mib + 5), fails(fault::refused)};
  provider("beta", new_body, 2)->etag = "\"2\"";
  scripts["alpha"]->otherwise = fails(fault::refused);
  document.providers["alpha"].max_retries = 1;
  start();
  const auto job = submit("x.bin");
  advance(10s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.bin", new_body));
  const auto& asked = scripts["beta"]->asked;
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].offset == mib + 5); // Offered another file: refused by the gate.
  CHECK(asked[1].offset == 0);
  CHECK(stats("alpha").bytes_wasted == mib + 5);
  CHECK(stats("beta").bytes_wasted == 0);
  CHECK(trace(job).decisions.back().afresh);
}

TEST_CASE_FIXTURE(
    flow_fixture, "failover: a known digest lets bytes of providers without validators be joined") {
  const auto body = std::string(2 * mib, 'q');
  for (const auto* name : {"alpha", "beta"})
    provider(name, body)->etag.clear();
  scripts["alpha"]->otherwise = dies_at(mib);
  document.providers["alpha"].max_retries = 0;
  start();
  auto spec = spec_of("x.bin");
  spec.sha256 = sha256_of(body);
  const auto job = submit(spec);
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(view(job).row.sha256 == *spec.sha256);
  REQUIRE(scripts["beta"]->asked.size() == 1);
  CHECK(scripts["beta"]->asked[0].offset == mib);
}

TEST_CASE_FIXTURE(
    flow_fixture, "failover: when all fail it ends failed, with every provider and its last error") {
  provider("alpha", "x", 1)->otherwise = fails(fault::refused);
  provider("beta", "x", 2)->otherwise = fails(fault::status, 503);
  provider("gamma", "x", 3)->otherwise = fails(fault::certificate);
  for (auto& [name, p] : document.providers)
    p.max_retries = 0;
  start();
  const auto job = submit("x.bin");
  advance(1s);
  const auto row = view(job).row;
  CHECK(row.state == job_state::failed);
  REQUIRE(row.error);
  CHECK(row.error->result == outcome::provider_fault);
  for (const auto* part : {"alpha", "refused", "beta", "503", "gamma", "certificate"}) {
    CAPTURE(part);
    CHECK(row.error->message.find(part) != std::string::npos);
  }
  CHECK(row.error->provider == "gamma");
  CHECK(row.finished_at);
  CHECK(row.part.empty());
  CHECK(part_files().empty());
  CHECK(stats("alpha").failures[static_cast<std::size_t>(outcome::provider_fault)] == 1);
  CHECK(stats().leases == 0);
}

TEST_CASE_FIXTURE(flow_fixture, "failover: 404 everywhere is missing; with one other error it is not") {
  provider("alpha", "x")->otherwise = fails(fault::status, 404);
  provider("beta", "x")->otherwise = fails(fault::status, 410);
  start();
  auto job = submit("x.bin");
  advance(1s);
  REQUIRE(view(job).row.error);
  CHECK(view(job).row.error->result == outcome::missing);
  scripts["beta"]->otherwise = fails(fault::status, 403);
  job = submit("y.bin");
  advance(1s);
  REQUIRE(view(job).row.error);
  CHECK(view(job).row.error->result == outcome::auth);
}

TEST_CASE_FIXTURE(flow_fixture, "failover: what came of a failed job's file stays for a later retry") {
  provider("alpha", bytes_of(2 * mib))->otherwise = dies_at(mib);
  document.providers["alpha"].max_retries = 0;
  start();
  const auto job = submit("x.bin");
  advance(1s);
  CHECK(state(job) == job_state::failed);
  CHECK(part_files() == std::vector<std::string>{stored(job).row.part});
  CHECK(view(job).row.bytes_done == mib);
}

TEST_CASE_FIXTURE(
    flow_fixture, "failover: retries wait for their backoff, doubling, and count per provider") {
  provider("alpha", "hello")->acts = {fails(fault::refused), fails(fault::refused), fails(fault::refused)};
  document.global.retry_delay_seconds = 8; // unit() is 0.5: delays of 4, 8 and 16 s.
  start();
  const auto job = submit("x.txt");
  const auto& asked = scripts["alpha"]->asked;
  for (const auto delay : {4000ms, 8000ms, 16'000ms}) {
    CAPTURE(delay.count());
    const auto before = asked.size();
    CHECK(state(job) == job_state::waiting);
    CHECK(view(job).row.next_attempt_at == wall_now() + delay);
    REQUIRE(view(job).row.error);
    CHECK(view(job).row.error->result == outcome::provider_fault);
    CHECK(counts().running == 0);
    advance(delay - 1ms);
    CHECK(asked.size() == before);
    advance(1ms);
    CHECK(asked.size() == before + 1);
  }
  CHECK(state(job) == job_state::succeeded);
  CHECK_FALSE(view(job).row.error);
  CHECK(view(job).row.attempts == 4);
}

TEST_CASE_FIXTURE(flow_fixture, "failover: a backoff survives a restart and is not drawn again") {
  auto luck = 0.5;
  unit = [&luck] { return luck; };
  provider("alpha", "hello")->acts = {fails(fault::refused)};
  document.global.retry_delay_seconds = 20;
  start();
  const auto job = submit("x.txt");
  advance(4s);
  luck = 0.99;
  restart();
  CHECK(state(job) == job_state::waiting);
  advance(5999ms);
  CHECK(scripts["alpha"]->asked.size() == 1);
  advance(1ms);
  CHECK(scripts["alpha"]->asked.size() == 2);
  CHECK(state(job) == job_state::succeeded);
  CHECK(stats("alpha").attempts == 2); // The first is from before the restart.
  CHECK(*stats().mean_attempts == 2);
}

TEST_CASE_FIXTURE(flow_fixture, "failover: a 503 with Retry-After is not asked before its time") {
  auto slow_down = fails(fault::status, 503);
  slow_down.retry_after = seconds{40};
  provider("alpha", "hello")->acts = {slow_down};
  start();
  const auto job = submit("x.txt");
  advance(39'999ms);
  CHECK(scripts["alpha"]->asked.size() == 1);
  advance(1ms);
  CHECK(state(job) == job_state::succeeded);
  CHECK(stats("alpha").failures[static_cast<std::size_t>(outcome::throttled)] == 1);
}

TEST_CASE_FIXTURE(flow_fixture, "failover: a busy provider is asked again, and nobody is blamed") {
  act busy;
  busy.what = act::kind::busy;
  provider("alpha", "hello")->acts = {busy, busy};
  start();
  const auto job = submit("x.txt");
  advance(10s);
  const auto v = view(job);
  CHECK(v.row.state == job_state::succeeded);
  CHECK(v.row.attempts == 1);
  CHECK(trace(job).attempts.at(0).number == 1);
  CHECK(stats("alpha").attempts == 1);
}

TEST_CASE_FIXTURE(
    flow_fixture,
    "failover: a wrong digest from one source excludes it, and the file comes whole from the next") {
  provider("alpha", "rotten", 1);
  provider("beta", "golden", 2);
  start();
  auto spec = spec_of("x.txt");
  spec.sha256 = sha256_of("golden");
  const auto job = submit(spec);
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.txt", "golden"));
  const auto t = trace(job);
  REQUIRE(t.attempts.size() == 2);
  CHECK(t.attempts[0].result == outcome::provider_fault);
  CHECK(t.attempts[0].cause == fault::wrong_digest);
  CHECK(stats("alpha").bytes_wasted == 6);
  CHECK(scripts["beta"]->asked.at(0).offset == 0);
}

TEST_CASE_FIXTURE(
    flow_fixture,
    "failover: a wrong digest of several sources blames nobody, and the next try takes one only") {
  const auto good = bytes_of(2 * mib), bad = std::string(2 * mib, '!');
  provider("alpha", good, 1)->acts = {dies_at(mib)};
  provider("beta", bad, 2); // Says that it is the same file.
  provider("gamma", good, 3);
  document.providers["alpha"].max_retries = 0;
  start();
  auto spec = spec_of("x.bin");
  spec.sha256 = sha256_of(good);
  const auto job = submit(spec);
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.bin", good));
  const auto t = trace(job);
  REQUIRE(t.attempts.size() == 4);
  CHECK(t.attempts[1].provider == "beta");
  CHECK(t.attempts[1].result == outcome::identity); // Alpha's half or beta's half?
  CHECK(t.attempts[2].provider == "beta");
  CHECK(t.attempts[2].cause == fault::wrong_digest); // Beta's.
  CHECK(t.attempts[3].provider == "gamma");
  for (const auto& e : stored(job).extents)
    CHECK(e.provider == "gamma");
}
