// Every limit of the gateway, at the limit and just beyond it.
#include "tests/net_gateway/gateway_fixture.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <future>
#include <thread>

using namespace tributary;
using namespace tributary::testing;
using std::chrono::milliseconds;

namespace {

/// A GET whose head has exactly that many bytes.
std::string request_of_size(std::size_t bytes) {
  const auto bare = http_request("GET", "/livez", {{"X-Filler", ""}});
  return http_request("GET", "/livez", {{"X-Filler", std::string(bytes - bare.size(), 'x')}});
}

/// A job whose text has exactly that many bytes: valid JSON, padded with spaces.
std::string job_of_size(std::size_t bytes) {
  std::string job = R"({"resource":{"path":"a"}})";
  return job.insert(1, bytes - job.size(), ' ');
}

std::string chunked(std::string_view body, std::size_t chunk) {
  std::string out;
  while (!body.empty()) {
    const auto part = body.substr(0, chunk);
    char size[24];
    std::snprintf(size, sizeof size, "%zx\r\n", part.size());
    out.append(size).append(part).append("\r\n");
    body.remove_prefix(part.size());
  }
  return out + "0\r\n\r\n";
}

gateway_limits with(auto set) {
  gateway_limits l;
  set(l);
  return l;
}

/// More than kernel buffers hold of an answer that nobody reads (4 MiB where they may grow most).
job_page six_megabytes(const job_filter&) {
  auto row = example_job(1);
  row.spec.resource.path = std::string(200'000, 'x');
  job_page page;
  page.jobs.assign(30, job_view{row, {}, {}, {}});
  return page;
}

/// Is the connection that asks the only one?
bool nobody_else(const gateway_fixture& f) {
  const auto reply = http_call(f.port(), "GET", "/metrics", {{"Authorization", "Bearer " + f.read}});
  return reply.body.find("\ntributary_http_connections 1\n") != std::string::npos;
}

} // namespace

TEST_CASE("limits: the shipped ones are those of the design") {
  const gateway_limits l;
  CHECK(l.header_bytes_max == 16'384);
  CHECK(l.body_bytes_max == 1'048'576);
  CHECK(l.connections_max == 1024);
  CHECK(l.asks_max == 1024);
  CHECK(l.header_deadline == std::chrono::seconds{10});
  CHECK(l.request_deadline == std::chrono::seconds{30});
}

TEST_CASE_FIXTURE(gateway_fixture, "limits: a header of 16 KiB is read, one byte more is 431") {
  for (const auto& [bytes, status] : {std::pair{16'384u, 200}, {16'385u, 431}, {100'000u, 431}}) {
    CAPTURE(bytes);
    http_connection c{port()};
    c.try_send(request_of_size(bytes));
    const auto reply = c.receive();
    CHECK(reply.status == status);
    if (status == 431) {
      CHECK(code_of(reply) == "header_too_large");
      CHECK(reply.header("Connection") == "close");
      CHECK(c.closed_by_server());
    }
  }
}

TEST_CASE_FIXTURE(
    gateway_fixture, "limits: a body of 1 MiB is read, one byte more is 413 before it is sent") {
  CHECK(call("POST", "/api/jobs", job_of_size(1'048'576)).status == 202);
  http_connection c{port()};
  c.send(request(
      "POST", "/api/jobs", "", {{"Content-Type", "application/json"}, {"Content-Length", "1048577"}}));
  const auto reply = c.receive(); // Not one byte of the body was sent.
  CHECK(reply.status == 413);
  CHECK(code_of(reply) == "body_too_large");
  CHECK(c.closed_by_server());
}

TEST_CASE_FIXTURE(gateway_fixture, "limits: the same for a chunked body, while it comes") {
  const auto send = [&](std::size_t bytes) {
    http_connection c{port()};
    c.try_send(
        "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + admin +
        "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" +
        chunked(job_of_size(bytes), 50'000));
    return c.receive();
  };
  CHECK(send(1'048'576).status == 202);
  const auto reply = send(1'048'577);
  CHECK(reply.status == 413);
  CHECK(code_of(reply) == "body_too_large");
  CHECK(send(3'000'000).status == 413); // The rest is still being sent, and the answer arrives all the same.
}

TEST_CASE_FIXTURE(gateway_fixture, "limits: JSON of depth 32 is read, 33 is 400") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(call("POST", "/api/jobs", nested(32)).status == 422); // Read, and then no job.
  CHECK(call("POST", "/api/jobs", nested(33)).status == 400);
}

TEST_CASE("limits: a header that is not there in time is 408") {
  gateway_fixture f{with([](auto& l) { l.header_deadline = milliseconds{200}; })};
  SUBCASE("one byte at a time") {
    http_connection c{f.port()};
    c.send("GET /livez HTTP/1.1\r\nHost: local");
    const auto reply = c.receive();
    CHECK(reply.status == 408);
    CHECK(code_of(reply) == "too_slow");
    CHECK(c.closed_by_server());
  }
  SUBCASE("on a connection that was served before") {
    http_connection c{f.port()};
    c.send(http_request("GET", "/livez"));
    CHECK(c.receive().status == 200);
    c.send("G");
    CHECK(c.receive().status == 408);
    CHECK(c.closed_by_server());
  }
  SUBCASE("nothing at all: closed without a word") {
    http_connection c{f.port()};
    CHECK(c.closed_by_server());
  }
}

TEST_CASE("limits: a body that is not there in time is 408") {
  gateway_fixture f{with([](auto& l) { l.request_deadline = milliseconds{200}; })};
  http_connection c{f.port()};
  c.send(
      f.request("POST", "/api/jobs", "", {{"Content-Type", "application/json"}, {"Content-Length", "10"}}) +
      "{");
  const auto reply = c.receive();
  CHECK(reply.status == 408);
  CHECK(c.closed_by_server());
}

TEST_CASE("limits: an answer that is not there in time is 504, and is not taken for the next one's later") {
  gateway_fixture f{with([](auto& l) {
    l.request_deadline = slowness * milliseconds{500};
    l.ask_timeout = std::chrono::minutes{10}; // The actor's own time never comes.
    l.asks_max = 2;
  })};
  std::promise<void> let_go; // Also where the test ends early: it is broken then.
  f.script->list = [held = let_go.get_future().share()](const job_filter&) {
    held.wait();
    return job_page{};
  };
  http_connection c{f.port()};
  c.send(f.request("GET", "/api/jobs") + f.request("GET", "/api/jobs/7"));
  const auto late = c.receive();
  CHECK(late.status == 504);
  CHECK(code_of(late) == "no_answer");
  CHECK(late.header("Retry-After") == "1");
  // The first keeps its place among the asks until it is answered. Once the second waits behind it in the
  // same mailbox, both are taken.
  REQUIRE(eventually(slowness * std::chrono::seconds{10}, [&] {
    return http_call(f.port(), "GET", "/livez").status == 503;
  }));
  let_go.set_value();
  const auto next = c.receive();
  CHECK(next.status == 200);
  CHECK(text_of(body_of(next).at("id")) == "7");
}

TEST_CASE("limits: an answer that its client does not take in time is cut off") {
  gateway_fixture f{with([](auto& l) { l.request_deadline = slowness * milliseconds{500}; })};
  f.script->list = six_megabytes;
  http_connection deaf{f.port(), slowness * std::chrono::seconds{10}, 4096};
  deaf.send(f.request("GET", "/api/jobs"));
  // By the gateway's own count: to look at what arrives would be to take it.
  REQUIRE(eventually(slowness * std::chrono::seconds{10}, [&] { return nobody_else(f); }));
  CHECK_THROWS(deaf.receive()); // Within the body: what arrived is not mistaken for all there was.
}

TEST_CASE("limits: an idle connection is closed without a word") {
  gateway_fixture f{with([](auto& l) { l.idle_deadline = milliseconds{100}; })};
  http_connection c{f.port()};
  c.send(http_request("GET", "/livez"));
  CHECK(c.receive().status == 200);
  CHECK(c.closed_by_server());
}

TEST_CASE("limits: one connection too many is told 503, and served again once another ends") {
  gateway_fixture f{with([](auto& l) { l.connections_max = 2; })};
  http_connection first{f.port()};
  auto second = std::make_unique<http_connection>(f.port());
  for (auto* c : {&first, second.get()}) {
    c->send(http_request("GET", "/livez"));
    CHECK(c->receive().status == 200);
  }
  http_connection third{f.port()};
  const auto refused = third.receive(); // It need not even ask.
  CHECK(refused.status == 503);
  CHECK(code_of(refused) == "overloaded");
  CHECK(refused.header("Retry-After") == "1");
  CHECK(third.closed_by_server());

  first.send(http_request("GET", "/livez", {{"Connection", "close"}}));
  CHECK(first.receive().status == 200);
  CHECK(first.closed_by_server());
  second->send(http_request("GET", "/livez"));
  CHECK(second->receive().status == 200);
  CHECK(http_call(f.port(), "GET", "/livez").status == 200);
}

TEST_CASE("limits: connections beyond those that are told 503 are just closed") {
  gateway_fixture f{with([](auto& l) {
    l.connections_max = 0;
    l.refusals_max = 1;
    l.linger = std::chrono::seconds{5};
  })};
  http_connection told{f.port()};
  CHECK(told.receive().status == 503); // Lingers until it closes.
  http_connection untold{f.port()};
  CHECK(untold.closed_by_server());
}

TEST_CASE("limits: one ask too many is 503, and the waiting ones are still answered") {
  gateway_fixture f{with([](auto& l) {
    l.asks_max = 2;
    l.ask_timeout = milliseconds{1'000};
  })};
  f.script->silent = true;
  http_connection first{f.port()}, second{f.port()};
  for (auto* c : {&first, &second})
    c->send(f.request("GET", "/api/jobs/1"));
  while (f.script->asked < 2)
    std::this_thread::yield();
  const auto refused = f.call("GET", "/api/providers/health");
  CHECK(refused.status == 503);
  CHECK(code_of(refused) == "overloaded");
  CHECK(refused.header("Retry-After") == "1");
  for (auto* c : {&first, &second})
    CHECK(c->receive().status == 504);
  CHECK(f.call("GET", "/api/providers/health").status == 200);
}
