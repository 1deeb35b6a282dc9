// Who may do what: every route with every kind of token.
#include "net/gateway/routes.hpp"
#include "tests/net_gateway/gateway_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;
using gateway::scope;

namespace {

/// A path of that route, and a body that it accepts.
std::string path_of(const gateway::route& r) {
  std::string path{r.pattern};
  const auto fill = [&](std::string_view what, std::string_view with) {
    if (const auto at = path.find(what); at != std::string::npos)
      path.replace(at, what.size(), with);
  };
  fill("{id}", "1");
  fill("{name}", "alpha");
  return path;
}

std::string body_for(const gateway::route& r) {
  if (r.what == gateway::action::submit_job)
    return R"({"resource":{"path":"a"}})";
  return r.method == "PUT" ? "{}" : "";
}

} // namespace

TEST_CASE_FIXTURE(gateway_fixture, "scopes: every route with every token") {
  const std::pair<std::string, std::optional<scope>> tokens[] = {
      {"", std::nullopt}, {read, scope::read}, {operate, scope::operate}, {admin, scope::admin}};
  for (const auto& r : gateway::routes)
    for (const auto& [token, has] : tokens) {
      const auto body = body_for(r);
      http_headers headers;
      if (!token.empty())
        headers.emplace_back("Authorization", "Bearer " + token);
      if (!body.empty())
        headers.emplace_back("Content-Type", "application/json");
      CAPTURE(r.method);
      CAPTURE(r.pattern);
      CAPTURE(token);
      const auto reply = http_call(port(), r.method, path_of(r), headers, body);
      if (!r.needs || (has && *has >= *r.needs)) {
        CHECK(reply.status / 100 == 2);
      } else if (!has) {
        CHECK(reply.status == 401);
        CHECK(code_of(reply) == "unauthorized");
        CHECK(reply.header("WWW-Authenticate") == "Bearer realm=\"tributary\"");
      } else {
        CHECK(reply.status == 403);
        CHECK(code_of(reply) == "missing_scope");
        CHECK(reply.header("WWW-Authenticate").find("insufficient_scope") != std::string::npos);
      }
    }
}

TEST_CASE("scopes: what each route needs is written down here once more, on purpose") {
  for (const auto& r : gateway::routes) {
    CAPTURE(r.pattern);
    const bool open = r.pattern == "/livez" || r.pattern == "/readyz";
    const bool jobs = r.pattern.starts_with("/api/jobs");
    const auto wanted = open                ? std::optional<scope>{}
                        : r.method == "GET" ? scope::read
                        : jobs              ? scope::operate
                                            : scope::admin;
    CHECK(r.needs == wanted);
  }
}

TEST_CASE_FIXTURE(gateway_fixture, "scopes: bad tokens are 401, whatever they look like") {
  for (const std::string& header :
       {std::string{"Bearer wrong"}, "Bearer " + admin + "x", "Basic " + admin, admin,
        std::string{"Bearer"}}) {
    CAPTURE(header);
    const auto reply = http_call(port(), "GET", "/api/jobs", {{"Authorization", header}});
    CHECK(reply.status == 401);
    CHECK(reply.header("WWW-Authenticate").starts_with("Bearer"));
    CHECK(reply.body.find(admin) == std::string::npos);
  }
}

TEST_CASE_FIXTURE(
    gateway_fixture, "scopes: an unknown path is 404 and a wrong method 405, with or without a token") {
  for (const http_headers& headers : {http_headers{}, http_headers{{"Authorization", "Bearer " + admin}}}) {
    CHECK(code_of(http_call(port(), "GET", "/api/nothing", headers)) == "no_such_route");
    const auto wrong = http_call(port(), "PATCH", "/api/jobs/1", headers);
    CHECK(wrong.status == 405);
    CHECK(code_of(wrong) == "wrong_method");
    CHECK(wrong.header("Allow") == "GET, HEAD, DELETE");
    CHECK(http_call(port(), "OPTIONS", "/api/jobs", headers).status == 405);
    CHECK(http_call(port(), "BREW", "/api/jobs", headers).status == 405);
  }
}

TEST_CASE_FIXTURE(gateway_fixture, "scopes: foreign hosts and origins are refused before anything happens") {
  bool cancelled = false;
  script->cancel = [&](job_id id) {
    cancelled = true;
    return job_view{example_job(id), {}, {}, {}};
  };
  CHECK(call("GET", "/api/jobs", "", {{"Host", "evil.example"}}).status == 421);
  CHECK(call("DELETE", "/api/jobs/1", "", {{"Origin", "http://evil.example"}}).status == 403);
  CHECK_FALSE(cancelled);
  const auto own = call("DELETE", "/api/jobs/1", "", {{"Origin", "http://localhost"}});
  CHECK(own.status == 200);
  CHECK(cancelled);
  CHECK(own.header("Access-Control-Allow-Origin").empty());
  CHECK(
      call("POST", "/api/jobs", "", {{"Content-Type", "text/plain"}, {"Content-Length", "0"}}).status == 400);
}
