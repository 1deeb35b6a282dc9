// GET /api/events over real sockets, in front of the real event hub and a journal in memory.
#include "net/gateway/event_text.hpp"
#include "tests/net_gateway/gateway_fixture.hpp"
#include "tests/support/event_reader.hpp"
#include "tests/support/process.hpp"
#include "tests/support/slowness.hpp"

#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <thread>

using namespace tributary;
using namespace tributary::testing;
using std::chrono::milliseconds;

namespace {

event_row event(std::string kind, job_id job = 0, std::string data = "{}") {
  event_row e;
  e.at = noon;
  e.kind = std::move(kind);
  e.job = job;
  e.data = std::move(data);
  return e;
}

event_reader
follow(const gateway_fixture& f, const std::string& target = "/api/events", http_headers more = {}) {
  return event_reader{f.port(), f.request("GET", target, "", std::move(more))};
}

std::vector<std::string> ids(const std::vector<stream_frame>& frames) {
  std::vector<std::string> out;
  for (const auto& f : frames)
    out.push_back(f.id);
  return out;
}

} // namespace

TEST_CASE_FIXTURE(gateway_fixture, "events: a stream begins now, and each event is one frame") {
  publish(2);
  auto reader = follow(*this);
  CHECK(reader.head().status == 200);
  CHECK(reader.head().header("Content-Type") == "text/event-stream");
  CHECK(reader.head().header("Transfer-Encoding") == "chunked");
  CHECK(reader.head().header("Cache-Control") == "no-store");
  CHECK(reader.head().header("X-Accel-Buffering") == "no");
  CHECK(reader.opening() == "retry: 2000\nid: 2\n\n");
  publish({event("job.failed", 7, "{\"id\":\"7\"}"), event("provider.state")});
  const auto frames = reader.read(2);
  CHECK(frames[0].id == "3");
  CHECK(frames[0].event == "job.failed");
  CHECK(
      frames[0].data ==
      R"({"id":"3","at":"2026-11-23T12:00:00.000Z","kind":"job.failed","job":"7","data":{"id":"7"}})");
  CHECK(frames[1].id == "4");
  CHECK(boost::json::parse(frames[1].data).at("job").is_null());
}

TEST_CASE_FIXTURE(
    gateway_fixture, "events: a client that comes back gets what it missed, in order, each once") {
  publish(1500); // More than the hub holds.
  for (const auto& [target, headers] : std::initializer_list<std::pair<std::string, http_headers>>{
           {"/api/events?after=3", {}},
           {"/api/events?last_event_id=3", {}},
           {"/api/events", {{"Last-Event-ID", "3"}}},
           {"/api/events?after=900", {{"Last-Event-ID", "3"}}}}) { // The header is the newer one.
    CAPTURE(target);
    auto reader = follow(*this, target, headers);
    const auto frames = reader.read(1497);
    for (std::size_t i = 0; i < frames.size(); ++i)
      REQUIRE(frames[i].id == std::to_string(i + 4));
  }
  auto all = follow(*this, "/api/events?after=0");
  CHECK(all.read(1500).back().id == "1500");
}

TEST_CASE_FIXTURE(gateway_fixture, "events: an id from another journal means from now on") {
  publish(2);
  auto reader = follow(*this, "/api/events?after=18446744073709551615");
  CHECK(reader.opening() == "retry: 2000\nid: 2\n\n");
  publish(1);
  CHECK(reader.read(1)[0].id == "3");
}

TEST_CASE_FIXTURE(
    gateway_fixture, "events: filters by kind and job; what does not match moves the place on") {
  publish(
      {event("job.queued", 1), event("job.failed", 2), event("provider.state"), event("jobs"),
       event("job.queued", 2)});
  CHECK(
      ids(follow(*this, "/api/events?after=0&kind=job").read(3)) == std::vector<std::string>{"1", "2", "5"});
  CHECK(
      ids(follow(*this, "/api/events?after=0&kind=job.failed,provider").read(2)) ==
      std::vector<std::string>{"2", "3"});
  CHECK(ids(follow(*this, "/api/events?after=0&job=2").read(2)) == std::vector<std::string>{"2", "5"});
  auto none = follow(*this, "/api/events?after=0&kind=job.failed&job=1");
  CHECK(none.read(1) == std::vector<stream_frame>{{"5", "", ""}});
}

TEST_CASE_FIXTURE(gateway_fixture, "events: bad questions are 400, before anything is streamed") {
  for (const char* query :
       {"?after=x", "?after=-1", "?job=", "?kind=", "?kind=a,,b", "?kind=a&kind=b", "?limit=1",
        "?last_event_id=1.5"}) {
    CAPTURE(query);
    const auto reply = call("GET", std::string{"/api/events"} + query);
    CHECK(reply.status == 400);
    CHECK(code_of(reply) == "bad_query");
  }
  std::string kinds = "a";
  for (int i = 1; i < 32; ++i)
    kinds += ",a";
  CHECK(follow(*this, "/api/events?kind=" + kinds).head().status == 200);
  CHECK(call("GET", "/api/events?kind=" + kinds + ",a").status == 400);
  CHECK(call("GET", "/api/events", "", {{"Last-Event-ID", "abc"}}).status == 400);
  CHECK(http_call(port(), "GET", "/api/events").status == 401);
}

TEST_CASE_FIXTURE(gateway_fixture, "events: HEAD gets the head, HTTP/1.0 a body without chunks") {
  http_connection head{port()};
  head.send(request("HEAD", "/api/events"));
  CHECK(head.receive(true).header("Content-Type") == "text/event-stream");
  CHECK(head.closed_by_server());
  http_connection old{port()};
  old.send("GET /api/events?after=0 HTTP/1.0\r\nAuthorization: Bearer " + admin + "\r\n\r\n");
  publish(1);
  old.wait_for("\n\nid: 1\nevent: job.queued\n");
  gateway.stop();
  const auto reply = old.receive(); // Up to the end of the connection.
  CHECK(reply.status == 200);
  CHECK(reply.header("Transfer-Encoding").empty());
}

TEST_CASE("events: silence is filled with comments") {
  gateway_limits limits;
  limits.stream_heartbeat = milliseconds{20};
  gateway_fixture f{limits};
  auto reader = follow(f);
  CHECK(reader.read_until(gateway::stream_heartbeat));
  CHECK(reader.read_until(gateway::stream_heartbeat));
  f.publish(1);
  CHECK(reader.read(1)[0].id == "1");
}

TEST_CASE("events: a stream outlives the limits of a request") {
  gateway_limits limits;
  limits.request_deadline = milliseconds{50};
  limits.idle_deadline = milliseconds{50};
  limits.header_deadline = milliseconds{50};
  limits.stream_heartbeat = milliseconds{40};
  gateway_fixture f{limits};
  auto reader = follow(f);
  for (int i = 0; i < 5; ++i) // 200 ms at the least.
    CHECK(reader.read_until(gateway::stream_heartbeat));
  f.publish(1);
  CHECK(reader.read(1)[0].id == "1");
}

TEST_CASE("events: one stream too many is 503, and room comes back with the next that ends") {
  gateway_limits limits;
  limits.streams_max = 2;
  gateway_fixture f{limits};
  auto first = follow(f);
  auto second = std::make_unique<event_reader>(f.port(), f.request("GET", "/api/events"));
  const auto refused = f.call("GET", "/api/events");
  CHECK(refused.status == 503);
  CHECK(code_of(refused) == "overloaded");
  CHECK(refused.header("Retry-After") == "1");
  CHECK(f.call("GET", "/api/jobs").status == 200);
  second.reset(); // The server sees that it has left, though no event comes.
  while (f.call("HEAD", "/api/events").status != 200)
    std::this_thread::yield();
  f.publish(1);
  CHECK(first.read(1)[0].id == "1");
}

TEST_CASE("events: streams do not take the places of requests that wait") {
  gateway_limits limits;
  limits.asks_max = 1;
  gateway_fixture f{limits};
  auto first = follow(f), second = follow(f);
  CHECK(f.call("GET", "/api/jobs").status == 200);
}

TEST_CASE("events: a reader that takes nothing is cut off, and only its own page waited for it") {
  gateway_limits limits;
  limits.stream_page_events = 4;
  limits.stream_page_deadline = slowness * milliseconds{200};
  limits.stream_kernel_bytes = 16 << 10;
  gateway_fixture f{limits};
  event_reader deaf{f.port(), f.request("GET", "/api/events"), 4096};
  auto good = follow(f);
  const std::string big = "{\"x\":\"" + std::string(64 << 10, 'x') + "\"}";
  for (int i = 0; i < 5; ++i) // 320 KiB: more than both kernel buffers take.
    f.publish({event("job.failed", 1, big)});
  CHECK(good.read(5).back().id == "5");
  REQUIRE(eventually(
      slowness * milliseconds{10000}, [&] { return f.logged().find("too slow") != std::string::npos; }));
  CHECK_THROWS(deaf.read(5)); // Within a chunk: what arrived is not mistaken for all there was.
  f.publish(1);
  CHECK(good.read(1)[0].id == "6");
}

TEST_CASE("events: when the engine stops, streams end whole") {
  gateway_fixture f;
  auto reader = follow(f), other = follow(f, "/api/events?after=0");
  f.publish(1);
  CHECK(reader.read(1)[0].id == "1");
  CHECK(other.read(1)[0].id == "1"); // What is not sent yet may be left for the next time.
  f.gateway.stop();
  CHECK(reader.ended_cleanly());
  CHECK(other.ended_cleanly());
}

TEST_CASE("events: when the hub is gone, streams end whole, and new ones are 503") {
  gateway_fixture f;
  auto reader = follow(f);
  caf::anon_send_exit(f.targets.events, caf::exit_reason::kill);
  CHECK(reader.ended_cleanly());
  CHECK(f.call("GET", "/api/events").status == 503);
}

TEST_CASE("event_text: an event is one line of valid UTF-8, whatever the journal holds") {
  auto e = event("job.failed", 0, "{\n\"a\":\r\"\xff\"}");
  e.number = 9;
  CHECK(
      gateway::event_json(e) ==
      "{\"id\":\"9\",\"at\":\"2026-11-23T12:00:00.000Z\",\"kind\":\"job.failed\",\"job\":null,"
      "\"data\":{ \"a\": \"\xEF\xBF\xBD\"}}");
  e.data.clear();
  CHECK(boost::json::parse(gateway::event_json(e)).at("data").is_object());
}
