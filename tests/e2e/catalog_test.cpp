// Catalogues, folders and jobs by key through the built program, nginx and a real folder.
#include "tests/e2e/engine_process.hpp"
#include "tests/support/nginx.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

namespace {

using namespace tributary::testing;
using namespace std::chrono_literals;
namespace json = boost::json;
namespace fs = std::filesystem;

constexpr std::size_t mib = 1u << 20;

/// A catalogue with the film "tide" at that path.
std::string catalog_with(const std::string& key, const std::string& path) {
  return json::serialize(json::value{
      {"version", 1},
      {"items",
       {{{"key", key}, {"title", "Title of " + key}, {"languages", {"en"}}, {"files", {{"en", path}}}}}}});
}

/// An nginx in front of one folder, and another folder as it is; the same film under two names.
struct setting {
  temp_dir folder;
  engine_process::folders at{folder / "settings.json", folder / "state", folder / "downloads"};
  fs::path www = folder / "www", shelf = folder / "shelf";
  std::string film = random_bytes(16 * mib, 5);

  setting() {
    write_file(www / "movies" / "tide.mkv", film);
    write_file(www / "catalog.json", catalog_with("tide", "movies/tide.mkv"));
    write_file(shelf / "other-name.bin", film);
    write_file(shelf / "catalog.json", catalog_with("tide", "other-name.bin"));
  }
  void configure(const std::string& web_url) const {
    const json::value settings{
        {"version", 1},
        {"global",
         {{"piece_size_mib", 1}, {"max_retries", 0}, {"retry_delay_seconds", 0.05}, {"max_segments", 1}}},
        {"providers",
         {{"web", {{"kind", "http"}, {"base_url", web_url}, {"priority", 1}}},
          {"shelf", {{"kind", "directory"}, {"directory", shelf.string()}, {"priority", 2}}}}}};
    write_file(at.config, json::serialize(settings));
  }
};

std::string submit_item(engine_process& engine, const std::string& key, const std::string& sha256 = "") {
  json::object job{{"resource", {{"key", key}, {"language", "en"}}}};
  if (!sha256.empty())
    job["sha256"] = sha256;
  const auto r = engine.call("POST", "/api/jobs", json::serialize(job));
  REQUIRE_MESSAGE(r.status == 202, json::serialize(r.body));
  return std::string(r.body.at("id").as_string());
}

std::string text(const json::value& v) {
  return json::value_to<std::string>(v);
}

} // namespace

TEST_CASE(
    "catalog: a job by key goes on in a folder, under another name, when the web server dies in its middle") {
  setting s;
  nginx web(s.www, {"limit_rate 8m;"});
  s.configure(web.url());
  engine_process engine(s.at);
  REQUIRE(engine.port() != 0);
  const auto id = submit_item(engine, "tide", sha256_of(s.film));
  CHECK(text(engine.job(id).at("output")) == "tide.mkv");
  REQUIRE(
      eventually(30s, [&] { return engine.job(id).at("bytes_done").to_number<std::uint64_t>() >= 3 * mib; }));
  web.kill();
  const auto job = engine.finished(id);
  REQUIRE(text(job.at("state")) == "succeeded");
  CHECK(read_file(s.at.downloads / "tide.mkv") == s.film);
  CHECK(text(job.at("sha256")) == sha256_of(s.film));
  CHECK(part_files(s.at.downloads).empty());

  const auto trace = engine.call("GET", "/api/jobs/" + id + "/trace").body;
  const auto& attempts = trace.at("attempts").as_array();
  REQUIRE(attempts.size() >= 2);
  CHECK(text(attempts.front().at("provider")) == "web");
  CHECK(text(attempts.front().at("message")).find("movies/tide.mkv") != std::string::npos);
  CHECK(text(attempts.back().at("provider")) == "shelf");
  CHECK(text(attempts.back().at("outcome")) == "ok");
  CHECK(text(attempts.back().at("message")).find("other-name.bin") != std::string::npos);
  CHECK(attempts.back().at("bytes").to_number<std::uint64_t>() <= s.film.size() - 3 * mib);
}

TEST_CASE(
    "catalog: without a digest the folder's file is not mixed with the web server's, but begun afresh") {
  setting s;
  nginx web(s.www, {"limit_rate 8m;"});
  s.configure(web.url());
  engine_process engine(s.at);
  const auto id = submit_item(engine, "tide");
  REQUIRE(
      eventually(30s, [&] { return engine.job(id).at("bytes_done").to_number<std::uint64_t>() >= 3 * mib; }));
  web.kill();
  const auto job = engine.finished(id);
  REQUIRE(text(job.at("state")) == "succeeded");
  CHECK(read_file(s.at.downloads / "tide.mkv") == s.film);
}

TEST_CASE("catalog: an item that one provider lacks comes from the other; one that nobody has is missing") {
  setting s;
  write_file(s.shelf / "catalog.json", catalog_with("ledger", "other-name.bin"));
  nginx web(s.www);
  s.configure(web.url());
  engine_process engine(s.at);
  const auto there = submit_item(engine, "ledger");
  CHECK(text(engine.finished(there).at("state")) == "succeeded");
  CHECK(read_file(s.at.downloads / "other-name.bin") == s.film);
  const auto absent = engine.finished(submit_item(engine, "nowhere"));
  CHECK(text(absent.at("state")) == "failed");
  CHECK(text(absent.at("error").at("class")) == "missing");
}

TEST_CASE("catalog: the operations over the API, with failover from a dead web server to the folder") {
  setting s;
  nginx web(s.www);
  s.configure(web.url());
  engine_process engine(s.at);
  const auto search = engine.call("GET", "/api/catalog/search?q=TITLE%20tide");
  REQUIRE(search.status == 200);
  CHECK(text(search.body.at("provider")) == "web");
  CHECK(text(search.body.at("items").at(0).at("key")) == "tide");
  const auto language = engine.call("GET", "/api/catalog/tide/language?language=en");
  CHECK(text(language.body.at("path")) == "movies/tide.mkv");
  CHECK(engine.call("GET", "/api/catalog/tide/episodes").body.at("seasons").as_array().empty());
  CHECK(engine.call("GET", "/api/catalog/nowhere").status == 404);
  CHECK(engine.call("GET", "/api/catalog/search").status == 400);

  // Another base is another catalogue: the change makes the engine ask anew, and the server is gone by then.
  web.kill();
  const auto moved = engine.call(
      "PUT", "/api/providers/config/web", json::serialize(json::value{{"base_url", web.url() + "/x"}}));
  REQUIRE(moved.status == 200);
  const auto other = engine.call("GET", "/api/catalog/tide/language?language=en");
  REQUIRE(other.status == 200);
  CHECK(text(other.body.at("provider")) == "shelf");
  CHECK(text(other.body.at("path")) == "other-name.bin");
  const auto health = engine.call("GET", "/api/providers/health/shelf").body;
  CHECK(health.at("total_requests").to_number<int>() >= 1);
}

TEST_CASE("catalog: a folder that goes away is a fault of its provider, and comes back by itself") {
  setting s;
  write_file(
      s.at.config,
      json::serialize(json::value{
          {"version", 1},
          {"global",
           {{"max_retries", 40},
            {"retry_delay_seconds", 1},
            {"retry_delay_max_seconds", 1},
            {"max_attempts", 1000},
            {"failure_threshold", 1000}}},
          {"providers",
           {{"shelf", {{"kind", "directory"}, {"directory", (s.folder / "mount").string()}}}}}}));
  engine_process engine(s.at);
  REQUIRE(engine.port() != 0); // A folder that is not there does not keep the engine from starting.
  const auto id = engine.submit("other-name.bin");
  REQUIRE(id);
  REQUIRE(eventually(10s, [&] {
    return engine.call("GET", "/api/providers/health/shelf").body.at("failed_requests").to_number<int>() >= 1;
  }));
  fs::rename(s.shelf, s.folder / "mount");
  CHECK(text(engine.finished(*id).at("state")) == "succeeded");
  CHECK(read_file(s.at.downloads / "other-name.bin") == s.film);
}
