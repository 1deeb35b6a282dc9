// /api/providers/.., /livez and /readyz over real sockets.
#include "tests/net_gateway/gateway_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;
namespace json = boost::json;

TEST_CASE_FIXTURE(gateway_fixture, "GET /api/providers/health: the summary") {
  script->summary = [] {
    health_summary s;
    s.total_providers = 2;
    s.available_providers = 1;
    s.overall_success_rate = 97.5;
    s.providers.emplace_back().provider = "alpha";
    return s;
  };
  const auto reply = call("GET", "/api/providers/health");
  CHECK(reply.status == 200);
  CHECK(reply.body.find("\"overall_success_rate\":97.5") != std::string::npos);
  CHECK(body_of(reply).at("providers").at("alpha").at("state") == "unknown");
}

TEST_CASE_FIXTURE(gateway_fixture, "GET and reset of one provider's health") {
  CHECK(call("GET", "/api/providers/health/alpha").status == 200);
  std::string reset;
  script->reset = [&reset](const std::string& name) {
    reset = name;
    return provider_figures{};
  };
  const auto reply = call("POST", "/api/providers/health/a%20b/reset");
  CHECK(reply.status == 200);
  CHECK(body_of(reply).at("total_requests") == 0);
  CHECK(reset == "a b");
  const auto unknown = [](const std::string&) -> caf::result<provider_figures> {
    return caf::make_error(errc::unknown_provider);
  };
  script->figures = script->reset = unknown;
  CHECK(code_of(call("GET", "/api/providers/health/x")) == "unknown_provider");
  CHECK(code_of(call("POST", "/api/providers/health/x/reset")) == "unknown_provider");
}

TEST_CASE_FIXTURE(gateway_fixture, "GET /api/providers/failover: chain and statistics") {
  script->stats = [] {
    failover_stats s;
    s.chain = {"alpha", "beta"};
    return s;
  };
  const auto body = body_of(call("GET", "/api/providers/failover"));
  CHECK(body.at("chain") == json::array{"alpha", "beta"});
  CHECK(body.at("totals").at("mean_attempts").is_null());
}

TEST_CASE_FIXTURE(gateway_fixture, "GET /api/providers/config: effective settings, the revision as ETag") {
  const auto all = call("GET", "/api/providers/config");
  CHECK(all.status == 200);
  CHECK(all.header("ETag") == "\"7\"");
  const auto document = body_of(all);
  CHECK(document.at("version") == 1);
  CHECK(document.at("global").at("failure_threshold") == 3);
  CHECK(document.at("providers").at("beta").at("base_url") == "http://127.0.0.1:2/");
  CHECK_FALSE(document.contains("failover")); // The chain is implicit.

  const auto global = call("GET", "/api/providers/config/global");
  CHECK(global.header("ETag") == "\"7\"");
  CHECK(body_of(global) == document.at("global"));
  const auto alpha = call("GET", "/api/providers/config/alpha");
  CHECK(alpha.header("ETag") == "\"7\"");
  CHECK(body_of(alpha).at("timeout_seconds") == 30);
  CHECK(code_of(call("GET", "/api/providers/config/gamma")) == "unknown_provider");

  script->get_settings = [] {
    auto s = *example_settings();
    s.document.chain = {"beta"};
    return std::make_shared<const settings_snapshot>(s);
  };
  CHECK(body_of(call("GET", "/api/providers/config")).at("failover") == json::object{{"chain", {"beta"}}});
}

TEST_CASE_FIXTURE(
    gateway_fixture, "PUT /api/providers/config: the patch, its author and its condition are handed on") {
  std::string author;
  settings_change seen;
  script->change = [&](const std::string& who, const settings_change& c) {
    author = who;
    seen = c;
    auto s = *example_settings();
    s.revision = 8;
    s.document.providers["alpha"].priority = 3;
    s.document.global.rise = 4;
    return std::make_shared<const settings_snapshot>(s);
  };
  const auto alpha = call("PUT", "/api/providers/config/alpha", R"({"priority":3})", {{"If-Match", "\"7\""}});
  CHECK(alpha.status == 200);
  CHECK(alpha.header("ETag") == "\"8\"");
  CHECK(body_of(alpha).at("priority") == 3);
  CHECK(author == "admin");
  CHECK(seen.section == settings_section::provider);
  CHECK(seen.provider == "alpha");
  CHECK(seen.patch == R"({"priority":3})");
  CHECK(seen.if_revision == 7);

  const auto global = call("PUT", "/api/providers/config/global", R"({"rise":4})");
  CHECK(global.status == 200);
  CHECK(body_of(global).at("rise") == 4);
  CHECK(seen.section == settings_section::global);
  CHECK(seen.provider.empty());
  CHECK_FALSE(seen.if_revision);
  CHECK(call("PUT", "/api/providers/config/global", R"({"rise":4})", {{"If-Match", " * "}}).status == 200);
  CHECK_FALSE(seen.if_revision);
}

TEST_CASE_FIXTURE(
    gateway_fixture, "PUT /api/providers/config: a condition that cannot hold changes nothing") {
  int changes = 0;
  script->change = [&](const std::string&, const settings_change& c) -> caf::result<settings_ptr> {
    ++changes;
    if (c.if_revision != 7u)
      return caf::make_error(errc::stale);
    return example_settings();
  };
  const auto put = [&](const std::string& tag) {
    return code_of(call("PUT", "/api/providers/config/global", "{}", {{"If-Match", tag}}));
  };
  CHECK(put("\"6\"") == "stale");
  CHECK(changes == 1);
  CHECK(put("\"abc\"") == "stale");
  CHECK(put("\"\"") == "stale");
  for (const auto* tag : {"7", "W/\"7\"", "\"6\", \"7\"", "\""}) {
    CAPTURE(tag);
    CHECK(put(tag) == "malformed_request");
  }
  CHECK(changes == 1);
  CHECK(call("PUT", "/api/providers/config/global", "{}", {{"If-Match", "\"6\""}}).status == 412);
}

TEST_CASE_FIXTURE(gateway_fixture, "PUT /api/providers/config: bad bodies and errors of the manager") {
  script->change = [](const std::string&, const settings_change&) -> caf::result<settings_ptr> {
    return caf::make_error(errc::invalid_settings, complaints{{"/priority", "must be 0-10000"}});
  };
  const auto put = [&](std::string_view body) { return call("PUT", "/api/providers/config/alpha", body); };
  CHECK(put("{").status == 400);
  CHECK(put("").status == 400);
  CHECK(put(R"({"priority":1,"priority":2})").status == 400);
  CHECK(put("[]").status == 422);
  CHECK(put("null").status == 422);
  const auto reply = put(R"({"priority":-1})");
  CHECK(reply.status == 422);
  CHECK(code_of(reply) == "invalid_settings");
  CHECK(body_of(reply).at("errors").at(0).at("pointer") == "/priority");
  script->change = [](const std::string&, const settings_change&) -> caf::result<settings_ptr> {
    return caf::make_error(errc::unknown_provider);
  };
  CHECK(put("{}").status == 404);
  script->change = [](const std::string&, const settings_change&) -> caf::result<settings_ptr> {
    return caf::make_error(errc::io_failed, std::string{"no space left"});
  };
  CHECK(put("{}").status == 500);
}

TEST_CASE("livez and readyz: open, and readiness is asked each time") {
  std::atomic<bool> ready{false};
  gateway_fixture f{{}, [&](gateway_options& o) { o.ready = [&] { return ready.load(); }; }};
  CHECK(http_call(f.port(), "GET", "/livez").status == 200);
  const auto early = http_call(f.port(), "GET", "/readyz");
  CHECK(early.status == 503);
  CHECK_FALSE(early.header("Retry-After").empty());
  ready = true;
  CHECK(body_of(http_call(f.port(), "GET", "/readyz")).at("status") == "ready");
}

TEST_CASE_FIXTURE(gateway_fixture, "HEAD: the head of the GET, without its body") {
  const auto get = call("GET", "/api/providers/health");
  const auto head = call("HEAD", "/api/providers/health");
  CHECK(head.status == 200);
  CHECK(head.header("Content-Length") == std::to_string(get.body.size()));
  CHECK(head.body.empty());
  CHECK(call("HEAD", "/api/jobs/x").status == 404);
}
