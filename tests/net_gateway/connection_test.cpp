// Connections: keep-alive, pipelining, broken requests, and actors that do not answer.
#include "tests/net_gateway/gateway_fixture.hpp"

#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <set>

using namespace tributary;
using namespace tributary::testing;

TEST_CASE_FIXTURE(gateway_fixture, "connection: many requests one after the other") {
  http_connection c{port()};
  std::set<std::string> ids;
  for (int i = 0; i < 50; ++i) {
    c.send(request("GET", "/api/jobs/" + std::to_string(i)));
    const auto reply = c.receive();
    REQUIRE(reply.status == 200);
    CHECK(reply.header("Connection") == "keep-alive");
    CHECK(text_of(body_of(reply).at("id")) == std::to_string(i));
    ids.insert(reply.header("X-Request-Id"));
  }
  CHECK(ids.size() == 50);
}

TEST_CASE_FIXTURE(gateway_fixture, "connection: pipelined requests are answered in order") {
  http_connection c{port()};
  std::string all;
  for (int i = 0; i < 40; ++i)
    all += i % 3 == 0 ? request("POST", "/api/jobs", R"({"resource":{"path":"a"}})")
                      : request("GET", "/api/jobs/" + std::to_string(i));
  c.send(all);
  for (int i = 0; i < 40; ++i) {
    CAPTURE(i);
    const auto reply = c.receive();
    if (i % 3 == 0)
      CHECK(reply.status == 202);
    else
      CHECK(text_of(body_of(reply).at("id")) == std::to_string(i));
  }
}

TEST_CASE_FIXTURE(gateway_fixture, "connection: a request may come byte by byte") {
  http_connection c{port()};
  for (char byte : "\r\n" + request("POST", "/api/jobs", R"({"resource":{"path":"a"}})"))
    c.send({&byte, 1});
  CHECK(c.receive().status == 202);
}

TEST_CASE_FIXTURE(gateway_fixture, "connection: an error keeps the connection when nothing is left unread") {
  http_connection c{port()};
  c.send(request("GET", "/nothing"));
  CHECK(c.receive().status == 404);
  c.send(request("POST", "/api/jobs", "{"));
  CHECK(c.receive().status == 400); // The body was read, and is no JSON.
  c.send(http_request("GET", "/api/jobs"));
  CHECK(c.receive().status == 401);
  c.send(request("GET", "/livez"));
  CHECK(c.receive().status == 200);
  c.send(http_request("POST", "/api/jobs", {}, "unread"));
  const auto last = c.receive();
  CHECK(last.status == 401);
  CHECK(last.header("Connection") == "close");
  CHECK(c.closed_by_server());
}

TEST_CASE_FIXTURE(gateway_fixture, "connection: closes when it is asked to, and for HTTP/1.0") {
  http_connection one{port()};
  one.send(http_request("GET", "/livez", {{"Connection", "close"}}));
  CHECK(one.receive().header("Connection") == "close");
  CHECK(one.closed_by_server());
  http_connection old{port()};
  old.send("GET /livez HTTP/1.0\r\n\r\n");
  CHECK(old.receive().status == 200);
  CHECK(old.closed_by_server());
}

TEST_CASE_FIXTURE(
    gateway_fixture, "connection: 100-continue is answered before the body, refusals instead of it") {
  const std::string body = R"({"resource":{"path":"a"}})";
  const http_headers expects{
      {"Content-Type", "application/json"},
      {"Content-Length", std::to_string(body.size())},
      {"Expect", "100-continue"}};
  http_connection c{port()};
  c.send(request("POST", "/api/jobs", "", expects));
  CHECK(c.receive().status == 100);
  c.send(body);
  CHECK(c.receive().status == 202);
  http_connection stranger{port()};
  stranger.send(http_request("POST", "/api/jobs", expects));
  CHECK(stranger.receive().status == 401);
}

TEST_CASE_FIXTURE(gateway_fixture, "connection: what is not HTTP is refused and closed") {
  const std::string smuggled = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
  struct {
    std::string text;
    int status;
  } cases[] = {
      {"hello\r\n\r\n", 400},
      {"GET /livez\r\n\r\n", 400},
      {"GET /livez HTTP/2.0\r\n\r\n", 505},
      {"GET /livez HTTP/1.1\r\nHost localhost\r\n\r\n", 400},
      {"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: \x01\r\n\r\n", 400},
      {"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", 400},
      {"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: "
       "chunked\r\n\r\n",
       400},
      {"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\nAuthorization: Bearer " +
           admin + "\r\n\r\n",
       501},
      // Where such a body ends is a matter of opinion: what follows must never be taken for a request.
      {"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, identity\r\n"
       "Authorization: Bearer " +
           admin + "\r\n\r\n" + smuggled,
       501},
      {"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n" + smuggled, 401},
  };
  for (const auto& x : cases) {
    CAPTURE(x.text);
    http_connection c{port()};
    c.send(x.text);
    const auto reply = c.receive();
    CHECK(reply.status == x.status);
    CHECK(reply.header("Connection") == "close");
    CHECK(c.closed_by_server());
  }
}

TEST_CASE_FIXTURE(gateway_fixture, "connection: a bad chunk is 400, also one without an end") {
  const auto send = [&](const std::string& chunks) {
    http_connection c{port()};
    c.try_send(
        "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + admin +
        "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
    return c.receive().status;
  };
  CHECK(send("zz\r\n{}\r\n0\r\n\r\n") == 400);
  CHECK(send("2\r\n{}xx0\r\n\r\n") == 400);
  CHECK(send("2;" + std::string(100'000, 'x')) == 400);
  CHECK(send("19\r\n{\"resource\":{\"path\":\"a\"}}\r\n0\r\nTrailer: x\r\n\r\n") == 202);
}

TEST_CASE("connection: an actor that does not answer is 504, one that is gone 503") {
  gateway_limits limits;
  limits.ask_timeout = std::chrono::milliseconds{100};
  gateway_fixture f{limits};
  f.script->silent = true;
  const auto late = f.call("GET", "/api/jobs/1");
  CHECK(late.status == 504);
  CHECK(code_of(late) == "no_answer");
  caf::anon_send_exit(f.targets.jobs, caf::exit_reason::kill);
  f.script->silent = false;
  int status = 0; // Whether it is dead yet is up to the system's threads.
  do {
    status = f.call("GET", "/api/jobs/1").status;
  } while (status == 200);
  CHECK(status == 503);
  CHECK(f.call("GET", "/api/providers/health").status == 200); // The others go on.
}

TEST_CASE("connection: a handler that throws costs only its own request") {
  gateway_fixture f{
      {}, [](gateway_options& o) { o.ready = []() -> bool { throw std::runtime_error("secret"); }; }};
  const auto reply = f.call("GET", "/readyz");
  CHECK(reply.status == 500);
  CHECK(code_of(reply) == "internal");
  CHECK(reply.body.find("secret") == std::string::npos);
  CHECK(f.logged().find("secret") != std::string::npos);
  CHECK(f.call("GET", "/livez").status == 200);
}
