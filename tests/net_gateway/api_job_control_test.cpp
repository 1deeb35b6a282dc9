// /api/jobs: arrays, Idempotency-Key, pause, resume, retry.
#include "tests/net_gateway/gateway_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;

namespace {

constexpr auto single_job = R"({"resource":{"path":"a/b.iso"}})";

std::string array_of(std::size_t jobs) {
  std::string body;
  for (std::size_t i = 0; i < jobs; ++i)
    body.append(i == 0 ? "" : ",")
        .append(R"({"resource":{"path":"f)")
        .append(std::to_string(i))
        .append("\"}}");
  return "[" + body + "]";
}

std::vector<std::string> pointers_of(const http_reply& reply) {
  std::vector<std::string> out;
  const auto body = body_of(reply);
  for (const auto& e : body.at("errors").as_array())
    out.push_back(text_of(e.at("pointer")));
  return out;
}

} // namespace

TEST_CASE_FIXTURE(gateway_fixture, "POST /api/jobs: an array is one submission, answered with an array") {
  job_id next = 0;
  script->submit = [&](const job_spec& spec) {
    auto row = example_job(++next);
    row.spec = spec;
    return submit_result{row, spec.resource.path == "f1"};
  };
  const auto reply = call("POST", "/api/jobs", array_of(3));
  CHECK(reply.status == 202);
  const auto jobs = body_of(reply).at("jobs").as_array();
  REQUIRE(jobs.size() == 3);
  CHECK(jobs[2].at("id") == "3");
  CHECK(jobs[2].at("resource").at("path") == "f2");
  CHECK(script->submitted.specs.size() == 3);
  CHECK(script->submitted.in_array);
  CHECK_FALSE(script->submitted.key);
  script->submit = [](const job_spec&) { return submit_result{example_job(1), true}; };
  CHECK(call("POST", "/api/jobs", array_of(2)).status == 200); // Nothing new.
  CHECK(call("POST", "/api/jobs", single_job).header("Location") == "/api/jobs/1");
  CHECK_FALSE(script->submitted.in_array);
}

TEST_CASE_FIXTURE(
    gateway_fixture, "POST /api/jobs: the faults of an array have their places, and nothing is taken") {
  bool asked = false;
  script->submit = [&](const job_spec&) {
    asked = true;
    return submit_result{example_job(1), false};
  };
  const auto reply = call(
      "POST", "/api/jobs",
      R"([{"resource":{"path":"a"}}, {"resource":{"path":"b"},"priority":10}, 7, {"resource":{"path":"c"},"outptu":"x"}])");
  CHECK(reply.status == 422);
  CHECK(code_of(reply) == "invalid_job");
  CHECK(pointers_of(reply) == std::vector<std::string>{"/1/priority", "/2", "/3/outptu"});
  CHECK(call("POST", "/api/jobs", "[]").status == 422);
  CHECK(call("POST", "/api/jobs", array_of(1001)).status == 422);
  CHECK_FALSE(asked);
  CHECK(call("POST", "/api/jobs", array_of(1000)).status == 202);
  script->submit = [](const job_spec&) -> caf::result<submit_result> {
    return caf::make_error(errc::conflict, complaints{{"/1/output", "another job writes it"}});
  };
  const auto conflict = call("POST", "/api/jobs", array_of(2));
  CHECK(conflict.status == 409);
  CHECK(pointers_of(conflict) == std::vector<std::string>{"/1/output"});
}

TEST_CASE_FIXTURE(gateway_fixture, "POST /api/jobs: a key goes with its caller and the digest of the body") {
  const auto post = [&](const std::string& token, const std::string& key, const std::string& body) {
    return http_call(
        port(), "POST", "/api/jobs",
        {{"Authorization", "Bearer " + token},
         {"Content-Type", "application/json"},
         {"Idempotency-Key", key}},
        body);
  };
  CHECK(post(admin, "k", single_job).status == 202);
  const auto first = script->submitted.key.value();
  CHECK(post(admin, "k", single_job).header("Idempotency-Replayed").empty());
  CHECK(script->submitted.key->key == first.key);
  CHECK(script->submitted.key->digest == first.digest);
  CHECK(post(admin, "k", std::string{single_job} + " ").status == 202);
  CHECK(script->submitted.key->digest != first.digest);
  CHECK(post(operate, "k", single_job).status == 202);
  CHECK(script->submitted.key->key != first.key);
  script->replayed = true;
  script->submit = [](const job_spec&) { return submit_result{example_job(7), true}; };
  const auto again = post(admin, "k", single_job);
  CHECK(again.status == 200);
  CHECK(again.header("Idempotency-Replayed") == "true");
  CHECK(again.header("Location") == "/api/jobs/7");
  script->submit = [](const job_spec&) -> caf::result<submit_result> { return errc::key_reused; };
  const auto reused = post(admin, "k", single_job);
  CHECK(reused.status == 422);
  CHECK(code_of(reused) == "key_reused");
  script->submit = [](const job_spec&) { return submit_result{example_job(7), false}; };
  CHECK(post(admin, std::string(255, 'k'), single_job).status == 202);
  for (const auto& key : {std::string(256, 'k'), std::string{}, std::string{"a b"}, std::string{"\xC3\xA4"}})
    CHECK(post(admin, key, single_job).status == 400);
}

TEST_CASE_FIXTURE(gateway_fixture, "POST /api/jobs/{id}/..: pause, resume and retry reach the queue") {
  std::string asked;
  script->control = [&](std::string_view what, job_id id) {
    asked.append(what).append(std::to_string(id)).append(" ");
    return job_view{example_job(id), {}, {}, {}};
  };
  for (const char* what : {"pause", "resume", "retry"}) {
    const auto reply = call("POST", std::string{"/api/jobs/7/"} + what);
    CHECK(reply.status == 200);
    CHECK(body_of(reply).at("id") == "7");
  }
  CHECK(asked == "pause7 resume7 retry7 ");
  script->control = [](std::string_view, job_id) -> caf::result<job_view> {
    return caf::make_error(errc::wrong_state, std::string{"the job has ended: failed"});
  };
  const auto refused = call("POST", "/api/jobs/7/pause");
  CHECK(refused.status == 409);
  CHECK(body_of(refused).at("detail") == "the job has ended: failed");
  CHECK(call("POST", "/api/jobs/x/pause").status == 404);
  CHECK(call("GET", "/api/jobs/7/pause").status == 405);
}
