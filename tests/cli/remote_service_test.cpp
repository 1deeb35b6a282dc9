// `get` with an engine elsewhere, which is played by an origin that answers as told.
#include "app/cli/remote_service.hpp"

#include "tests/support/fault_origin.hpp"

#include <doctest/doctest.h>

namespace {

using namespace tributary;
using namespace tributary::cli;
using namespace tributary::testing;
using namespace std::chrono_literals;

reply answered(const std::string& status, const std::string& body) {
  reply r;
  r.raw = "HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
          "\r\n\r\n" + body;
  return r;
}

struct fixture {
  fault_origin engine;
  std::unique_ptr<job_service> service = make_remote_service({engine.url(), "", {}}, 10);
};

} // namespace

TEST_CASE_FIXTURE(fixture, "remote_service: the end of a job is told for each wish that became that job") {
  engine.next(answered("202 Accepted", R"({"id":"5","state":"queued"})"));
  engine.next(answered("202 Accepted", R"({"id":"6","state":"queued"})"));
  engine.next(answered("202 Accepted", R"({"id":"5","state":"running"})"));
  engine.next(answered(
      "200 OK", R"({"jobs":[{"id":"6","state":"running"},{"id":"5","state":"succeeded","bytes_done":7}]})"));
  service->submit(std::vector<job_spec>(3));
  const auto ended = service->wait(0ms);
  REQUIRE(ended.size() == 2);
  for (const auto& end : ended) {
    CHECK(end.id == "5");
    CHECK(end.state == job_state::succeeded);
    CHECK(end.repeated == (&end != &ended.front())); // Its bytes came once.
  }
  REQUIRE(service->under_way(10).size() == 1);
  CHECK(service->under_way(10).front().id == "6");
  engine.next(answered("200 OK", R"({"jobs":[{"id":"6","state":"failed"}]})"));
  CHECK(service->wait(0ms).size() == 1);
  CHECK(service->stop() == "");
}
