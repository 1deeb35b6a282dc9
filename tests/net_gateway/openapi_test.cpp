// The OpenAPI document. That it tells the truth of every answer is checked by the fixture, with each call of
// each test.
#include "net/gateway/openapi.hpp"
#include "net/gateway/openapi_operations.hpp"
#include "tests/net_gateway/gateway_fixture.hpp"
#include "tests/net_gateway/openapi_check.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace tributary;
using namespace tributary::testing;
namespace json = boost::json;

namespace {

/// Calls it with each "$ref" within.
template <class Each>
void for_each_ref(const json::value& v, Each each) {
  if (const auto* a = v.if_array())
    for (const auto& x : *a)
      for_each_ref(x, each);
  const auto* o = v.if_object();
  if (!o)
    return;
  if (const auto* target = o->if_contains("$ref"))
    each(std::string_view{target->as_string()});
  for (const auto& member : *o)
    for_each_ref(member.value(), each);
}

} // namespace

TEST_CASE_FIXTURE(gateway_fixture, "openapi: the document is served to everybody") {
  const auto reply = http_call(port(), "GET", "/openapi.json");
  CHECK(reply.status == 200);
  CHECK(reply.header("Content-Type") == "application/json");
  const auto document = body_of(reply);
  CHECK(document == gateway::openapi_document());
  CHECK(document.at("openapi") == "3.1.0");
  CHECK(document.at("info").at("version").as_string() != "");
}

TEST_CASE(
    "openapi: every route stands in it with its scope and its query parameters, and nothing else does") {
  const auto document = gateway::openapi_document();
  const auto& paths = document.at("paths").as_object();
  constexpr std::string_view prefix = "#/components/parameters/";
  std::size_t described = 0;
  std::set<std::string> ids;
  for (const auto& [path, methods] : paths) {
    described += methods.as_object().size();
    for (const auto& method : methods.as_object())
      ids.emplace(method.value().at("operationId").as_string());
  }
  CHECK(described == gateway::routes.size());
  CHECK(ids.size() == described);
  CHECK(ids.contains("get_api_jobs_id_trace"));
  for (const auto& r : gateway::routes) {
    CAPTURE(r.method);
    CAPTURE(r.pattern);
    std::string method{r.method};
    for (auto& c : method)
      c = static_cast<char>(std::tolower(c));
    const auto& operation = paths.at(r.pattern).at(method).as_object();
    if (r.needs)
      CHECK(operation.at("security").at(0).at("token").at(0) == json::value(to_string(*r.needs)));
    else
      CHECK(operation.at("security").as_array().empty());
    std::set<std::string> wanted, told;
    for (std::size_t at = 0; at < r.query.size();) {
      const auto end = std::min(r.query.find(' ', at), r.query.size());
      wanted.emplace(r.query.substr(at, end - at));
      at = end + 1;
    }
    if (const auto* parameters = operation.if_contains("parameters"))
      for (const auto& parameter : parameters->as_array()) {
        const auto name = std::string_view{parameter.at("$ref").as_string()}.substr(prefix.size());
        if (const auto& one = document.at("components").at("parameters").at(name); one.at("in") == "query")
          told.emplace(one.at("name").as_string());
      }
    CHECK(told == wanted);
  }
}

TEST_CASE("openapi: every reference leads to something, and everything described is used") {
  const auto document = gateway::openapi_document();
  const auto& components = document.at("components").as_object();
  std::set<std::string> used;
  for_each_ref(document, [&](std::string_view ref) { used.emplace(ref); });
  std::set<std::string> there;
  for (const auto* section : {"schemas", "parameters", "responses", "headers"})
    for (const auto& [name, unused] : components.at(section).as_object())
      there.insert(std::string{"#/components/"} + section + "/" + std::string{name});
  CHECK(used == there);
}

TEST_CASE("openapi: the check of the fixture sees what does not fit") {
  http_reply reply;
  reply.status = 200;
  reply.headers = {{"Content-Type", "application/json"}};
  reply.body = R"({"status":"live"})";
  CHECK(undocumented("GET", "/livez", "", reply) == "");
  CHECK(undocumented("GET", "/nothing", "", reply) == ""); // No route: not its business.
  reply.body = R"({"status":"dead"})";
  CHECK(undocumented("GET", "/livez", "", reply) != "");
  reply.body = R"({"status":"live","more":1})"; // Not named.
  CHECK(undocumented("GET", "/livez", "", reply) != "");
  reply.body = R"({})";
  CHECK(undocumented("GET", "/livez", "", reply) != "");
  reply.body = R"({"status":"live"})";
  reply.status = 201;
  CHECK(undocumented("GET", "/livez", "", reply) != "");
  reply.status = 404; // Not as a problem body.
  CHECK(undocumented("GET", "/livez", "", reply) != "");
  http_reply missing;
  missing.status = 404;
  missing.headers = {{"Content-Type", "application/problem+json"}};
  missing.body =
      R"({"type":"urn:tributary:problem:x","title":"x","status":404,"detail":"x","request_id":"1"})";
  CHECK(undocumented("GET", "/api/jobs/1", "", missing) == "");
  CHECK(undocumented("GET", "/api/jobs", "", missing) != ""); // It says nothing of 404.
  reply.status = 200;
  reply.headers = {{"Content-Type", "application/json"}, {"ETag", "\"1\""}};
  CHECK(undocumented("GET", "/livez", "", reply) != ""); // Nor of this header.
  reply.headers = {{"Content-Type", "text/plain"}};
  CHECK(undocumented("GET", "/livez", "", reply) != "");
  CHECK(undocumented("GET", "/metrics", "", reply) == "");
  reply.headers = {{"Content-Type", "application/json"}};
  reply.body = R"({"chain":[],"explicit":true,"order":"exhaust","providers":{},
                   "totals":{"jobs":0,"failovers":0,"mean_attempts":null,"leases":0}})";
  CHECK(undocumented("PUT", "/api/providers/failover", R"({"chain":["a"]})", reply) == "");
  CHECK(undocumented("PUT", "/api/providers/failover", R"({"chain":"a"})", reply) != "");
}
