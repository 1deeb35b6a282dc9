// The command line's HTTP client against an origin that misbehaves as told.
#include "app/api_client.hpp"

#include "app/cli/session.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;
using cause = api_failure::cause;

const api_reply& reply_in(const std::variant<api_reply, api_failure>& r) {
  if (const auto* why = std::get_if<api_failure>(&r))
    FAIL(why->message);
  return std::get<api_reply>(r);
}

const api_failure& failure_in(const std::variant<api_reply, api_failure>& r) {
  REQUIRE(std::holds_alternative<api_failure>(r));
  return std::get<api_failure>(r);
}

std::string raw(const std::string& head, const std::string& body) {
  return "HTTP/1.1 " + head + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct fixture {
  fault_origin origin;
  api_client client{{origin.url(), "secret-token", {}}};
};

/// A port of ours that nobody listens on.
class closed_port {
public:
  closed_port() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&at), size) == 0);
    REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(at.sin_port));
  }
  ~closed_port() { ::close(fd_); }
  [[nodiscard]] const std::string& url() const { return url_; }

private:
  int fd_;
  std::string url_;
};

} // namespace

TEST_CASE_FIXTURE(fixture, "api_client: sends method, target, token and body, and reads the reply") {
  reply accepted;
  accepted.raw = raw("202 Accepted\r\nETag: \"7\"\r\nLocation: /api/jobs/1", R"({"id":"1"})");
  origin.next(accepted);
  const auto got = client.call({"POST", "/api/jobs?x=1", R"({"a":1})", {{"If-Match", "\"6\""}}});
  const auto& r = reply_in(got);
  CHECK(r.status == 202);
  CHECK(r.ok());
  CHECK(r.body == R"({"id":"1"})");
  CHECK(r.header("etag") == "\"7\"");
  CHECK(r.header("absent") == "");
  const auto q = origin.requests().at(0);
  CHECK(q.method == "POST");
  CHECK(q.target == "/api/jobs?x=1");
  CHECK(q.header("authorization") == "Bearer secret-token");
  CHECK(q.header("content-type") == "application/json");
  CHECK(q.header("content-length") == "7");
  CHECK(q.header("if-match") == "\"6\"");
}

TEST_CASE_FIXTURE(fixture, "api_client: one connection serves many calls, and a closed one is replaced") {
  origin.serve("/a", {"x"});
  reply closing;
  closing.close_quietly = true;
  for (int i = 0; i < 2; ++i)
    CHECK(reply_in(client.call({"GET", "/a", {}, {}})).body == "x");
  CHECK(origin.connections() == 1);
  origin.next(closing);
  CHECK(reply_in(client.call({"GET", "/a", {}, {}})).body == "x");
  CHECK(reply_in(client.call({"GET", "/a", {}, {}})).body == "x");
  CHECK(origin.connections() == 2);
}

TEST_CASE_FIXTURE(
    fixture, "api_client: a kept connection that is closed as it is used is replaced, but for POST") {
  origin.serve("/a", {"x"});
  reply closing;
  closing.close_at_once = true;
  CHECK(reply_in(client.call({"GET", "/a", {}, {}})).body == "x");
  origin.next(closing);
  CHECK(reply_in(client.call({"GET", "/a", {}, {}})).body == "x");
  CHECK(origin.connections() == 2);
  origin.next(closing);
  const auto posted = client.call({"POST", "/a", "{}", {}});
  REQUIRE(std::holds_alternative<api_failure>(posted));
  CHECK(std::get<api_failure>(posted).why == api_failure::cause::broken);
  origin.next(closing); // A fresh one that is closed is a failure for everybody.
  CHECK(std::holds_alternative<api_failure>(client.call({"GET", "/a", {}, {}})));
}

TEST_CASE_FIXTURE(fixture, "api_client: a path in the endpoint stands before every target") {
  api_client beneath{{origin.url("/tributary/"), "", {}}};
  origin.serve("/tributary/livez", {"{}"});
  CHECK(reply_in(beneath.call({"GET", "/livez", {}, {}})).status == 200);
  CHECK(origin.requests().at(0).header("authorization") == "");
}

TEST_CASE("api_client: where nobody listens it says so, and the session says how to mend it") {
  const closed_port nobody;
  api_client client{{nobody.url(), "", {}}};
  CHECK(failure_in(client.call({"GET", "/livez", {}, {}})).why == cause::unreachable);
  cli::server_options at;
  at.url = nobody.url();
  CHECK_THROWS_WITH_AS(cli::session{at}.get("/api/jobs"), doctest::Contains("tributary run"), cli::failure);
}

TEST_CASE("api_client: a URL that is none is named as such") {
  for (const char* url : {"ftp://h/", "http://", "http://user:pw@h/"}) {
    CAPTURE(url);
    api_client client{{url, "", {}}};
    CHECK(failure_in(client.call({"GET", "/", {}, {}})).why == cause::bad_url);
  }
}

TEST_CASE_FIXTURE(fixture, "api_client: a silent server ends the wait after the limit") {
  reply silent;
  silent.stall_at_once = true;
  origin.next(silent);
  api_client hasty{{origin.url(), "", {}}, {5s, 100ms, 1024}};
  CHECK(failure_in(hasty.call({"GET", "/", {}, {}})).why == cause::timed_out);
}

TEST_CASE_FIXTURE(fixture, "api_client: what is no HTTP, or is cut short, is a failure") {
  reply noise, cut;
  noise.raw = "SSH-2.0-OpenSSH_9.2\r\n\r\n";
  cut.raw = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort";
  for (const auto& r : {noise, cut}) {
    origin.next(r);
    CHECK(failure_in(client.call({"GET", "/", {}, {}})).why == cause::broken);
  }
  origin.serve("/a", {"x"});
  CHECK(reply_in(client.call({"GET", "/a", {}, {}})).body == "x"); // On a fresh connection.
}

TEST_CASE_FIXTURE(fixture, "api_client: a body of just the limit is read, one byte more is not") {
  api_client small{{origin.url(), "", {}}, {5s, 5s, 1000}};
  origin.serve("/fits", {std::string(1000, 'x')});
  origin.serve("/over", {std::string(1001, 'x')});
  CHECK(reply_in(small.call({"GET", "/fits", {}, {}})).body.size() == 1000);
  CHECK(failure_in(small.call({"GET", "/over", {}, {}})).why == cause::broken);
}

TEST_CASE_FIXTURE(fixture, "api_client: a stream is handed on as it comes, until it ends or is left") {
  origin.serve("/events", {"one two three four five"});
  reply pieces;
  pieces.chunked = true;
  pieces.bytes_per_write = 3;
  origin.always(pieces);
  std::string all;
  const auto ended = client.stream({"GET", "/events", {}, {}}, 5s, [&](std::string_view s) {
    all += s;
    return true;
  });
  CHECK(reply_in(ended).status == 200);
  CHECK(all == "one two three four five");
  int calls = 0;
  const auto left =
      client.stream({"GET", "/events", {}, {}}, 5s, [&](std::string_view) { return ++calls < 2; });
  CHECK(reply_in(left).ok());
  CHECK(calls == 2);
}

TEST_CASE_FIXTURE(fixture, "api_client: a stream that is refused is read whole; a silent one times out") {
  reply refused;
  refused.raw = raw("401 Unauthorized", R"({"title":"No"})");
  origin.next(refused);
  const auto never = [](std::string_view) {
    FAIL("nothing was to be handed on");
    return true;
  };
  const auto r = client.stream({"GET", "/events", {}, {}}, 5s, never);
  CHECK(reply_in(r).status == 401);
  CHECK(reply_in(r).body == R"({"title":"No"})");
  reply silent;
  silent.stall_after = 0;
  origin.serve("/events", {"text"});
  origin.next(silent);
  CHECK(failure_in(client.stream({"GET", "/events", {}, {}}, 100ms, never)).why == cause::timed_out);
}

TEST_CASE("api_client: https is spoken to who the certificate names, and to nobody else") {
  const temp_dir folder;
  const auto make =
      "cd '" + folder.path().string() +
      "' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x "
      "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem >log 2>&1";
  REQUIRE(std::system(make.c_str()) == 0);
  const auto certificate = (folder / "cert.pem").string();
  fault_origin origin{{certificate, (folder / "key.pem").string(), "127.0.0.1"}};
  origin.serve("/livez", {"{}"});
  api_client trusting{{origin.url(), "", certificate}};
  CHECK(reply_in(trusting.call({"GET", "/livez", {}, {}})).body == "{}");
  api_client strict{{origin.url(), "", {}}};
  CHECK(failure_in(strict.call({"GET", "/livez", {}, {}})).message.find("no TLS") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "session: a problem is shown with every pointer, and without control characters") {
  reply invalid;
  invalid.raw = raw(
      "422 Unprocessable\r\nContent-Type: application/problem+json",
      R"({"title":"The job is not valid","status":422,"detail":"2 things are wrong","errors":[)"
      R"({"pointer":"/size","detail":"must be positive"},{"parameter":"limit","detail":"bad \u001b[31m"}]})");
  origin.next(invalid);
  cli::server_options at;
  at.url = origin.url();
  try {
    cli::session{at}.send("POST", "/api/jobs", "{}");
    FAIL("not refused");
  } catch (const cli::failure& e) {
    const std::string text = e.what();
    CHECK(e.status == exit_refused);
    CHECK(text.find("The job is not valid: 2 things are wrong\n  /size: must be positive\n") == 0);
    CHECK(text.find("limit: bad") != std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
  }
}
