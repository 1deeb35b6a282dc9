// What the gateway writes: JSON text, problems, heads, health and failover bodies.
#include "net/gateway/health_json.hpp"
#include "net/gateway/json_body.hpp"
#include "net/gateway/json_text.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <numeric>

using namespace tributary;
using namespace tributary::gateway;
namespace json = boost::json;

namespace {

/// Without the newline.
std::string text_of(const json::value& v) {
  auto text = json_text(v);
  REQUIRE(text.ends_with('\n'));
  text.pop_back();
  return text;
}

std::string problem_code(std::string_view body) {
  const auto read = read_body(body);
  const auto* broken = std::get_if<problem>(&read);
  return broken ? std::string{broken->kind.code} : "";
}

/// One by one, so that a failure names the member.
void check_members(const json::object& got, std::string_view expected) {
  const auto members = json::parse({expected.data(), expected.size()}).as_object();
  for (const auto& [name, value] : members) {
    CAPTURE(name);
    REQUIRE(got.contains(name));
    CHECK(got.at(name) == value);
  }
  CHECK(got.size() == members.size());
}

std::array<std::uint64_t, outcome_count> different_counts() {
  std::array<std::uint64_t, outcome_count> counts{};
  std::iota(counts.begin(), counts.end(), std::uint64_t{200});
  return counts;
}

/// No two figures are alike, so that one under another's name is seen.
provider_figures all_different() {
  provider_figures f;
  f.state = provider_state::unavailable;
  f.state_reason = "3 incidents in a row";
  f.unavailable_until = wall_time{milliseconds{1'500}};
  f.total_requests = 101;
  f.successful_requests = 102;
  f.failed_requests = 103;
  f.success_rate = 1.5;
  f.average_response_time_ms = 2.5;
  f.response_time_p50_ms = 3.5;
  f.response_time_p95_ms = 4.5;
  f.response_time_p99_ms = 5.5;
  f.time_to_first_byte_ms = 6.5;
  f.throughput_mbps = 7.5;
  f.consecutive_failures = 104;
  f.total_bytes_downloaded = 105;
  f.uptime_percentage = 8.5;
  f.last_error = "reset";
  f.last_error_time = wall_time{seconds{2}};
  f.last_check_time = wall_time{seconds{3}};
  f.outcomes = different_counts();
  f.samples = 106;
  f.ci95_low = 9.5;
  f.ci95_high = 10.5;
  f.capabilities = provider_capabilities{true, std::nullopt, false, wall_time{seconds{4}}};
  f.held = true;
  return f;
}

} // namespace

TEST_CASE("json_text: doubles are written as people write them") {
  CHECK(text_of(0.1) == "0.1");
  CHECK(text_of(97.5) == "97.5");
  CHECK(text_of(0.0) == "0");
  CHECK(text_of(-1e300) == "-1e+300");
  CHECK(text_of(std::numeric_limits<double>::infinity()) == "null");
  CHECK(text_of(std::numeric_limits<double>::quiet_NaN()) == "null");
  CHECK(text_of(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(text_of(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
}

TEST_CASE("json_text: texts are escaped, and repaired where they are no UTF-8") {
  CHECK(text_of("a\"b\\c\nd\x01\x7f/") == R"("a\"b\\c\nd\u0001\u007f/")");
  CHECK(text_of("\xC3\xA4\xF0\x9F\x98\x80") == "\"\xC3\xA4\xF0\x9F\x98\x80\"");
  CHECK(text_of("a\xFF") == "\"a\xEF\xBF\xBD\"");
  const json::value v{{"a", {1, 2, nullptr}}, {"b", json::object{}}, {"c", json::array{}}, {"d", true}};
  CHECK(text_of(v) == R"({"a":[1,2,null],"b":{},"c":[],"d":true})");
  CHECK(json::parse(json_text(v)) == v);
}

TEST_CASE("json_body: depth is accepted up to 32") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(problem_code(nested(32)).empty());
  CHECK(problem_code(nested(33)) == "malformed_json");
  CHECK(problem_code(nested(100'000)) == "malformed_json");
}

TEST_CASE("json_body: what is broken is named with line and column") {
  const auto read = read_body("{\"a\":1,\n  \"b\":?}");
  REQUIRE(std::holds_alternative<problem>(read));
  const auto detail = std::get<problem>(read).detail;
  INFO(detail);
  CHECK(detail.find("line 2") != std::string::npos);
  CHECK(detail.find("column") != std::string::npos);
  for (std::string_view body : {"", " ", "{", "{}x", "nul", "{\"a\":1,\"a\":2}", "\"\xFF\"", "[1,]"}) {
    CAPTURE(body);
    CHECK(problem_code(body) == "malformed_json");
  }
}

TEST_CASE("problem: renders as RFC 9457 has it") {
  problem p{
      kinds::bad_query, "one is wrong", {{"limit", "too high", true}, {"/a", "no", false}}, {{"X", "y"}}};
  const auto r = render(p, "id-1");
  CHECK(r.status == 400);
  CHECK(r.content_type == "application/problem+json");
  CHECK(r.headers == header_list{{"X", "y"}});
  CHECK(json::parse(r.body) == json::parse(R"({"type":"urn:tributary:problem:bad_query","status":400,
    "title":"The query string is not valid","detail":"one is wrong",
    "errors":[{"parameter":"limit","detail":"too high"},{"pointer":"/a","detail":"no"}],"request_id":"id-1"})"));
}

TEST_CASE("response: the head has what a client needs") {
  const response r{202, "application/json", {{"Location", "/x"}}, "{}"};
  const auto head = render_head(r, {"id-1", "", false});
  CHECK(head.starts_with("HTTP/1.1 202 Accepted\r\n"));
  CHECK(head.ends_with("\r\n\r\n"));
  for (std::string_view field :
       {"\r\nContent-Length: 2\r\n", "\r\nConnection: close\r\n", "\r\nLocation: /x\r\n",
        "\r\nX-Request-Id: id-1\r\n", "\r\nCache-Control: no-store\r\n"})
    CHECK(head.find(field) != std::string::npos);
  CHECK(head.find("Date") == std::string::npos);
}

TEST_CASE("health_json: figures without samples are null") {
  provider_figures f;
  f.provider = "alpha";
  const auto o = to_json(f);
  for (const char* name :
       {"success_rate", "average_response_time_ms", "response_time_p99_ms", "uptime_percentage", "last_error",
        "last_error_time", "last_check_time", "unavailable_until"})
    CHECK(o.at(name).is_null());
  CHECK(o.at("is_available") == true);
  CHECK(o.at("state") == "unknown");
  CHECK(o.at("confidence") == json::parse(R"({"samples":0,"ci95_low":null,"ci95_high":null})"));
  CHECK(o.at("outcomes").as_object().size() == outcome_count);
  CHECK(o.at("capabilities").is_null());
  CHECK(o.at("own_network_down") == false);
}

TEST_CASE("health_json: every figure stands under its own name") {
  check_members(to_json(all_different()), R"({
    "total_requests": 101, "successful_requests": 102, "failed_requests": 103, "success_rate": 1.5,
    "average_response_time_ms": 2.5, "response_time_p50_ms": 3.5, "response_time_p95_ms": 4.5,
    "response_time_p99_ms": 5.5, "time_to_first_byte_ms": 6.5, "throughput_mbps": 7.5,
    "consecutive_failures": 104, "total_bytes_downloaded": 105, "uptime_percentage": 8.5,
    "last_error": "reset", "last_error_time": "1970-01-01T00:00:02.000Z",
    "last_check_time": "1970-01-01T00:00:03.000Z", "is_available": false, "state": "unavailable",
    "state_reason": "3 incidents in a row", "unavailable_until": "1970-01-01T00:00:01.500Z",
    "outcomes": {"ok": 200, "provider_fault": 201, "throttled": 202, "missing": 203, "auth": 204, "policy": 205,
                 "identity": 206, "cancelled": 207, "local_fault": 208, "invalid": 209},
    "confidence": {"samples": 106, "ci95_low": 9.5, "ci95_high": 10.5},
    "capabilities": {"ranges": true, "stable_validators": null, "digests": false,
                     "seen_at": "1970-01-01T00:00:04.000Z"},
    "own_network_down": true})");
}

TEST_CASE("health_json: every figure of a step of the history stands under its own name") {
  provider_history h;
  auto& p = h.points.emplace_back();
  p.at = wall_time{milliseconds{1'500}};
  p.figures.outcomes = different_counts();
  p.figures.bytes = 101;
  p.figures.success_rate = 0.125;
  p.figures.average_response_ms = 2.5;
  p.figures.p50_ms = 3.5;
  p.figures.p95_ms = 4.5;
  p.figures.p99_ms = 5.5;
  p.figures.time_to_first_byte_ms = 6.5;
  p.figures.throughput_mbps = 7.5;
  p.uptime = 0.875;
  p.checks = 103;
  p.checks_passed = 102;
  auto o = to_json(h).at("points").at(0).as_object();
  const auto confidence = o.at("confidence");
  o.erase("confidence");
  check_members(o, R"({
    "at": "1970-01-01T00:00:01.500Z", "total_requests": 2045, "successful_requests": 200,
    "failed_requests": 607, "success_rate": 12.5, "average_response_time_ms": 2.5, "response_time_p50_ms": 3.5,
    "response_time_p95_ms": 4.5, "response_time_p99_ms": 5.5, "time_to_first_byte_ms": 6.5,
    "throughput_mbps": 7.5, "total_bytes_downloaded": 101, "uptime_percentage": 87.5, "checks": 103,
    "checks_passed": 102,
    "outcomes": {"ok": 200, "provider_fault": 201, "throttled": 202, "missing": 203, "auth": 204, "policy": 205,
                 "identity": 206, "cancelled": 207, "local_fault": 208, "invalid": 209}})");
  CHECK(confidence.at("samples") == 807); // ok, provider_fault, throttled, auth: 200 of them is 24.8 %.
  CHECK(confidence.at("ci95_low").as_double() == doctest::Approx(21.9).epsilon(0.005));
  CHECK(confidence.at("ci95_high").as_double() == doctest::Approx(27.9).epsilon(0.005));
}

TEST_CASE("health_json: measured figures have three decimals") {
  provider_figures f;
  f.throughput_mbps = 612.5004999;
  f.success_rate = 97.5;
  CHECK(json_text(to_json(f).at("throughput_mbps")) == "612.5\n");
  CHECK(json_text(to_json(f).at("success_rate")) == "97.5\n");
}

TEST_CASE("health_json: the summary lists providers by name") {
  health_summary s;
  s.total_providers = 1;
  s.providers.emplace_back().provider = "alpha";
  const auto o = to_json(s);
  CHECK(o.at("window_minutes") == 60);
  CHECK(o.at("total_providers") == 1);
  CHECK(o.at("available_providers") == 0);
  CHECK(o.at("overall_success_rate").is_null());
  CHECK(o.at("providers").as_object().contains("alpha"));
}

TEST_CASE("health_json: failover statistics") {
  failover_stats s;
  s.chain = {"alpha", "beta"};
  s.mean_attempts = 1.5;
  auto& p = s.providers.emplace_back();
  p.provider = "alpha";
  p.attempts = 3;
  p.failures[static_cast<std::size_t>(outcome::missing)] = 2;
  const auto o = to_json(s);
  CHECK(o.at("chain") == json::array{"alpha", "beta"});
  CHECK(o.at("explicit") == false);
  CHECK(o.at("order") == "exhaust");
  const auto& alpha = o.at("providers").at("alpha").as_object();
  CHECK(alpha.at("attempts") == 3);
  CHECK(alpha.at("failures").at("missing") == 2);
  CHECK_FALSE(alpha.at("failures").as_object().contains("ok"));
  CHECK(o.at("totals") == json::parse(R"({"jobs":0,"failovers":0,"mean_attempts":1.5,"leases":0})"));
}
