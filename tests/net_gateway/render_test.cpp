// What the gateway writes: JSON text, problems, heads, health and failover bodies.
#include "net/gateway/health_json.hpp"
#include "net/gateway/json_body.hpp"
#include "net/gateway/json_text.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <limits>

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
}

TEST_CASE("health_json: figures with samples keep the names of the design") {
  provider_figures f;
  f.provider = "alpha";
  f.state = provider_state::unavailable;
  f.state_reason = "3 incidents in a row";
  f.unavailable_until = f.last_error_time = wall_time{milliseconds{1'500}};
  f.success_rate = 97.5;
  f.throughput_mbps = 612.5004999;
  f.last_error = "reset";
  f.outcomes[0] = 39;
  const auto o = to_json(f);
  CHECK(o.at("is_available") == false);
  CHECK(o.at("success_rate") == 97.5);
  CHECK(json_text(o.at("throughput_mbps")) == "612.5\n"); // Rounded to three decimals.
  CHECK(o.at("last_error") == "reset");
  CHECK(o.at("unavailable_until") == "1970-01-01T00:00:01.500Z");
  CHECK(o.at("outcomes").at("ok") == 39);
  CHECK(o.at("capabilities").is_null());
  CHECK(o.at("own_network_down") == false);
  CHECK(o.size() == 24);
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
