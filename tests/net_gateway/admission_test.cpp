#include "net/gateway/admission.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::gateway;

namespace {

const admission& door() {
  static const admission a{
      authenticator{{{"t", sha256_of("secret"), scope::admin, {}}}}, {"Box.Lan", "[fd00::1]"}, {}};
  return a;
}

request_head head(std::string_view method, std::string_view target) {
  request_head h;
  h.method = method;
  h.target = target;
  h.host_fields = 1;
  h.host = "localhost:8000";
  h.authorization = "Bearer secret";
  return h;
}

std::string refusal(const request_head& h) {
  const auto checked = door().check(h);
  const auto* refused = std::get_if<problem>(&checked);
  return refused ? std::string{refused->kind.code} : "";
}

std::string refusal_for_host(std::string_view host) {
  auto h = head("GET", "/api/jobs");
  h.host = host;
  return refusal(h);
}

std::string refusal_for_origin(std::string_view method, std::string_view origin) {
  auto h = head(method, "/api/jobs");
  h.origin = origin;
  return refusal(h);
}

} // namespace

TEST_CASE("admission: the address that the connection came in at may be addressed") {
  for (const auto& [local, host] :
       {std::pair{"192.168.1.5", "192.168.1.5:8000"}, {"2001:db8::1", "[2001:DB8::1]:8000"}}) {
    CAPTURE(host);
    auto h = head("GET", "/api/jobs");
    h.host = host;
    CHECK(refusal(h) == "wrong_host");
    h.local_address = local;
    CHECK(refusal(h).empty());
    h.host = "evil.example";
    CHECK(refusal(h) == "wrong_host");
  }
}

TEST_CASE("admission: loopback names, the listening host and allowed names may be addressed") {
  for (std::string_view host :
       {"localhost", "LOCALHOST:1", "127.0.0.1:8000", "[::1]:8000", "[::1]", "box.lan", "BOX.lan:80",
        "[FD00::1]"}) {
    CAPTURE(host);
    CHECK(refusal_for_host(host).empty());
  }
  for (std::string_view host :
       {"", "evil.example", "localhost.evil.example", "localhost:80x", "[::1", "127.0.0.2", "::1", "box.lan.",
        "a@localhost"}) {
    CAPTURE(host);
    CHECK(refusal_for_host(host) == "wrong_host");
  }
}

TEST_CASE("admission: one Host header, except in HTTP/1.0") {
  auto h = head("GET", "/api/jobs");
  h.host_fields = 2;
  CHECK(refusal(h) == "malformed_request");
  h.host_fields = 0;
  h.host = {};
  CHECK(refusal(h) == "malformed_request");
  h.http_1_0 = true;
  CHECK(refusal(h).empty());
}

TEST_CASE("admission: an absolute target is held to the same hosts") {
  CHECK(refusal(head("GET", "http://localhost/api/jobs")).empty());
  CHECK(refusal(head("GET", "http://evil.example/api/jobs")) == "wrong_host");
}

TEST_CASE("admission: changes from another origin are refused, reads are not") {
  CHECK(refusal_for_origin("POST", "").empty());
  CHECK(refusal_for_origin("POST", "http://localhost:8000").empty());
  CHECK(refusal_for_origin("POST", "https://LOCALHOST:8000").empty());
  for (std::string_view origin :
       {"http://evil.example", "null", "http://localhost", "http://localhost:8001", "localhost:8000"}) {
    CAPTURE(origin);
    CHECK(refusal_for_origin("POST", origin) == "foreign_origin");
    CHECK(refusal_for_origin("GET", origin).empty());
  }
}

TEST_CASE("admission: a body must be JSON as it is, wherever there is one") {
  auto h = head("POST", "/api/jobs");
  CHECK(refusal(h).empty()); // No body: nothing to object to yet.
  h.has_body = true;
  CHECK(refusal(h) == "wrong_content_type");
  h.content_type = "text/plain";
  CHECK(refusal(h) == "wrong_content_type");
  h.content_type = "Application/JSON ; charset=utf-8";
  CHECK(refusal(h).empty());
  h.content_encoding = "gzip";
  CHECK(refusal(h) == "wrong_content_type");
  h.content_encoding = "Identity";
  CHECK(refusal(h).empty());
  h.transfer_encoding = "gzip, chunked";
  CHECK(refusal(h) == "not_implemented");
  h.transfer_encoding = "Chunked";
  CHECK(refusal(h).empty());
}

TEST_CASE("admission: a declared length is held to the limit before the body is read") {
  auto h = head("POST", "/api/jobs");
  h.has_body = true;
  h.content_type = "application/json";
  const auto most = gateway_limits{}.body_bytes_max;
  CHECK(most == 1'048'576);
  h.content_length = most;
  CHECK(refusal(h).empty());
  h.content_length = most + 1;
  CHECK(refusal(h) == "body_too_large");
}

TEST_CASE("admission: query parameters are known and given once") {
  CHECK(refusal(head("GET", "/api/jobs?limit=1&state=queued&cursor=5")).empty());
  CHECK(refusal(head("GET", "/api/jobs?limit=1&limit=2")) == "bad_query");
  CHECK(refusal(head("GET", "/api/jobs?limits=1")) == "bad_query");
  CHECK(refusal(head("GET", "/api/jobs?=1")) == "bad_query");
  CHECK(refusal(head("GET", "/api/jobs?limit=%")) == "bad_query");
  CHECK(refusal(head("GET", "/livez?x=1")) == "bad_query");
  const auto checked = door().check(head("GET", "/api/jobs?a=1&limit=1&b=2&limit=3"));
  REQUIRE(std::holds_alternative<problem>(checked));
  CHECK(std::get<problem>(checked).errors.size() == 3); // All of them at once.
}

TEST_CASE("admission: what is admitted carries route, parameters, query and caller") {
  const auto checked = door().check(head("GET", "/api/jobs/7/trace"));
  REQUIRE(std::holds_alternative<request>(checked));
  const auto& r = std::get<request>(checked);
  CHECK(r.what == action::trace_job);
  CHECK(r.params == std::vector<std::string>{"7"});
  CHECK(r.caller == "t");
}
