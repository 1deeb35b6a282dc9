// Many changes at once: none is lost, and none of them holds up a job.
#include "engine_process.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/nginx.hpp"
#include "tests/support/slowness.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>

using namespace tributary::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

struct loaded_engine {
  temp_dir folder, files;
  std::string body = random_bytes(200'000, 3);
  nginx first{prepared()}, second{files.path()};
  engine_process e{written()};

  std::filesystem::path prepared() {
    write_file(files / "a.bin", body);
    return files.path();
  }
  engine_process::folders written() {
    write_file(
        folder / "settings.json",
        settings_text(
            {{"alpha", first.url()}, {"beta", second.url()}},
            R"({"health_check_interval_seconds": 0, "retry_delay_seconds": 0.01})"));
    return {folder / "settings.json", folder / "state", folder / "downloads"};
  }

  /// One call on a kept connection.
  http_reply call(
      http_connection& on, std::string_view method, std::string_view path, const std::string& text,
      http_headers more = {}) const {
    more.emplace_back("Authorization", "Bearer " + e.token());
    more.emplace_back("Content-Type", "application/json");
    on.send(http_request(method, path, more, text));
    return on.receive();
  }
};

/// Whose settings, and what of them: each number another value.
std::pair<std::string, std::string> change_number(int i) {
  const auto n = std::to_string(i), thousandths = "20." + std::to_string(1'000 + i);
  switch (i % 8) {
  case 0:
    return {"alpha", "{\"priority\": " + n + "}"};
  case 1:
    return {"alpha", i % 16 == 1 ? "{\"enabled\": false}" : "{\"enabled\": true}"};
  case 2:
    return {"alpha", "{\"max_concurrent_downloads\": " + std::to_string(1 + i % 1000) + "}"};
  case 3:
    return {"beta", "{\"bandwidth_limit_mbps\": " + std::to_string(400 + i) + "}"};
  case 4:
    return {"beta", "{\"timeout_seconds\": " + thousandths + "}"};
  case 5:
    return {"beta", R"({"custom_headers": {"X-Round": ")" + n + "\"}}"};
  case 6:
    return {"global", "{\"stall_timeout_seconds\": " + thousandths + "}"};
  default:
    return {"global", "{\"max_running_jobs\": " + std::to_string(20 + i) + "}"};
  }
}

std::uint64_t revision_in(const std::string& etag) {
  return etag.size() > 2 ? std::stoull(etag.substr(1)) : 0;
}

} // namespace

TEST_CASE_FIXTURE(loaded_engine, "settings: concurrent PUTs lose nothing") {
  REQUIRE(e.port() != 0);
  constexpr int writers = 4, changes_each = 25;
  std::atomic<int> retries{0};
  std::vector<std::thread> threads;
  for (int w = 0; w < writers; ++w)
    threads.emplace_back([&, w] {
      http_connection connection{e.port(), 60s};
      for (int i = 1; i <= changes_each; ++i) {
        // A key of one's own, without a condition: merged beside the others'.
        const auto own = "{\"custom_headers\": {\"X-Last\": \"" + std::to_string(i) + "\"}}";
        const auto name = "writer" + std::to_string(w);
        if (i == 1)
          CHECK(
              call(
                  connection, "POST", "/api/providers",
                  R"({"kind": "http", "enabled": false, "base_url": "http://127.0.0.1:1", "name": ")" + name +
                      "\"}")
                  .status == 201);
        CHECK(call(connection, "PUT", "/api/providers/config/" + name, own).status == 200);
        // One number for all, read and written under its revision.
        for (;;) {
          const auto now = call(connection, "GET", "/api/providers/config/alpha", "");
          const auto count = json::parse(now.body).at("priority").as_int64() + 1;
          const auto put = call(
              connection, "PUT", "/api/providers/config/alpha",
              "{\"priority\": " + std::to_string(count) + "}", {{"If-Match", now.header("ETag")}});
          if (put.status == 200)
            break;
          REQUIRE(put.status == 412);
          ++retries;
        }
      }
    });
  for (auto& t : threads)
    t.join();
  CHECK(e.call("GET", "/api/providers/config/alpha").body.at("priority") == 1 + writers * changes_each);
  for (int w = 0; w < writers; ++w)
    CHECK(
        e.call("GET", "/api/providers/config/writer" + std::to_string(w))
            .body.at("custom_headers")
            .at("X-Last")
            .as_string() == std::to_string(changes_each));
  const int repeated = retries;
  MESSAGE("changes refused as stale and repeated: " << repeated);
  const auto newest = e.call("GET", "/api/providers/config/history?limit=1").body;
  CHECK(newest.at("revisions").at(0).at("revision") == 1 + writers * (2 * changes_each + 1));
}

TEST_CASE_FIXTURE(
    loaded_engine, "settings: 100 changes a second under load lose nothing and leave no job stuck") {
  REQUIRE(e.port() != 0);
  constexpr int jobs = 200, changes = 800, writers = 16; // Those who wait are saved together.
  const auto begun = std::chrono::steady_clock::now();
  const auto since_begun = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  };
  std::atomic<int> made{0}, failed{0};
  std::vector<std::set<std::uint64_t>> seen(writers);
  std::vector<double> ended(writers);
  std::vector<std::thread> threads;
  for (std::size_t w = 0; w < writers; ++w)
    threads.emplace_back([&, w] {
      http_connection connection{e.port(), 60s};
      for (int i = made++; i < changes; i = made++) {
        const auto [whose, settings] = change_number(i);
        const auto reply = call(connection, "PUT", "/api/providers/config/" + whose, settings);
        failed += reply.status != 200;
        seen[w].insert(revision_in(reply.header("ETag")));
      }
      ended[w] = since_begun();
    });
  std::vector<std::string> ids;
  http_connection connection{e.port(), 60s};
  for (int i = 0; i < jobs; ++i) {
    const auto wish = json::serialize(json::object{
        {"resource", {{"path", "a.bin"}}}, {"output", "a" + std::to_string(i)}, {"sha256", sha256_of(body)}});
    const auto reply = call(connection, "POST", "/api/jobs", wish);
    REQUIRE(reply.status == 202);
    ids.emplace_back(json::parse(reply.body).at("id").as_string());
  }
  for (auto& t : threads)
    t.join();
  const auto took = *std::ranges::max_element(ended);
  CHECK(failed == 0);
  // Every revision that there is was somebody's, and every change but a repeated `enabled` made one.
  std::set<std::uint64_t> acknowledged{1};
  for (const auto& of_one : seen)
    acknowledged.insert(of_one.begin(), of_one.end());
  const auto newest = e.call("GET", "/api/providers/config/history?limit=1").body.at("revisions").at(0);
  CHECK(newest.at("revision") == acknowledged.size());
  CHECK(*acknowledged.rbegin() == acknowledged.size());
  CHECK(acknowledged.size() > changes * 9 / 10);

  CHECK(e.call("PUT", "/api/providers/config/alpha", R"({"enabled": true})").status == 200);
  for (const auto& id : ids)
    CHECK(e.finished(id).at("state") == "succeeded");
  const auto rate = changes / took;
  MESSAGE(
      rate << " changes/s (" << acknowledged.size() - 1 << " revisions in " << took << " s) beside " << jobs
           << " jobs, which ended after " << since_begun() << " s");
  CHECK(rate >= 100.0 / slowness);
  const auto left = e.call("GET", "/api/providers/failover").body;
  CHECK(left.at("totals").at("leases") == 0);
}
