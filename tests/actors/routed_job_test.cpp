// What the supervisor remembers of a job: which attempts count, and how they are numbered.
#include "actors/routed_job.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace std::chrono_literals;

namespace {

const wall_time noon{std::chrono::hours{500'000}};

attempt_row attempt(std::uint32_t number, wall_time began, fault cause = fault::reset) {
  attempt_row a;
  a.number = number;
  a.provider = "alpha";
  a.cause = cause;
  a.result = outcome::provider_fault;
  a.started_at = began;
  a.finished_at = began + 1s;
  return a;
}

job_record record_with(std::vector<attempt_row> attempts) {
  job_record r;
  r.row.attempts = static_cast<std::uint32_t>(attempts.size());
  r.attempts = std::move(attempts);
  return r;
}

} // namespace

TEST_CASE("routed_job: attempts before a retry number on, and nothing else") {
  auto record = record_with({attempt(1, noon), attempt(3, noon + 1min, fault::network_unreachable)});
  record.row.retried_at = noon + 2min;
  const routed_job job{record, {}};
  CHECK(job.attempts.empty());
  CHECK(job.last_number == 3); // Not their count: there are gaps.

  record.attempts.push_back(attempt(4, noon + 2min));
  const routed_job again{record, {}};
  CHECK(again.attempts.size() == 1);
  CHECK(again.last_number == 4);
}

TEST_CASE("routed_job: a job whose attempts the journal has forgotten can go on") {
  job_record record;
  record.row.attempts = 7; // The count stays with the row.
  const routed_job job{record, {}};
  CHECK(job.attempts.empty());
  CHECK(job.last_number == 7);
}

TEST_CASE("routed_job: a blame takes a number, so that no lease gets the same") {
  routed_job job{record_with({attempt(1, noon)}), {}};
  job.note_blame(attempt(2, noon + 1min, fault::wrong_digest));
  CHECK(job.attempts.size() == 2);
  CHECK(job.last_number == 2);
}
