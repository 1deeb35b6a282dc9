// Who may do what: every route with every kind of token.
#include "net/gateway/routes.hpp"
#include "tests/net_gateway/gateway_fixture.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <regex>

using namespace tributary;
using namespace tributary::testing;
using gateway::scope;

namespace {

/// A path of that route.
std::string path_of(const gateway::route& r) {
  std::string path{r.pattern};
  for (auto open = path.find('{'); open != std::string::npos; open = path.find('{', open)) {
    const auto close = path.find('}', open);
    const bool named = path.compare(open, close - open, "{name") == 0;
    path.replace(open, close + 1 - open, named ? "alpha" : "1");
  }
  if (r.what == gateway::action::search_catalog)
    path += "?q=earth";
  if (r.what == gateway::action::check_language)
    path += "?language=en";
  return path;
}

/// What a documented route and scope look like: "`GET /api/jobs/{id}`" and "read".
struct documented {
  std::string route, needs;
};

/// Every `METHOD /path` of the route tables in docs/api.md, with the cell after it.
std::vector<documented> documented_routes() {
  std::vector<documented> out;
  std::ifstream in{std::string{TRIBUTARY_SOURCE_DIR} + "/docs/api.md"};
  const std::regex route{R"re(`((?:GET|POST|PUT|DELETE) /[^`]*)`)re"};
  const std::regex cell{R"re(\| (read|operate|admin|open) \|)re"};
  for (std::string line; std::getline(in, line);) {
    std::smatch needed;
    if (!line.starts_with("|") || !std::regex_search(line, needed, cell))
      continue;
    for (auto at = std::sregex_iterator(line.begin(), line.end(), route); at != std::sregex_iterator{}; ++at)
      out.push_back({(*at)[1], needed[1]});
  }
  return out;
}

std::string scope_of(const gateway::route& r) {
  return r.needs ? std::string{to_string(*r.needs)} : "open";
}

} // namespace

TEST_CASE_FIXTURE(gateway_fixture, "scopes: every route with every token") {
  const std::pair<std::string, std::optional<scope>> tokens[] = {
      {"", std::nullopt}, {read, scope::read}, {operate, scope::operate}, {admin, scope::admin}};
  for (const auto& r : gateway::routes)
    for (const auto& [token, has] : tokens) {
      http_headers headers;
      if (!token.empty())
        headers.emplace_back("Authorization", "Bearer " + token);
      CAPTURE(r.method);
      CAPTURE(r.pattern);
      CAPTURE(token);
      const bool allowed = !r.needs || (has && *has >= *r.needs);
      const bool endless = allowed && r.what == gateway::action::follow_events;
      const auto reply = http_call(port(), endless ? "HEAD" : r.method, path_of(r), headers);
      if (allowed) {
        CHECK(reply.status != 401); // Whatever the handler makes of a request without a body.
        CHECK(reply.status != 403);
        CHECK(reply.status < 500);
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

TEST_CASE_FIXTURE(gateway_fixture, "scopes: no route changes anything for a foreign origin or host") {
  for (const auto& r : gateway::routes) {
    CAPTURE(r.method);
    CAPTURE(r.pattern);
    const auto method = r.method == "GET" ? "HEAD" : r.method; // Some bodies have no end.
    CHECK(call(method, path_of(r), "", {{"Host", "evil.example"}}).status == 421);
    const auto reply = call(method, path_of(r), "", {{"Origin", "http://evil.example"}});
    if (r.method != "GET")
      CHECK(reply.status == 403);
    CHECK(reply.header("Access-Control-Allow-Origin").empty());
  }
}

TEST_CASE("scopes: what each route needs stands in docs/api.md, and nothing else does") {
  std::map<std::string, std::string> told;
  for (const auto& d : documented_routes()) {
    CAPTURE(d.route);
    CHECK(told.emplace(d.route, d.needs).second); // Once each.
  }
  for (const auto& r : gateway::routes) {
    const auto name = std::string{r.method} + " " + std::string{r.pattern};
    CAPTURE(name);
    const auto at = told.find(name);
    REQUIRE(at != told.end());
    CHECK(at->second == scope_of(r));
    told.erase(at);
  }
  for (const auto& left : told) {
    CAPTURE(left.first);
    CHECK_MESSAGE(false, "is documented, but there is no such route");
  }
}

TEST_CASE("scopes: who may read, who may work, who may change the engine") {
  for (const auto& r : gateway::routes) {
    CAPTURE(r.method);
    CAPTURE(r.pattern);
    const bool reads = r.method == "GET";
    if (!reads) // Jobs are work; everything else changes how the engine works.
      CHECK(r.needs == (r.pattern.starts_with("/api/jobs") ? scope::operate : scope::admin));
    else if (r.pattern.starts_with("/api/"))
      CHECK(r.needs == scope::read);
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
