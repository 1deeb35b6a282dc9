// Starting, being refused, stopping: what is left when the gateway is gone.
#include "tests/net_gateway/gateway_fixture.hpp"

#include <caf/send.hpp>
#include <doctest/doctest.h>

#include <filesystem>
#include <thread>

using namespace tributary;
using namespace tributary::testing;

namespace {

std::ptrdiff_t threads() {
  return std::distance(std::filesystem::directory_iterator{"/proc/self/task"}, {});
}

/// What bind_gateway says to these options; "": it bound.
gateway_error refused(gateway_fixture& f, const std::function<void(gateway_options&)>& adjust) {
  gateway_options o;
  o.port = 0;
  o.state_dir = f.state.path();
  o.wall = [] { return noon; };
  adjust(o);
  const auto bound = bind_gateway(std::move(o));
  const auto* why = std::get_if<gateway_error>(&bound);
  return why ? *why : gateway_error{};
}
std::string refusal(gateway_fixture& f, const std::function<void(gateway_options&)>& adjust) {
  return refused(f, adjust).message;
}

} // namespace

TEST_CASE("bind_gateway: the first start makes the admin token and says where") {
  gateway_fixture f;
  temp_dir fresh;
  gateway_options o;
  o.port = 0;
  o.state_dir = fresh.path();
  o.wall = [] { return noon; };
  auto bound = bind_gateway(std::move(o));
  REQUIRE(std::holds_alternative<std::shared_ptr<bound_gateway>>(bound));
  const auto running = start_gateway(*f.system, std::get<0>(std::move(bound)), f.targets);
  CHECK(running.admin_token_created);
  CHECK(running.admin_token_file == fresh / "admin.token");
  auto token = read_file(fresh / "admin.token");
  token.pop_back();
  CHECK(http_call(running.port, "GET", "/api/jobs", {{"Authorization", "Bearer " + token}}).status == 200);
  CHECK(http_call(running.port, "GET", "/api/jobs", {{"Authorization", "Bearer " + f.admin}}).status == 401);
  CHECK_FALSE(f.gateway.admin_token_created);
  running.stop();
}

TEST_CASE_FIXTURE(gateway_fixture, "bind_gateway: says why it cannot listen") {
  const auto taken = refusal(*this, [&](auto& o) { o.port = port(); });
  CHECK(
      taken ==
      "cannot listen on 127.0.0.1:" + std::to_string(port()) + ": the address is in use by another program");
  CHECK(refusal(*this, [](auto& o) {
          o.host = "example.org";
        }).find("must be an IP address or localhost") != std::string::npos);
  CHECK(refusal(*this, [](auto& o) {
          o.host = "203.0.113.7";
          o.allow_plain_remote = true;
        }).find("cannot listen on 203.0.113.7") == 0);
  CHECK(refusal(*this, [](auto& o) { o.host = "localhost"; }).empty());
}

TEST_CASE_FIXTURE(gateway_fixture, "bind_gateway: beyond loopback only when that is allowed") {
  for (const char* host : {"0.0.0.0", "::", "203.0.113.7"}) {
    CAPTURE(host);
    CHECK(refusal(*this, [&](auto& o) { o.host = host; }).find("unencrypted") != std::string::npos);
  }
  CHECK(refusal(*this, [](auto& o) {
          o.host = "0.0.0.0";
          o.allow_plain_remote = true;
        }).empty());
}

TEST_CASE_FIXTURE(gateway_fixture, "bind_gateway: a damaged token file is refused") {
  write_file(state / "tokens.json", "[{}]");
  const auto damaged = refused(*this, [](auto&) {});
  CHECK(damaged.message.find("tokens.json is damaged") != std::string::npos);
  CHECK(damaged.what == gateway_error::kind::bad_token_files);
  const auto missing = refused(*this, [&](auto& o) { o.state_dir = state / "missing"; });
  CHECK(missing.message.find("cannot write") == 0);
  CHECK(missing.what == gateway_error::kind::bad_token_files);
}

TEST_CASE("stop: pending asks are answered 503, and no thread is left") {
  gateway_fixture f;
  const auto before = threads();
  f.script->silent = true;
  std::vector<std::unique_ptr<http_connection>> waiting;
  for (int i = 0; i < 20; ++i) {
    waiting.push_back(std::make_unique<http_connection>(f.port()));
    waiting.back()->send(f.request("GET", "/api/jobs/1"));
  }
  http_connection idle{f.port()};
  idle.send(f.request("GET", "/livez"));
  CHECK(idle.receive().status == 200);
  while (f.script->asked < 20)
    std::this_thread::yield();
  f.gateway.stop();
  CHECK(threads() == before - 1);
  for (auto& c : waiting) {
    const auto reply = c->receive();
    CHECK(reply.status == 503);
    CHECK(code_of(reply) == "shutting_down");
    CHECK(reply.header("Connection") == "close");
    CHECK(c->closed_by_server());
  }
  CHECK(idle.closed_by_server());
  CHECK_THROWS((http_connection{f.port()}));
  f.gateway.stop(); // Once more does no harm.
}

TEST_CASE("stop: under load every request gets an answer or its connection is closed between two") {
  gateway_fixture f;
  std::atomic<bool> stopping{false};
  std::atomic<int> answered{0}, cut_in_answer{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 6; ++i)
    clients.emplace_back([&] {
      try {
        http_connection c{f.port()};
        for (int n = 0;; ++n) {
          if (!c.try_send(f.request("GET", "/api/jobs/" + std::to_string(n))))
            return;
          const auto reply = c.receive();
          ++answered;
          if (reply.status != 200 && reply.status != 503)
            ++cut_in_answer;
        }
      } catch (const std::exception& e) {
        if (!stopping || std::string_view{e.what()}.find("before a response") == std::string_view::npos)
          ++cut_in_answer;
      }
    });
  while (answered < 300)
    std::this_thread::yield();
  stopping = true;
  f.gateway.stop();
  for (auto& t : clients)
    t.join();
  CHECK(cut_in_answer == 0);
}

TEST_CASE("stop: a client that reads nothing is cut off after the grace") {
  gateway_limits limits;
  limits.stop_grace = std::chrono::milliseconds{200};
  gateway_fixture f{limits};
  f.script->list = [](const job_filter&) {
    job_page page;
    auto row = example_job(1);
    row.spec.resource.path = std::string(200'000, 'x');
    page.jobs.assign(100, job_view{row, {}, {}, {}});
    return page;
  };
  http_connection deaf{f.port()};
  deaf.send(f.request("GET", "/api/jobs")); // 20 MB: more than the sockets take.
  while (f.call("GET", "/livez").status != 200)
    std::this_thread::yield();
  const auto began = std::chrono::steady_clock::now();
  f.gateway.stop();
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds{5});
}

TEST_CASE("stop: ending the actor closes the server, too") {
  gateway_fixture f;
  f.script->silent = true;
  http_connection waiting{f.port()};
  waiting.send(f.request("GET", "/api/jobs/1"));
  while (f.script->asked < 1)
    std::this_thread::yield();
  caf::anon_send_exit(f.gateway.handle, caf::exit_reason::user_shutdown);
  CHECK(waiting.receive().status == 503);
  CHECK(waiting.closed_by_server());
}
