#include "tests/net/client_fixture.hpp"

#include <future>

using namespace tributary;
using namespace tributary::testing;

namespace {

struct fixture : client_fixture {
  fixture() { origin.serve("/", {deterministic_body(1'000)}); }

  check_result check() {
    std::promise<check_result> result;
    int answers = 0;
    make_loader()->check([&](const check_result& r) {
      if (++answers == 1)
        result.set_value(r);
    });
    auto future = result.get_future();
    REQUIRE(future.wait_for(patience) == std::future_status::ready);
    CHECK(answers == 1);
    return future.get();
  }
  check_result check_after(reply r) {
    origin.next(std::move(r));
    return check();
  }
};

reply with_status(int status) {
  reply out;
  out.status = status;
  return out;
}

} // namespace

TEST_CASE_FIXTURE(
    fixture, "http check: one byte of the base is asked for, and what the provider can do is seen") {
  auto r = check();
  CHECK(r.passed);
  CHECK(r.cause == fault::none);
  CHECK(r.message == "");
  CHECK(r.status == 206);
  CHECK(r.ranges);
  CHECK(r.strong_validator);
  CHECK_FALSE(r.digest);
  CHECK(origin.requests().at(0).header("range") == "bytes=0-0");
  CHECK(origin.requests().at(0).target == "/");
}

TEST_CASE_FIXTURE(fixture, "http check: the health path is asked for, beneath the base") {
  provider.own.health_check_path = "ping";
  CHECK(check().passed); // 404
  CHECK(origin.requests().at(0).target == "/ping");
}

TEST_CASE_FIXTURE(fixture, "http check: a provider without ranges and tags passes as such") {
  reply r;
  r.ignore_range = true;
  r.headers = {
      {"ETag", "W/\"x\""}, {"Repr-Digest", "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"}};
  auto got = check_after(r);
  CHECK(got.passed);
  CHECK_FALSE(got.ranges);
  CHECK_FALSE(got.strong_validator);
  CHECK(got.digest);
}

TEST_CASE_FIXTURE(fixture, "http check: every answer below 500 passes, none from 500 on") {
  for (int status : {200, 204, 302, 401, 403, 404, 416, 429, 499})
    CHECK_MESSAGE(check_after(with_status(status)).passed, status);
  for (int status : {500, 503, 599}) {
    auto r = check_after(with_status(status));
    CHECK_FALSE(r.passed);
    CHECK(r.cause == fault::status);
    CHECK(r.status == status);
    CHECK(r.message.starts_with("HTTP " + std::to_string(status)));
  }
}

TEST_CASE_FIXTURE(fixture, "http check: no answer, or none that is HTTP, fails with its cause") {
  reply r;
  r.close_at_once = true;
  CHECK(check_after(r).cause == fault::reset);
  r = {};
  r.raw = "hello\r\n\r\n";
  CHECK(check_after(r).cause == fault::malformed);
  r = {};
  r.stall_at_once = true;
  provider.own.timeout_seconds = 0.2;
  auto late = check_after(r);
  CHECK(late.cause == fault::connect_timeout);
  CHECK_FALSE(late.passed);
  CHECK_FALSE(late.message.empty());
  provider.own.base_url = "http://127.0.0.1:1";
  CHECK(check().cause == fault::refused);
  provider.own.proxy = "ftp://x";
  CHECK(check().cause == fault::unsupported);
}

TEST_CASE_FIXTURE(fixture, "http check: a large body is not read") {
  origin.serve("/", {deterministic_body(50'000'000)});
  reply r;
  r.ignore_range = true;
  CHECK(check_after(r).passed);
  CHECK(check().passed);
  CHECK(origin.connections() == 2);
}

TEST_CASE_FIXTURE(
    fixture, "http check: it fails at once where nobody gets in, though a kept connection still works") {
  origin.serve("/f", {deterministic_body(3'000)});
  auto source = make_loader();
  CHECK(fetch(*source, request("f")).result == outcome::ok);
  CHECK(check().passed);
  origin.stop_listening();
  const auto begun = std::chrono::steady_clock::now();
  const auto r = check();
  CHECK_FALSE(r.passed);
  CHECK(r.cause == fault::refused);
  CHECK(std::chrono::steady_clock::now() - begun < 10s); // The provider's timeout is 20 s.
  const auto kept = fetch(*source, request("f"));
  CHECK(kept.result == outcome::ok);
  CHECK(kept.connect == 0ns);
}

TEST_CASE_FIXTURE(fixture, "http check: its connection serves the next transfer") {
  origin.serve("/f", {deterministic_body(3'000)});
  CHECK(check().passed);
  const auto next = fetch("f");
  CHECK(next.result == outcome::ok);
  CHECK(next.connect == 0ns);
  CHECK(origin.connections() == 1);
}
