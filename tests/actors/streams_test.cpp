// One job over several streams and providers, in virtual time.
#include "streams_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace tributary;
using namespace tributary::testing;

TEST_CASE_FIXTURE(streams_fixture, "streams: three equal mirrors give one file in a third of the time") {
  for (const auto* name : {"alpha", "beta", "gamma"})
    flowing(name, stream_rate);
  start();
  const auto job = submit("x.bin");
  const auto took = time_of(job);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.bin", body));
  CHECK(took <= milliseconds{36 * 1000 / 12} * 120 / 100);
  CHECK(sent() == body.size());
  for (const auto& [name, s] : scripts)
    CHECK(s->sent >= 9 * mib);
  check_provenance(job);
  const auto& first = scripts["alpha"]->asked.front();
  CHECK(first.offset == 0);
  CHECK(first.window->end() < open_end); // It was drawn in.
}

TEST_CASE_FIXTURE(streams_fixture, "streams: a fast mirror takes over most of a slow one's share") {
  flowing("alpha", stream_rate / 8);
  flowing("beta", stream_rate);
  start();
  const auto job = submit("x.bin");
  const auto took = time_of(job);
  CHECK(published("x.bin", body));
  CHECK(sent() == body.size());
  CHECK(took <= 11s); // 8 s is the best there is.
  CHECK(scripts["beta"]->sent > 27 * mib);
}

TEST_CASE_FIXTURE(
    streams_fixture, "streams: max_segments of one provider, never more, and one for a small file") {
  flowing("alpha", stream_rate);
  document.providers["alpha"].max_concurrent_downloads = 16;
  start();
  auto spec = spec_of("x.bin");
  spec.max_segments = 3;
  const auto job = submit(spec);
  time_of(job);
  CHECK(published("x.bin", body));
  CHECK(scripts["alpha"]->running_max == 3);
  CHECK(sent() == body.size());
  scripts["alpha"]->body = bytes_of(mib);
  scripts["alpha"]->running_max = 0;
  scripts["alpha"]->asked.clear();
  const auto small = submit("y.bin");
  time_of(small);
  CHECK(state(small) == job_state::succeeded);
  CHECK(scripts["alpha"]->asked.size() == 1);
}

TEST_CASE_FIXTURE(
    streams_fixture, "streams: when one mirror dies the others finish, and nothing is fetched twice") {
  for (const auto* name : {"alpha", "beta", "gamma"})
    flowing(name, stream_rate);
  scripts["beta"]->acts = {
      act{.cause = fault::reset, .until = 22 * mib + 77, .bytes_per_second = stream_rate}};
  scripts["beta"]->otherwise = fails(fault::refused);
  document.providers["beta"].max_retries = 0;
  start();
  const auto job = submit("x.bin");
  time_of(job);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.bin", body));
  CHECK(sent() == body.size());
  check_provenance(job);
  const auto t = trace(job);
  CHECK(std::ranges::any_of(t.attempts, [](const attempt_row& a) {
    return a.provider == "beta" && a.result == outcome::provider_fault;
  }));
}

TEST_CASE_FIXTURE(streams_fixture, "streams: a mirror with another tag joins once three samples are equal") {
  flowing("alpha", stream_rate);
  flowing("beta", stream_rate, "\"other\"");
  start();
  const auto job = submit("x.bin");
  const auto took = time_of(job);
  CHECK(published("x.bin", body));
  CHECK(took <= 5500ms);
  const auto& asked = scripts["beta"]->asked;
  REQUIRE(asked.size() >= 6); // Unproven, too early; unproven; three samples; bytes.
  for (std::size_t i = 2; i <= 4; ++i)
    CHECK(asked[i].window->end() - asked[i].offset == 64 << 10);
  CHECK(scripts["beta"]->sent > 14 * mib);
  CHECK(stats("beta").failures[static_cast<std::size_t>(outcome::identity)] == 0);
}

TEST_CASE_FIXTURE(streams_fixture, "streams: a mirror whose samples differ gives no byte") {
  flowing("alpha", stream_rate);
  flowing("beta", stream_rate, "\"other\"")->body[0] ^= 1;
  start();
  const auto job = submit("x.bin");
  time_of(job);
  CHECK(published("x.bin", body));
  CHECK(is_all_from("alpha", job));
  CHECK(stats("beta").failures[static_cast<std::size_t>(outcome::identity)] == 1);
}

TEST_CASE_FIXTURE(
    streams_fixture, "streams: of another size, or without ranges, a second mirror gives no byte") {
  flowing("alpha", stream_rate);
  flowing("beta", stream_rate)->body += "x";
  flowing("gamma", stream_rate)->otherwise.no_ranges = true;
  start();
  const auto job = submit("x.bin");
  time_of(job);
  CHECK(published("x.bin", body));
  CHECK(is_all_from("alpha", job));
}

TEST_CASE_FIXTURE(
    streams_fixture, "streams: a source without ranges goes on alone when nobody else is there") {
  flowing("alpha", stream_rate)->otherwise.no_ranges = true;
  start();
  const auto job = submit("x.bin");
  time_of(job);
  CHECK(published("x.bin", body));
  CHECK(scripts["alpha"]->asked.size() == 1);
}

TEST_CASE_FIXTURE(
    streams_fixture,
    "streams: a corrupt mirror makes a wrong file once; who it was is known when it is right") {
  flowing("alpha", stream_rate);
  auto& corrupt = flowing("beta", stream_rate)->body;
  for (std::size_t i = 20 * mib; i < corrupt.size(); ++i)
    corrupt[i] ^= 1;
  start();
  auto spec = spec_of("x.bin");
  spec.sha256 = sha256_of(body);
  const auto job = submit(spec);
  time_of(job);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.bin", body));
  const auto attempts = trace(job).attempts;
  const auto blamed = std::ranges::find(attempts, fault::wrong_digest, &attempt_row::cause);
  REQUIRE(blamed != attempts.end());
  CHECK(blamed->provider == "beta");
  CHECK(blamed->result == outcome::provider_fault);
  CHECK(std::ranges::none_of(attempts, [](const attempt_row& a) {
    return a.provider == "alpha" && a.result == outcome::provider_fault;
  }));
  CHECK(stats("beta").failures[static_cast<std::size_t>(outcome::provider_fault)] == 1);
}

TEST_CASE_FIXTURE(
    streams_fixture,
    "streams: a crash loses at most the piece that each was in, and stored bytes are checked") {
  for (const auto* name : {"alpha", "beta"})
    flowing(name, stream_rate);
  start();
  const auto job = submit("x.bin");
  advance(3s);
  const auto before = stored(job).row.bytes_done;
  CHECK(before > 15 * mib);
  stop_engine();
  SUBCASE("nothing was touched") {
    start();
    time_of(job);
    CHECK(sent() - body.size() <= 4 * mib);
  }
  SUBCASE("a byte has changed meanwhile") {
    const auto part = folder / stored(job).row.part;
    auto bytes = read_file(part);
    bytes[5] ^= 1;
    write_file(part, bytes);
    start();
    time_of(job);
    CHECK(sent() - body.size() <= 5 * mib);
  }
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.bin", body));
  check_provenance(job);
}

TEST_CASE_FIXTURE(streams_fixture, "streams: goes on weeks later at another mirror with the same bytes") {
  flowing("alpha", stream_rate);
  start();
  const auto job = submit("x.bin");
  advance(4s);
  stop_engine();
  scripts["alpha"]->otherwise = fails(fault::refused);
  document.providers["alpha"].max_retries = 0;
  flowing("beta", stream_rate, "\"other tag\"");
  advance(24h * 21);
  start();
  time_of(job);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.bin", body));
  CHECK(sent() - body.size() <= mib + 3 * (64 << 10));
}

TEST_CASE_FIXTURE(streams_fixture, "streams: a cancel in the middle leaves neither leases nor files") {
  for (const auto* name : {"alpha", "beta"})
    flowing(name, stream_rate);
  start();
  const auto job = submit("x.bin");
  advance(3s);
  CHECK(stats().leases == 2);
  CHECK_FALSE(cancel(job));
  advance(1s);
  CHECK(stats().leases == 0);
  CHECK(part_files().empty());
}

TEST_CASE_FIXTURE(
    streams_fixture, "streams: who holds several leases gives one back to a job that has none") {
  flowing("alpha", stream_rate);
  document.providers["alpha"].max_concurrent_downloads = 4;
  start();
  const auto big = submit("big.bin");
  advance(2s);
  CHECK(scripts["alpha"]->running == 4);
  const auto late = submit("late.bin");
  run();
  CHECK(state(late) == job_state::waiting);
  advance(1500ms);
  CHECK(state(late) == job_state::running);
  CHECK(scripts["alpha"]->running_max == 4);
  time_of(big);
  time_of(late);
  CHECK(published("big.bin", body));
  CHECK(published("late.bin", body));
  CHECK(sent() == 2 * body.size());
}

TEST_CASE_FIXTURE(
    streams_fixture, "streams: a job without a lease gives its slot to one that can use another provider") {
  flowing("alpha", stream_rate);
  flowing("beta", stream_rate);
  document.global.max_running_jobs = 2;
  start();
  auto only_alpha = spec_of("a.bin");
  only_alpha.providers = {"alpha"};
  auto also_alpha = only_alpha;
  also_alpha.output = "b.bin";
  auto only_beta = spec_of("c.bin");
  only_beta.providers = {"beta"};
  const auto a = submit(only_alpha), b = submit(also_alpha), c = submit(only_beta);
  advance(1s);
  CHECK(state(a) == job_state::running);
  CHECK(state(b) == job_state::waiting);
  CHECK(state(c) == job_state::running);
  CHECK(stats().leases == 2);
  CHECK(counts().running == 2);
  CHECK(counts().waiting == 1);
  for (const auto job : {a, b, c}) {
    time_of(job);
    CHECK(state(job) == job_state::succeeded);
  }
  CHECK(counts().running == 0);
  CHECK(counts().waiting == 0);
}

TEST_CASE_FIXTURE(
    flow_fixture,
    "streams: a file that neither the job nor its URL names is called as its source says, safely") {
  struct row {
    const char *told, *name;
  };
  for (const auto& r :
       {row{"Big File.iso", "Big File.iso"}, row{"", "download"}, row{"x.part", "download (1)"}}) {
    CAPTURE(r.told);
    if (!supervisor) {
      script_of("http://h.test:80", "hello");
      start();
    }
    scripts["http://h.test:80"]->file_name = r.told;
    job_spec spec;
    spec.resource.urls = {"http://h.test/"};
    spec.on_conflict = on_conflict::replace; // Never of what the source names.
    const auto job = submit(spec);
    advance(1s);
    CHECK(state(job) == job_state::succeeded);
    CHECK(view(job).row.target == r.name);
    CHECK(published(r.name, "hello"));
  }
}

TEST_CASE_FIXTURE(
    flow_fixture,
    "streams: hundreds of jobs want one provider: limits hold, the urgent go first, all are served") {
  provider("alpha", "hello")->otherwise = takes(1s);
  document.providers["alpha"].max_concurrent_downloads = 4;
  document.global.max_running_jobs = 8;
  start();
  std::vector<job_id> jobs;
  for (int i = 0; i < 300; ++i)
    jobs.push_back(submit("f" + std::to_string(i)));
  auto urgent = spec_of("urgent");
  urgent.priority = 9;
  run();
  CHECK(stats().leases == 4);
  const auto first = submit(urgent);
  advance(3s);
  CHECK(state(first) == job_state::succeeded);
  CHECK(scripts["alpha"]->asked.size() <= 16);
  advance(75s);
  for (const auto job : jobs)
    REQUIRE(state(job) == job_state::succeeded);
  CHECK(scripts["alpha"]->running_max == 4);
  CHECK(scripts["alpha"]->asked.size() == 301);
}
