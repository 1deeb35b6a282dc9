#include "app/cli/open_submissions.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::cli;

namespace {

job_status ended_as(job_state state) {
  job_status s;
  s.state = state;
  return s;
}

} // namespace

TEST_CASE("open_submissions: an end is kept until all that were open then are answered, and no longer") {
  open_submissions o;
  const auto first = o.begin(), second = o.begin();
  o.ended(7, ended_as(job_state::succeeded));
  const auto third = o.begin();
  CHECK(o.size() == 3);
  o.answered(second);
  REQUIRE(o.end_of(7));
  CHECK(o.end_of(7)->state == job_state::succeeded);
  CHECK_FALSE(o.end_of(8));
  o.answered(first); // The third one cannot be joined to what had ended before it was handed in.
  CHECK_FALSE(o.end_of(7));
  o.ended(8, ended_as(job_state::failed));
  o.answered(third);
  CHECK(o.size() == 0);
  CHECK(o.ends_kept() == 0);
}

TEST_CASE("open_submissions: where nothing is open no end is kept") {
  open_submissions o;
  o.ended(7, ended_as(job_state::failed));
  CHECK(o.ends_kept() == 0);
}

TEST_CASE(
    "open_submissions: of a job that ends twice the newer end holds, for as long as it may be asked for") {
  open_submissions o;
  const auto first = o.begin();
  o.ended(7, ended_as(job_state::failed));
  const auto second = o.begin();
  o.ended(7, ended_as(job_state::succeeded));
  o.answered(first);
  REQUIRE(o.end_of(7));
  CHECK(o.end_of(7)->state == job_state::succeeded);
  o.answered(second);
  CHECK(o.ends_kept() == 0);
}

TEST_CASE("open_submissions: a list of any length keeps few ends, although something is always open") {
  open_submissions o;
  auto open = o.begin();
  for (job_id job = 1; job <= 100'000; ++job) {
    const auto next = o.begin();
    o.ended(job, ended_as(job_state::succeeded));
    o.answered(std::exchange(open, next));
    REQUIRE(o.ends_kept() <= 2);
  }
}
