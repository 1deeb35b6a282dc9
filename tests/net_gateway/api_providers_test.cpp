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

TEST_CASE_FIXTURE(gateway_fixture, "GET /api/providers: everybody with settings and standing in brief") {
  script->summary = [] {
    health_summary s;
    s.providers.emplace_back().provider = "beta";
    s.providers.back().state = provider_state::unavailable;
    return s;
  };
  script->stats = [] {
    failover_stats s;
    s.chain = {"beta"};
    s.providers.emplace_back().provider = "alpha";
    s.providers.back().leases = 2;
    s.providers.emplace_back().provider = "gone";
    s.providers.back().draining = true;
    s.providers.back().leases = 1;
    s.providers.emplace_back().provider = "old"; // Of which only counters are left.
    return s;
  };
  const auto reply = call("GET", "/api/providers");
  CHECK(reply.status == 200);
  CHECK(reply.header("ETag") == "\"7\"");
  const auto body = body_of(reply);
  CHECK(body.at("count") == 3);
  const auto& alpha = body.at("providers").at(0);
  CHECK(alpha.at("name") == "alpha");
  CHECK(alpha.at("kind") == "http");
  CHECK(alpha.at("base_url") == "http://127.0.0.1:1/");
  CHECK(alpha.at("enabled") == true);
  CHECK(alpha.at("priority") == 100);
  CHECK(alpha.at("position").is_null());
  CHECK(alpha.at("state") == "unknown");
  CHECK(alpha.at("leases") == 2);
  const auto& beta = body.at("providers").at(1);
  CHECK(beta.at("position") == 0);
  CHECK(beta.at("is_available") == false);
  const auto& gone = body.at("providers").at(2);
  CHECK(gone.at("name") == "gone");
  CHECK(gone.at("draining") == true);
  CHECK(gone.at("leases") == 1);
}

TEST_CASE_FIXTURE(gateway_fixture, "GET /api/providers/{name}: all that is known of one") {
  script->summary = [] {
    health_summary s;
    s.providers.emplace_back().provider = "alpha";
    s.providers.back().total_requests = 4;
    return s;
  };
  const auto body = body_of(call("GET", "/api/providers/alpha"));
  CHECK(body.at("name") == "alpha");
  CHECK(body.at("timeout_seconds") == 30);
  CHECK(body.at("state") == "unknown");
  CHECK(body.at("health").at("total_requests") == 4);
  CHECK(body_of(call("GET", "/api/providers/beta")).at("health").is_null());
  CHECK(code_of(call("GET", "/api/providers/gamma")) == "unknown_provider");
  script->summary = []() -> caf::result<health_summary> { return errc::shutting_down; };
  CHECK(code_of(call("GET", "/api/providers/alpha")) == "shutting_down");
}

TEST_CASE_FIXTURE(gateway_fixture, "POST /api/providers: 201 with the provider and its place") {
  settings_change seen;
  script->change = [&](const std::string&, const settings_change& c) {
    seen = c;
    auto s = *example_settings();
    s.revision = 8;
    s.document.providers["gamma"].base_url = "http://127.0.0.1:3/";
    return settings_outcome{std::make_shared<const settings_snapshot>(s), {}};
  };
  const auto reply = call(
      "POST", "/api/providers", R"({"name":"gamma","kind":"http","base_url":"http://127.0.0.1:3/"})",
      {{"If-Match", "\"7\""}});
  CHECK(reply.status == 201);
  CHECK(reply.header("Location") == "/api/providers/gamma");
  CHECK(reply.header("ETag") == "\"8\"");
  CHECK(body_of(reply).at("name") == "gamma");
  CHECK(body_of(reply).at("base_url") == "http://127.0.0.1:3/");
  CHECK(body_of(reply).at("max_retries") == 3);
  const auto added = std::get<add_provider>(seen.edit);
  CHECK(added.provider == "gamma");
  CHECK(json::parse(added.section) == json::parse(R"({"kind":"http","base_url":"http://127.0.0.1:3/"})"));
  CHECK(seen.if_revision == 7);
}

TEST_CASE_FIXTURE(gateway_fixture, "POST /api/providers: what is refused") {
  int changes = 0;
  script->change = [&](const std::string&, const settings_change&) -> caf::result<settings_outcome> {
    ++changes;
    return errc::provider_exists;
  };
  const auto post = [&](std::string_view body) { return call("POST", "/api/providers", body); };
  CHECK(code_of(post("{")) == "malformed_json");
  CHECK(code_of(post("[]")) == "invalid_settings");
  const auto unnamed = post(R"({"kind":"http"})");
  CHECK(unnamed.status == 422);
  CHECK(body_of(unnamed).at("errors").at(0).at("pointer") == "/name");
  CHECK(post(R"({"name":7})").status == 422);
  CHECK(post(R"({"name":"a","name":"b"})").status == 400);
  CHECK(changes == 0);
  const auto taken = post(R"({"name":"alpha","kind":"http","base_url":"http://x"})");
  CHECK(taken.status == 409);
  CHECK(code_of(taken) == "provider_exists");
}

TEST_CASE_FIXTURE(gateway_fixture, "DELETE /api/providers/{name}: drains unless told to cut off now") {
  std::string removed, cut;
  script->change = [&](const std::string&, const settings_change& c) -> caf::result<settings_outcome> {
    removed = std::get<remove_provider>(c.edit).provider;
    if (removed != "alpha")
      return errc::unknown_provider;
    return settings_outcome{example_settings(), {}};
  };
  script->cut = [&](const std::string& name) {
    cut = name;
    return name == "leaving";
  };
  script->stats = [] {
    failover_stats s;
    s.providers.emplace_back().provider = "alpha";
    s.providers.back().draining = true;
    s.providers.back().leases = 3;
    return s;
  };
  for (const auto* target : {"/api/providers/alpha", "/api/providers/alpha?mode=drain"}) {
    const auto reply = call("DELETE", target);
    CHECK(reply.status == 200);
    CHECK(
        body_of(reply) ==
        json::object{{"name", "alpha"}, {"mode", "drain"}, {"draining", true}, {"leases", 3}});
  }
  CHECK(cut.empty());
  const auto now = call("DELETE", "/api/providers/alpha?mode=now");
  CHECK(now.status == 200);
  CHECK(body_of(now).at("draining") == false);
  CHECK(cut == "alpha");
  CHECK(code_of(call("DELETE", "/api/providers/gamma")) == "unknown_provider");
  CHECK(code_of(call("DELETE", "/api/providers/gamma?mode=now")) == "unknown_provider");
  CHECK(call("DELETE", "/api/providers/leaving?mode=now").status == 200); // Removed before, still draining.
  CHECK(code_of(call("DELETE", "/api/providers/alpha?mode=soon")) == "bad_query");
  CHECK(call("DELETE", "/api/providers/health").status == 405);
}

TEST_CASE_FIXTURE(gateway_fixture, "GET available and best: in order, with score, reason and figures") {
  script->ranking = [] {
    provider_ranking r;
    r.how = strategy::best;
    r.providers = {{"beta", 0.97, {}, ""}, {"alpha", 0.5, {}, ""}, {"gamma", 0.4, {}, "disabled"}};
    r.providers[0].terms.ok = 39;
    r.providers[0].terms.tried = 40;
    r.providers[0].terms.throughput_mbps = 612.5;
    return r;
  };
  CHECK(
      body_of(call("GET", "/api/providers/available")) ==
      json::object{{"available", {"beta", "alpha"}}, {"count", 2}});
  const auto best = body_of(call("GET", "/api/providers/best"));
  CHECK(best.at("name") == "beta");
  CHECK(best.at("score") == 0.97);
  CHECK(text_of(best.at("reason")).find("39 of 40 requests") != std::string::npos);
  CHECK(best.at("metrics").at("total_requests") == 0);
}

TEST_CASE_FIXTURE(gateway_fixture, "GET available and best: nobody is usable") {
  script->ranking = [] {
    provider_ranking r;
    r.providers = {{"alpha", 1, {}, "unavailable until 2026-11-23T12:00:30Z"}};
    r.back_in = seconds{30};
    return r;
  };
  CHECK(
      body_of(call("GET", "/api/providers/available")) ==
      json::object{{"available", json::array{}}, {"count", 0}});
  const auto none = call("GET", "/api/providers/best");
  CHECK(none.status == 503);
  CHECK(code_of(none) == "none_available");
  CHECK(none.header("Retry-After") == "30");
  CHECK(none.body.find("alpha is unavailable until") != std::string::npos);
  script->ranking = [] { return provider_ranking{}; };
  CHECK(call("GET", "/api/providers/best").status == 503);
  CHECK(call("GET", "/api/providers/best").header("Retry-After") == "1");
}

TEST_CASE_FIXTURE(
    gateway_fixture, "GET /api/providers/health/{name}/history: steps, and null where nothing was counted") {
  history_query asked;
  script->history = [&asked](const std::string& name, const history_query& q) {
    asked = q;
    provider_history h{name, {noon - std::chrono::hours{1}, noon, std::chrono::minutes{5}}, {}};
    rollup busy;
    for (const auto x : {outcome::ok, outcome::ok, outcome::ok, outcome::throttled, outcome::missing}) {
      window_sample s;
      s.result = x;
      s.total = std::chrono::milliseconds{100};
      s.bytes = 10;
      busy.add(s);
    }
    h.points.push_back({noon - std::chrono::hours{1}, busy.figures(), 0.5, 3, 2});
    h.points.push_back({noon - std::chrono::minutes{5}, {}, {}, 0, 0});
    return h;
  };
  const auto reply = call("GET", "/api/providers/health/alpha/history");
  CHECK(reply.status == 200);
  CHECK(asked.to == noon);
  CHECK(asked.from == noon - std::chrono::hours{24});
  CHECK(asked.step == milliseconds{0});
  const auto body = body_of(reply);
  CHECK(body.at("provider") == "alpha");
  CHECK(body.at("from") == "2026-11-23T11:00:00.000Z");
  CHECK(body.at("to") == "2026-11-23T12:00:00.000Z");
  CHECK(body.at("step_seconds") == 300);
  const auto& busy = body.at("points").at(0);
  CHECK(busy.at("at") == "2026-11-23T11:00:00.000Z");
  CHECK(busy.at("total_requests") == 5);
  CHECK(busy.at("successful_requests") == 3);
  CHECK(busy.at("failed_requests") == 1);
  CHECK(busy.at("success_rate") == 75);
  CHECK(busy.at("uptime_percentage") == 50);
  CHECK(busy.at("checks") == 3);
  CHECK(busy.at("total_bytes_downloaded") == 50);
  CHECK(busy.at("outcomes").at("missing") == 1);
  CHECK(busy.at("confidence").at("samples") == 4);
  const auto& idle = body.at("points").at(1);
  for (const auto* figure : {"success_rate", "response_time_p95_ms", "throughput_mbps", "uptime_percentage"})
    CHECK(idle.at(figure).is_null());
  CHECK(idle.at("confidence").at("ci95_low").is_null());
  script->history = [](const std::string&, const history_query&) -> caf::result<provider_history> {
    return caf::make_error(errc::unknown_provider);
  };
  CHECK(code_of(call("GET", "/api/providers/health/x/history")) == "unknown_provider");
}

TEST_CASE_FIXTURE(
    gateway_fixture, "GET /api/providers/health/{name}/history: times in three notations, and what is none") {
  history_query asked;
  script->history = [&asked](const std::string& name, const history_query& q) {
    asked = q;
    return provider_history{
        name, {q.from, q.to, seconds{60}}, {}}; // The monitor chooses where none is asked.
  };
  const auto get = [&](const std::string& query) {
    return call("GET", "/api/providers/health/alpha/history?" + query);
  };
  CHECK(get("from=2026-11-23T11:00:00Z&to=2026-11-23T11:30:00.500Z&step=60").status == 200);
  CHECK(asked.from == noon - std::chrono::hours{1});
  CHECK(asked.to == noon - std::chrono::minutes{30} + milliseconds{500});
  CHECK(asked.step == std::chrono::minutes{1});
  CHECK(get("from=1795392000").status == 200);
  CHECK(asked.from == wall_time{seconds{1'795'392'000}});
  CHECK(get("from=2026-11-01").status == 200);
  CHECK(asked.from == std::chrono::sys_days{std::chrono::year{2026} / 11 / 1});
  for (const auto* wrong :
       {"from=yesterday", "from=", "from=-1", "from=2026-13-01", "to=2026-11-23T25:00:00Z", "step=0",
        "step=-5", "step=1.5", "step=1h", "step=99999999999", "from=2026-11-23T12:00:00Z", "from=1800000000",
        "from=5&to=5", "until=3", "from=1&from=2", "from=999999999999999"}) {
    CAPTURE(wrong);
    const auto reply = get(wrong);
    CHECK(reply.status == 400);
    CHECK(code_of(reply) == "bad_query");
  }
  const auto both = body_of(get("from=x&step=y"));
  CHECK(both.at("errors").as_array().size() == 2);
  CHECK(both.at("errors").at(0).at("parameter") == "from");
}

TEST_CASE_FIXTURE(gateway_fixture, "GET /api/providers/failover: chain and statistics") {
  script->stats = [] {
    failover_stats s;
    s.chain = {"alpha", "beta"};
    s.config_revision = 7;
    return s;
  };
  const auto reply = call("GET", "/api/providers/failover");
  CHECK(reply.header("ETag") == "\"7\"");
  CHECK(body_of(reply).at("chain") == json::array{"alpha", "beta"});
  CHECK(body_of(reply).at("totals").at("mean_attempts").is_null());
}

TEST_CASE_FIXTURE(gateway_fixture, "PUT, add and DELETE of the chain: the change, then the new chain") {
  settings_change seen;
  script->change = [&](const std::string&, const settings_change& c) -> caf::result<settings_outcome> {
    seen = c;
    return settings_outcome{example_settings(), {}};
  };
  script->stats = [] {
    failover_stats s;
    s.chain = {"beta"};
    s.is_explicit = true;
    return s;
  };
  const auto put =
      call("PUT", "/api/providers/failover", R"({"chain":["beta","alpha"]})", {{"If-Match", "\"7\""}});
  CHECK(put.status == 200);
  CHECK(body_of(put).at("chain") == json::array{"beta"});
  CHECK(body_of(put).at("explicit") == true);
  CHECK(std::get<replace_chain>(seen.edit).section == R"({"chain":["beta","alpha"]})");
  CHECK(seen.if_revision == 7);
  CHECK(call("POST", "/api/providers/failover/alpha/add").status == 200);
  CHECK(std::get<add_to_chain>(seen.edit).provider == "alpha");
  CHECK_FALSE(std::get<add_to_chain>(seen.edit).position);
  CHECK(call("POST", "/api/providers/failover/alpha/add", R"({"position":0})").status == 200);
  CHECK(std::get<add_to_chain>(seen.edit).position == 0);
  CHECK(call("POST", "/api/providers/failover/alpha/add", "{}").status == 200);
  CHECK(call("DELETE", "/api/providers/failover/beta").status == 200);
  CHECK(std::get<remove_from_chain>(seen.edit).provider == "beta");
}

TEST_CASE_FIXTURE(gateway_fixture, "PUT, add and DELETE of the chain: what is refused") {
  int changes = 0;
  script->change = [&](const std::string&, const settings_change&) -> caf::result<settings_outcome> {
    ++changes;
    return errc::not_in_chain;
  };
  const auto pointer = [&](const http_reply& reply) {
    CHECK(reply.status == 422);
    return text_of(body_of(reply).at("errors").at(0).at("pointer"));
  };
  const auto add = [&](std::string_view body) {
    return call("POST", "/api/providers/failover/alpha/add", body);
  };
  CHECK(pointer(call("PUT", "/api/providers/failover", "{}")) == "/chain");
  CHECK(pointer(call("PUT", "/api/providers/failover", "[]")).empty());
  CHECK(code_of(call("PUT", "/api/providers/failover", "")) == "malformed_json");
  CHECK(pointer(add(R"({"position":-1})")) == "/position");
  CHECK(pointer(add(R"({"position":1.5})")) == "/position");
  CHECK(pointer(add(R"({"position":"first"})")) == "/position");
  CHECK(pointer(add(R"({"place":0})")) == "/place");
  CHECK(code_of(add("{")) == "malformed_json");
  CHECK(changes == 0);
  const auto gone = call("DELETE", "/api/providers/failover/beta");
  CHECK(gone.status == 404);
  CHECK(code_of(gone) == "not_in_chain");
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
