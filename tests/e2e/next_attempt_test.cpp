// Settings that hold from the next attempt on: one that is under way keeps those that it began with.
#include "engine_process.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/test_authority.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace tributary::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

struct one_provider {
  temp_dir folder;
  fault_origin before, after;
  std::string body = deterministic_body(400'000);
  engine_process e{written()};

  engine_process::folders written() {
    for (auto* origin : {&before, &after}) {
      origin->serve("/a.bin", {body});
      origin->serve("/b.bin", {body});
    }
    const json::object provider{
        {"kind", "http"}, {"base_url", before.url()}, {"custom_headers", {{"X-Round", "1"}}}};
    const json::object global{
        {"health_check_interval_seconds", 0},
        {"max_retries", 1},
        {"retry_delay_seconds", 0.05},
        {"timeout_seconds", 2}};
    write_file(
        folder / "settings.json",
        json::serialize(json::object{{"global", global}, {"providers", json::object{{"one", provider}}}}));
    return {folder / "settings.json", folder / "state", folder / "downloads"};
  }

  void put(const json::object& settings) {
    CHECK(e.call("PUT", "/api/providers/config/one", json::serialize(settings)).status == 200);
  }
  /// Waits until somebody has been asked that often.
  static bool asked(const fault_origin& origin, std::size_t times) {
    return eventually(20s, [&] { return origin.requests().size() >= times; });
  }
  std::vector<std::string> messages_of(const std::string& job) {
    std::vector<std::string> out;
    const auto trace = e.call("GET", "/api/jobs/" + job + "/trace").body;
    for (const auto& a : trace.at("attempts").as_array())
      out.emplace_back(a.at("message").as_string());
    return out;
  }
};

} // namespace

TEST_CASE_FIXTURE(one_provider, "next attempt: base URL, headers and parameters") {
  REQUIRE(e.port() != 0);
  before.next({.bytes_per_write = 20'000, .pause = 100ms}); // 2 s.
  const auto running = e.submit("a.bin");
  REQUIRE(running);
  REQUIRE(asked(before, 1));
  put({{"base_url", after.url()}, {"custom_headers", {{"X-Round", "2"}}}, {"custom_params", {{"k", "v"}}}});
  CHECK(e.finished(*running).at("state") == "succeeded");
  CHECK(before.requests().size() == 1); // It went on as it had begun.
  CHECK(before.requests().at(0).header("x-round") == "1");
  CHECK(after.requests().empty());
  CHECK(e.finished(*e.submit("b.bin")).at("state") == "succeeded");
  CHECK(before.requests().size() == 1);
  CHECK(after.requests().at(0).header("x-round") == "2");
  CHECK(after.requests().at(0).target == "/b.bin?k=v");
}

TEST_CASE_FIXTURE(one_provider, "next attempt: also of the same job") {
  REQUIRE(e.port() != 0);
  before.next({.reset_after = 100'000, .bytes_per_write = 10'000, .pause = 100ms});
  const auto running = e.submit("a.bin");
  REQUIRE(running);
  REQUIRE(asked(before, 1));
  put({{"base_url", after.url()}, {"custom_headers", {{"X-Round", "2"}}}});
  CHECK(e.finished(*running).at("state") == "succeeded");
  CHECK(before.requests().size() == 1);
  REQUIRE(after.requests().size() == 1);
  CHECK(after.requests().at(0).header("x-round") == "2");
  CHECK(read_file(folder / "downloads" / "a.bin") == body);
}

TEST_CASE_FIXTURE(one_provider, "next attempt: proxy") {
  REQUIRE(e.port() != 0);
  before.next({.bytes_per_write = 20'000, .pause = 100ms}); // 2 s.
  const auto running = e.submit("a.bin");
  REQUIRE(running);
  REQUIRE(asked(before, 1));
  after.serve(before.url() + "/b.bin", {body}); // A proxy is asked for the whole URL.
  put({{"proxy", after.url()}});
  CHECK(after.requests().empty());
  CHECK(e.finished(*running).at("state") == "succeeded");
  CHECK(after.requests().empty());
  CHECK(e.finished(*e.submit("b.bin")).at("state") == "succeeded");
  CHECK(before.requests().size() == 1);
  CHECK(after.requests().size() == 1);
}

TEST_CASE_FIXTURE(one_provider, "next attempt: ca_file") {
  const auto& made = test_authority::shared();
  fault_origin secure{{made.file("good.pem"), made.file("good.key"), "127.0.0.1"}};
  for (const auto* path : {"/a.bin", "/b.bin", "/c.bin"})
    secure.serve(path, {body});
  REQUIRE(e.port() != 0);
  put({{"base_url", secure.url()}, {"ca_file", made.file("ca.pem")}});
  secure.next({.bytes_per_write = 20'000, .pause = 100ms}); // 2 s.
  const auto running = e.submit("a.bin");
  REQUIRE(running);
  REQUIRE(asked(secure, 1));
  put({{"ca_file", made.file("stranger-ca.pem")}});
  CHECK(e.finished(*running).at("state") == "succeeded");
  const auto distrusted = e.submit("b.bin");
  CHECK(e.finished(*distrusted).at("state") == "failed");
  CHECK(messages_of(*distrusted).at(0).find("certificate") != std::string::npos);
  CHECK(secure.requests().size() == 1); // Nothing was asked of somebody who is not trusted.
  put({{"ca_file", made.file("ca.pem")}});
  CHECK(e.finished(*e.submit("c.bin")).at("state") == "succeeded");
}

TEST_CASE_FIXTURE(one_provider, "next attempt: timeouts") {
  REQUIRE(e.port() != 0);
  before.next({.stall_at_once = true});
  before.next({.stall_at_once = true});
  const auto running = e.submit("a.bin");
  REQUIRE(running);
  REQUIRE(asked(before, 1));
  put({{"timeout_seconds", 0.3}});
  CHECK(e.finished(*running).at("state") == "failed");
  const auto told = messages_of(*running);
  REQUIRE(told.size() == 2);
  CHECK(told[0].find("within 2 s") != std::string::npos);
  CHECK(told[1].find("within 0.3 s") != std::string::npos);
}
