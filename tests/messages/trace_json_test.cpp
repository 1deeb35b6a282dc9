#include "messages/job_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <doctest/doctest.h>

using namespace tributary;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

decision_row grant(milliseconds at, std::string provider) {
  decision_row d;
  d.at = wall_time{at};
  d.action = plan_action::grant;
  d.chosen = std::move(provider);
  return d;
}

decision_row wait(milliseconds at, milliseconds until) {
  decision_row d;
  d.at = wall_time{at};
  d.action = plan_action::wait_until;
  d.wait_until = wall_time{until};
  return d;
}

attempt_row attempt(std::uint32_t number, std::string provider, milliseconds from, milliseconds to) {
  attempt_row a;
  a.number = number;
  a.provider = std::move(provider);
  a.result = outcome::provider_fault;
  a.cause = fault::refused;
  a.started_at = wall_time{from};
  a.finished_at = wall_time{to};
  return a;
}

/// The next_delay_ms of each attempt, -1 for null.
std::vector<std::int64_t> delays(const job_trace& trace) {
  std::vector<std::int64_t> out;
  const auto got = json::value(to_json(trace));
  for (const auto& a : got.at("attempts").as_array())
    out.push_back(a.at("next_delay_ms").is_null() ? -1 : a.at("next_delay_ms").as_int64());
  return out;
}

} // namespace

TEST_CASE("trace_json: a trace names the job, the candidates and why they were passed over") {
  job_trace trace;
  trace.job = 7;
  auto d = grant(1000ms, "beta");
  d.candidates = {
      {"alpha", 0.5, {0, 1, 2, 3.5, {}, 4}, "full 4/4"}, {"beta", 0.25, {1, 0, 0, {}, 9.5, 0}, ""}};
  d.config_revision = 3;
  trace.decisions = {d};
  auto a = attempt(1, "beta", 1001ms, 1500ms);
  a.status = 503;
  a.message = "busy";
  a.bytes = 10;
  trace.attempts = {a};
  const auto got = json::value(to_json(trace));
  CHECK(got.at("job") == "7");
  const auto& decision = got.at("decisions").at(0);
  CHECK(decision.at("at") == "1970-01-01T00:00:01.000Z");
  CHECK(decision.at("chosen") == "beta");
  CHECK(decision.at("config_revision") == 3);
  CHECK(decision.at("candidates").at(0).at("provider") == "alpha");
  CHECK(decision.at("candidates").at(0).at("skipped") == "full 4/4");
  CHECK(
      decision.at("candidates").at(0).at("terms") == json::value(
                                                         {{"position", 0},
                                                          {"ok", 1},
                                                          {"tried", 2},
                                                          {"throughput_mbps", 3.5},
                                                          {"first_byte_ms", nullptr},
                                                          {"leases", 4}}));
  CHECK(decision.at("candidates").at(1).at("skipped").is_null());
  CHECK(
      got.at("attempts").at(0) == json::value(
                                      {{"number", 1},
                                       {"provider", "beta"},
                                       {"outcome", "provider_fault"},
                                       {"fault", "refused"},
                                       {"status", 503},
                                       {"message", "busy"},
                                       {"bytes", 10},
                                       {"started_at", "1970-01-01T00:00:01.001Z"},
                                       {"finished_at", "1970-01-01T00:00:01.500Z"},
                                       {"next_delay_ms", nullptr}}));
}

TEST_CASE("trace_json: the delay after an attempt is what the next decision waited") {
  job_trace trace;
  trace.decisions = {
      grant(0ms, "alpha"), wait(100ms, 600ms), grant(600ms, "alpha"), grant(700ms, "beta"),
      wait(800ms, 790ms)};
  trace.attempts = {
      attempt(1, "alpha", 1ms, 100ms), attempt(2, "alpha", 601ms, 700ms), attempt(3, "beta", 701ms, 800ms)};
  CHECK(delays(trace) == std::vector<std::int64_t>{500, -1, 0});
}

TEST_CASE("trace_json: delays are told apart when everything happens in one millisecond") {
  job_trace trace;
  trace.decisions = {grant(5ms, "alpha"), wait(5ms, 5ms), grant(5ms, "alpha"), wait(5ms, 9ms)};
  trace.attempts = {attempt(1, "alpha", 5ms, 5ms), attempt(2, "alpha", 5ms, 5ms)};
  CHECK(delays(trace) == std::vector<std::int64_t>{0, 4});
}

TEST_CASE("trace_json: a grant whose attempt was lost in a crash gives its delay to nobody") {
  job_trace trace;
  trace.decisions = {grant(0ms, "alpha"), grant(900ms, "alpha"), wait(1000ms, 1250ms)};
  trace.attempts = {attempt(1, "alpha", 901ms, 1000ms)};
  CHECK(delays(trace) == std::vector<std::int64_t>{250});
}
