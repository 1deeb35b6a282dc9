// One job over several streams, while mirrors misbehave at random, in virtual time.
#include "streams_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace tributary;
using namespace tributary::testing;

// Goal: whatever mirrors do, the right bytes come, as long as one is honest; and each bad event costs at most
// one piece. Method: three mirrors, two of which die, stall out, change or lose their file or refuse at
// random; the digest is known. The seed is printed with a failure.
TEST_CASE_FIXTURE(streams_fixture, "streams: random misbehaviour ends with the right bytes") {
  body = bytes_of(8 * mib);
  for (const auto* name : {"alpha", "beta", "gamma"})
    flowing(name, 2 * mib);
  document.global.max_attempts = 100;
  document.global.deadline_seconds.reset();
  for (auto& [name, p] : document.providers)
    p.max_retries = 50;
  start();
  static constexpr fault faults[]{fault::reset, fault::truncated, fault::stalled, fault::refused};
  std::uint64_t all_faults = 0, worst = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    std::uint64_t faults_seen = 0;
    const auto honest = random() % 3;
    unsigned number = 0;
    for (auto& [name, s] : scripts) {
      s->acts.clear();
      s->sent = 0;
      s->etag = random() % 2 ? "\"1\"" : "";
      if (number++ == honest)
        continue;
      for (auto n = random() % 12; n > 0; --n) {
        act a = flows(2 * mib);
        a.cause = faults[random() % std::size(faults)];
        if (random() % 4)
          a.until = random() % body.size();
        if (random() % 8 == 0)
          a.what = act::kind::busy;
        s->acts.push_back(a);
      }
    }
    auto spec = spec_of("f" + std::to_string(seed) + ".bin");
    spec.sha256 = sha256_of(body);
    const auto job = submit(spec);
    time_of(job);
    REQUIRE(state(job) == job_state::succeeded);
    REQUIRE(published("f" + std::to_string(seed) + ".bin", body));
    for (const auto& a : trace(job).attempts)
      faults_seen += a.result == outcome::provider_fault;
    const auto refetched = sent() - body.size();
    REQUIRE(refetched <= faults_seen * mib);
    all_faults += faults_seen;
    worst = std::max(worst, refetched);
  }
  MESSAGE("40 seeds, " << all_faults << " faults, at most " << worst << " bytes fetched again");
  CHECK(all_faults > 40);
}
