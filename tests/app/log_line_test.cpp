#include "app/log_line.hpp"

#include "actors/health_events.hpp"

#include <doctest/doctest.h>

using namespace tributary;

namespace {

const wall_time at{std::chrono::sys_days{std::chrono::year{2027} / 1 / 15} + std::chrono::hours{8}};

event_row numbered(event_row e) {
  e.number = 7;
  return e;
}

} // namespace

TEST_CASE("log_line: an event of a job names it, one of nobody does not") {
  event_row e{7, at, "job.running", 3, R"({"provider":"alpha"})"};
  CHECK(log_line(e) == R"(#7 job.running job 3 {"provider":"alpha"})");
  CHECK_FALSE(is_warning(e));
  e.job = 0;
  e.kind = "settings.changed";
  CHECK(log_line(e) == R"(#7 settings.changed {"provider":"alpha"})");
}

TEST_CASE("log_line: a change of availability reads as a sentence with its cause") {
  const auto closed = numbered(event_of(
      {"alpha", provider_state::available, provider_state::unavailable,
       "3 incidents in a row, the last: refused", at},
      at));
  CHECK(
      log_line(closed) == "#7 provider.state alpha: available -> unavailable until 2027-01-15T08:00:00.000Z, "
                          "3 incidents in a row, the last: refused");
  CHECK(is_warning(closed));
  const auto longer = numbered(event_of(
      {"alpha", provider_state::unavailable, provider_state::unavailable,
       "the check after the cool-down failed: refused", at},
      at));
  CHECK(log_line(longer).find("alpha: still unavailable until") != std::string::npos);
  const auto back = numbered(event_of(
      {"alpha", provider_state::probation, provider_state::available, "2 successes in probation", {}}, at));
  CHECK(log_line(back) == "#7 provider.state alpha: probation -> available, 2 successes in probation");
  CHECK_FALSE(is_warning(back));
}

TEST_CASE("log_line: our own network's outage is a warning, its end is none") {
  CHECK(is_warning(network_event(false, "no provider could be reached", at)));
  CHECK_FALSE(is_warning(network_event(true, "a provider answered", at)));
}

TEST_CASE("log_line: data that cannot be read is shown as it is") {
  CHECK(log_line({7, at, "provider.state", 0, "{"}) == "#7 provider.state {");
}
