// /api/jobs over real sockets.
#include "tests/net_gateway/gateway_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;
namespace json = boost::json;

namespace {

constexpr std::string_view one_job = R"({"resource":{"path":"a/b.iso"},"priority":7})";

struct failing_case {
  caf::error why;
  int status;
  std::string code;
};

const failing_case failing_cases[] = {
    {caf::make_error(errc::unknown_job), 404, "unknown_job"},
    {caf::make_error(errc::unknown_provider), 404, "unknown_provider"},
    {caf::make_error(errc::conflict, std::string{"job 3 writes it"}), 409, "conflict"},
    {caf::make_error(errc::wrong_state, std::string{"it is final"}), 409, "wrong_state"},
    {caf::make_error(errc::stale), 412, "stale"},
    {caf::make_error(errc::invalid_job, complaints{{"/resource", "no"}, {"/size", "no"}}), 422,
     "invalid_job"},
    {caf::make_error(errc::invalid_settings, complaints{{"/rise", "no"}}), 422, "invalid_settings"},
    {caf::make_error(errc::overloaded), 503, "overloaded"},
    {caf::make_error(errc::busy), 503, "overloaded"},
    {caf::make_error(errc::shutting_down), 503, "shutting_down"},
    {caf::make_error(errc::store_failed, std::string{"secret path"}), 503, "store_failed"},
    {caf::make_error(errc::io_failed, std::string{"secret path"}), 500, "internal"},
    {caf::make_error(errc::crashed, std::string{"secret path"}), 500, "internal"},
    {caf::make_error(caf::sec::runtime_error, std::string{"secret path"}), 500, "internal"},
    {caf::make_error(caf::sec::request_receiver_down), 503, "shutting_down"},
};

} // namespace

TEST_CASE_FIXTURE(gateway_fixture, "POST /api/jobs: 202 with Location and the job") {
  job_spec seen;
  script->submit = [&seen](const job_spec& spec) {
    seen = spec;
    auto row = example_job(18'446'744'073'709'551'615u);
    row.spec = spec;
    return submit_result{row, false};
  };
  const auto reply = call("POST", "/api/jobs", one_job);
  CHECK(reply.status == 202);
  CHECK(reply.header("Location") == "/api/jobs/18446744073709551615");
  CHECK(reply.header("Content-Type") == "application/json");
  CHECK(reply.header("Date") == "Mon, 23 Nov 2026 12:00:00 GMT");
  const auto body = body_of(reply);
  CHECK(body.at("id") == "18446744073709551615");
  CHECK(body.at("state") == "queued");
  CHECK(body.at("output") == "b.iso");
  CHECK(seen.resource.path == "a/b.iso");
  CHECK(seen.priority == 7);
}

TEST_CASE_FIXTURE(gateway_fixture, "POST /api/jobs: 200 when an unfinished job is joined") {
  script->submit = [](const job_spec&) { return submit_result{example_job(5), true}; };
  const auto reply = call("POST", "/api/jobs", one_job);
  CHECK(reply.status == 200);
  CHECK(reply.header("Location") == "/api/jobs/5");
  CHECK(body_of(reply).at("id") == "5");
}

TEST_CASE_FIXTURE(
    gateway_fixture, "POST /api/jobs: malformed JSON is 400, an invalid job is 422 with all complaints") {
  script->submit = [](const job_spec&) -> caf::result<submit_result> {
    FAIL("an invalid job must not be asked for");
    return caf::make_error(errc::crashed);
  };
  for (std::string_view text : {"{", "{}}", "{\"resource\":{},\"resource\":{}}"}) {
    CAPTURE(text);
    const auto refused = call("POST", "/api/jobs", text);
    CHECK(refused.status == 400);
    CHECK(code_of(refused) == "malformed_json");
  }
  CHECK(code_of(call("POST", "/api/jobs")) == "malformed_json"); // No body at all.

  const auto reply = call("POST", "/api/jobs", R"({"resource":{"path":"../x"},"priorty":1,"size":-1})");
  CHECK(reply.status == 422);
  CHECK(code_of(reply) == "invalid_job");
  std::vector<std::string> pointers;
  const auto body = body_of(reply);
  for (const auto& e : body.at("errors").as_array())
    pointers.emplace_back(e.at("pointer").as_string());
  CHECK(std::ranges::count(pointers, "/priorty") == 1);
  CHECK(std::ranges::count(pointers, "/size") == 1);
  CHECK(pointers.size() >= 3);
  CHECK(code_of(call("POST", "/api/jobs", "[]")) == "invalid_job"); // At least one.
  CHECK(
      code_of(call("POST", "/api/jobs", R"({"resource":{"path":"a"},"output":"/etc/x"})")) == "invalid_job");
  CHECK(code_of(call("POST", "/api/jobs", R"({"resource":{"urls":["ftp://h/x"]}})")) == "invalid_job");
}

TEST_CASE_FIXTURE(
    gateway_fixture, "POST /api/jobs: each error of the queue has its status, and no secret leaks") {
  for (const auto& c : failing_cases) {
    CAPTURE(c.code);
    script->submit = [&](const job_spec&) -> caf::result<submit_result> { return c.why; };
    http_connection connection{port()}; // Not by call(): the real queue has no such errors for a submission.
    connection.send(request("POST", "/api/jobs", one_job));
    const auto reply = connection.receive();
    CHECK(reply.status == c.status);
    CHECK(code_of(reply) == c.code);
    CHECK(reply.header("Retry-After").empty() == (c.status != 503));
    CHECK(reply.body.find("secret") == std::string::npos);
    if (c.status == 500)
      CHECK(logged().find("request " + reply.header("X-Request-Id") + " failed: ") != std::string::npos);
  }
  CHECK(logged().find("secret path") != std::string::npos);
  script->submit = [](const job_spec&) -> caf::result<submit_result> {
    return caf::make_error(errc::invalid_job, complaints{{"/resource", "no"}, {"/size", "no"}});
  };
  CHECK(
      body_of(call("POST", "/api/jobs", one_job)).at("errors") ==
      json::parse(R"([{"pointer":"/resource","detail":"no"},{"pointer":"/size","detail":"no"}])"));
}

TEST_CASE_FIXTURE(gateway_fixture, "GET /api/jobs: a page and the next one's cursor") {
  job_filter seen;
  script->list = [&seen](const job_filter& f) {
    seen = f;
    return job_page{
        {job_view{example_job(9), 1.5, {}, {"alpha"}}, job_view{example_job(8), {}, {}, {}}}, job_id{8}};
  };
  const auto body = body_of(call("GET", "/api/jobs?state=waiting&limit=2&cursor=10"));
  CHECK(body.at("jobs").as_array().size() == 2);
  CHECK(body.at("jobs").at(0).at("id") == "9");
  CHECK(body.at("next") == "8");
  CHECK(seen.state == job_state::waiting);
  CHECK(seen.limit == 2);
  CHECK(seen.before == 10);

  script->list = [&seen](const job_filter& f) {
    seen = f;
    return job_page{};
  };
  const auto empty = body_of(call("GET", "/api/jobs"));
  CHECK(empty.at("jobs").as_array().empty());
  CHECK(empty.at("next").is_null());
  CHECK_FALSE(seen.state);
  CHECK(seen.limit == 50);
  CHECK_FALSE(seen.before);
}

TEST_CASE_FIXTURE(gateway_fixture, "GET /api/jobs: bad query values are 400, all of them named") {
  for (std::string_view query :
       {"limit=0", "limit=501", "limit=-1", "limit=", "limit=1.5", "limit=99999999999999999999",
        "state=asleep", "state=", "cursor=x", "cursor=-1", "cursor=18446744073709551616"}) {
    CAPTURE(query);
    const auto reply = call("GET", "/api/jobs?" + std::string{query});
    CHECK(reply.status == 400);
    CHECK(code_of(reply) == "bad_query");
    CHECK(text_of(body_of(reply).at("errors").at(0).at("parameter")) == query.substr(0, query.find('=')));
  }
  CHECK(body_of(call("GET", "/api/jobs?limit=0&state=x")).at("errors").as_array().size() == 2);
  CHECK(call("GET", "/api/jobs?limit=1").status == 200);
  CHECK(call("GET", "/api/jobs?limit=500").status == 200);
}

TEST_CASE_FIXTURE(gateway_fixture, "GET, DELETE and trace of /api/jobs/{id}") {
  job_id cancelled = 0;
  script->cancel = [&cancelled](job_id id) {
    cancelled = id;
    auto row = example_job(id);
    row.state = job_state::cancelled;
    return job_view{row, {}, {}, {}};
  };
  CHECK(body_of(call("GET", "/api/jobs/12")).at("id") == "12");
  CHECK(body_of(call("DELETE", "/api/jobs/12")).at("state") == "cancelled");
  CHECK(cancelled == 12);
  CHECK(body_of(call("GET", "/api/jobs/12/trace")).at("job") == "12");
}

TEST_CASE_FIXTURE(gateway_fixture, "/api/jobs/{id}: what cannot be an id is an unknown job") {
  for (std::string_view id : {"x", "1x", "-1", "%31%00", "18446744073709551616", "1.0"}) {
    CAPTURE(id);
    const auto path = "/api/jobs/" + std::string{id};
    if (id == "%31%00") {
      CHECK(code_of(call("GET", path)) == "malformed_request");
      continue;
    }
    for (const auto& reply : {call("GET", path), call("DELETE", path), call("GET", path + "/trace")}) {
      CHECK(reply.status == 404);
      CHECK(code_of(reply) == "unknown_job");
    }
  }
}

TEST_CASE_FIXTURE(gateway_fixture, "/api/jobs/{id}: errors of the queue") {
  script->get = [](job_id) -> caf::result<job_view> { return caf::make_error(errc::unknown_job); };
  script->trace = [](job_id) -> caf::result<job_trace> { return caf::make_error(errc::unknown_job); };
  script->cancel = [](job_id) -> caf::result<job_view> {
    return caf::make_error(errc::wrong_state, std::string{"the job has succeeded"});
  };
  script->list = [](const job_filter&) -> caf::result<job_page> {
    return caf::make_error(errc::store_failed);
  };
  CHECK(call("GET", "/api/jobs/1").status == 404);
  CHECK(call("GET", "/api/jobs/1/trace").status == 404);
  CHECK(call("DELETE", "/api/jobs/1").status == 409);
  CHECK(body_of(call("DELETE", "/api/jobs/1")).at("detail") == "the job has succeeded");
  CHECK(call("GET", "/api/jobs").status == 503);
}
