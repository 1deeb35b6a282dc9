// Whole engine as a process, real web servers, real sockets: what a user sees of a download.
#include "tests/e2e/engine_process.hpp"
#include "tests/support/lighttpd.hpp"
#include "tests/support/nginx.hpp"
#include "tests/support/slowness.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <csignal>

namespace {

using namespace tributary::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

constexpr std::size_t mib = 1u << 20;

/// Folders of one engine and the files of its mirrors.
struct setting {
  temp_dir folder;
  engine_process::folders at{folder / "settings.json", folder / "state", folder / "downloads"};
  std::filesystem::path www = folder / "www";

  std::string serve(const std::string& name, std::size_t size, unsigned seed) const {
    auto bytes = random_bytes(size, seed);
    write_file(www / name, bytes);
    return bytes;
  }
  void configure(
      const std::vector<std::pair<std::string, std::string>>& providers, const std::string& global) const {
    write_file(at.config, settings_text(providers, global));
  }
  [[nodiscard]] std::string published(const std::string& name) const {
    return read_file(at.downloads / name);
  }
};

/// Body bytes that a server sent, over all requests for `name`.
std::uint64_t bytes_sent(const nginx& server, const std::string& name) {
  std::uint64_t sum = 0;
  std::istringstream log(server.access_log());
  for (std::string line; std::getline(log, line);)
    if (line.find("/" + name) != std::string::npos)
      sum += std::stoull(line.substr(line.find(' ') + 1));
  return sum;
}

} // namespace

TEST_CASE(
    "downloads: a file goes on at the next mirror from the bytes at hand when the first dies in its middle") {
  setting s;
  const auto bytes = s.serve("big.bin", 24 * mib, 1);
  nginx slow(s.www, {"limit_rate 16m;"}), second(s.www), third(s.www);
  s.configure(
      {{"one", slow.url()}, {"two", second.url()}, {"three", third.url()}},
      R"({"piece_size_mib": 1, "retry_delay_seconds": 0.05, "max_retries": 1})");
  engine_process engine(s.at);
  REQUIRE(engine.port() != 0);

  const auto id = engine.submit("big.bin", sha256_of(bytes));
  REQUIRE(id);
  REQUIRE(eventually(
      30s, [&] { return engine.job(*id).at("bytes_done").to_number<std::uint64_t>() >= 4 * mib; }));
  slow.kill();

  const auto job = engine.finished(*id);
  REQUIRE(json::value_to<std::string>(job.at("state")) == "succeeded");
  CHECK(s.published("big.bin") == bytes);
  CHECK(json::value_to<std::string>(job.at("sha256")) == sha256_of(bytes));
  // What was on its way when a stream's end was drawn in was sent in vain: more so to a slow reader.
  CHECK(bytes_sent(second, "big.bin") <= bytes.size() - (slowness == 1 ? 4 * mib : 0));
  CHECK(bytes_sent(third, "big.bin") == 0);
  CHECK(part_files(s.at.downloads).empty());

  const auto trace = engine.call("GET", "/api/jobs/" + *id + "/trace").body;
  const auto& attempts = trace.at("attempts").as_array();
  REQUIRE(attempts.size() >= 2);
  CHECK(json::value_to<std::string>(attempts.front().at("provider")) == "one");
  CHECK(json::value_to<std::string>(attempts.front().at("outcome")) == "provider_fault");
  CHECK(json::value_to<std::string>(attempts.back().at("provider")) == "two");
  CHECK(json::value_to<std::string>(attempts.back().at("outcome")) == "ok");
  CHECK_FALSE(trace.at("decisions").as_array().empty());
}

TEST_CASE("downloads: two kinds of server, neither digest nor common validator: each goes on for the other") {
  setting s;
  const auto bytes = s.serve("big.bin", 16 * mib, 5);
  const auto goes_on = [&](const std::string& first, const std::string& second, auto kill_first) {
    s.configure(
        {{"one", first}, {"two", second}},
        R"({"piece_size_mib": 1, "retry_delay_seconds": 0.05, "max_retries": 1, "on_conflict": "replace"})");
    engine_process engine(s.at);
    REQUIRE(engine.port() != 0);
    const auto id = engine.submit("big.bin");
    REQUIRE(id);
    REQUIRE(eventually(
        30s, [&] { return engine.job(*id).at("bytes_done").to_number<std::uint64_t>() >= 4 * mib; }));
    kill_first();
    REQUIRE(json::value_to<std::string>(engine.finished(*id).at("state")) == "succeeded");
    CHECK(s.published("big.bin") == bytes);
    const auto trace = engine.call("GET", "/api/jobs/" + *id + "/trace").body;
    std::uint64_t received = 0;
    for (const auto& a : trace.at("attempts").as_array())
      received += a.at("bytes").to_number<std::uint64_t>();
    CHECK(received < bytes.size() + 4 * mib); // What was at hand was compared by samples, not fetched again.
  };
  {
    lighttpd dying(s.www, 8 * 1024);
    nginx living(s.www);
    goes_on(dying.url(), living.url(), [&] { dying.kill(); });
  }
  {
    nginx dying(s.www, {"limit_rate 8m;"});
    lighttpd living(s.www);
    goes_on(dying.url(), living.url(), [&] { dying.kill(); });
  }
}

TEST_CASE("downloads: lighttpd gives one file over several streams") {
  setting s;
  const auto bytes = s.serve("big.bin", 16 * mib, 6);
  lighttpd only(s.www, 4 * 1024);
  s.configure({{"only", only.url()}}, R"({"piece_size_mib": 1, "max_segments": 4})");
  engine_process engine(s.at);
  const auto id = engine.submit("big.bin", sha256_of(bytes));
  REQUIRE(id);
  REQUIRE(json::value_to<std::string>(engine.finished(*id).at("state")) == "succeeded");
  CHECK(s.published("big.bin") == bytes);
  const auto trace = engine.call("GET", "/api/jobs/" + *id + "/trace").body;
  CHECK(trace.at("attempts").as_array().size() > 1);
}

TEST_CASE("downloads: when all mirrors fail the job says who was tried and how each failed") {
  setting s;
  s.serve("present.bin", mib, 2);
  nginx forbidding(s.www, {"return 403;"}), broken(s.www, {"return 500;"}), empty(s.www, {"return 404;"});
  s.configure(
      {{"forbids", forbidding.url()}, {"breaks", broken.url()}, {"lacks", empty.url()}},
      R"({"retry_delay_seconds": 0.02, "max_retries": 1})");
  engine_process engine(s.at);
  const auto id = engine.submit("present.bin");
  REQUIRE(id);

  const auto job = engine.finished(*id);
  CHECK(json::value_to<std::string>(job.at("state")) == "failed");
  const auto message = json::value_to<std::string>(job.at("error").at("message"));
  for (const char* expected : {"forbids", "403", "breaks", "500", "lacks", "404"})
    CHECK_MESSAGE(message.find(expected) != std::string::npos, message);
  CHECK(job.at("providers_tried").as_array().size() == 3);
  CHECK(json::value_to<std::string>(job.at("error").at("class")) == "provider_fault");
}

TEST_CASE("downloads: an item that nobody has is missing") {
  setting s;
  s.serve("other.bin", 10, 3);
  nginx a(s.www), b(s.www);
  s.configure({{"a", a.url()}, {"b", b.url()}}, "{}");
  engine_process engine(s.at);
  const auto id = engine.submit("absent.bin");
  REQUIRE(id);
  const auto job = engine.finished(*id);
  CHECK(json::value_to<std::string>(job.at("error").at("class")) == "missing");
  const auto health = engine.call("GET", "/api/providers/health").body;
  CHECK(health.at("available_providers").to_number<int>() == 2); // Nobody is blamed for it.
}

TEST_CASE("downloads: a wrong digest is never published") {
  setting s;
  s.serve("a.bin", mib, 4);
  nginx only(s.www);
  s.configure({{"only", only.url()}}, R"({"retry_delay_seconds": 0.02})");
  engine_process engine(s.at);
  const auto id = engine.submit("a.bin", sha256_of("something else"));
  REQUIRE(id);
  CHECK(json::value_to<std::string>(engine.finished(*id).at("state")) == "failed");
  CHECK_FALSE(std::filesystem::exists(s.at.downloads / "a.bin"));
}

TEST_CASE("downloads: explicit urls work without any provider, in list order") {
  setting s;
  const auto bytes = s.serve("dir/x.bin", 3 * mib, 5);
  nginx lacks(s.folder / "empty"), has(s.www);
  std::filesystem::create_directories(s.folder / "empty");
  s.configure({}, "{}");
  engine_process engine(s.at);
  const json::value wish{
      {"resource", {{"urls", {lacks.url() + "/dir/x.bin", has.url() + "/dir/x.bin"}}}},
      {"output", "sub/folder/y.bin"}};
  const auto accepted = engine.call("POST", "/api/jobs", json::serialize(wish));
  REQUIRE(accepted.status == 202);
  const auto job = engine.finished(std::string(accepted.body.at("id").as_string()));
  CHECK(json::value_to<std::string>(job.at("state")) == "succeeded");
  CHECK(s.published("sub/folder/y.bin") == bytes);
}

TEST_CASE("downloads: SIGTERM writes down what is there, and the next start goes on from it") {
  setting s;
  const auto bytes = s.serve("long.bin", 16 * mib, 6);
  nginx mirror(s.www, {"limit_rate 12m;"});
  s.configure({{"mirror", mirror.url()}}, R"({"piece_size_mib": 1})");
  std::string id;
  {
    engine_process engine(s.at);
    const auto submitted = engine.submit("long.bin", sha256_of(bytes));
    REQUIRE(submitted);
    id = *submitted;
    REQUIRE(eventually(
        30s, [&] { return engine.job(id).at("bytes_done").to_number<std::uint64_t>() >= 5 * mib; }));
    engine.process().signal(SIGTERM);
    CHECK(engine.process().wait(10s) == 0);
  }
  engine_process engine(s.at);
  const auto job = engine.finished(id);
  CHECK(json::value_to<std::string>(job.at("state")) == "succeeded");
  CHECK(s.published("long.bin") == bytes);
  CHECK(mirror.access_log().find("\"bytes=0-\"") != std::string::npos);
  CHECK(eventually(5s, [&] { return mirror.access_log().find("206") != mirror.access_log().rfind("206"); }));
  CHECK(part_files(s.at.downloads).empty());
}

TEST_CASE("downloads: a settings change over the API holds for the next attempt and survives a restart") {
  setting s;
  const auto bytes = s.serve("f.bin", mib, 7);
  nginx mirror(s.www);
  s.configure(
      {{"mirror", "http://127.0.0.1:1"}},
      R"({"retry_delay_seconds": 0.02, "max_retries": 0, "health_check_interval_seconds": 0})");
  {
    engine_process engine(s.at);
    const auto changed = engine.call(
        "PUT", "/api/providers/config/mirror", json::serialize(json::value{{"base_url", mirror.url()}}));
    REQUIRE(changed.status == 200);
    const auto id = engine.submit("f.bin");
    REQUIRE(id);
    CHECK(json::value_to<std::string>(engine.finished(*id).at("state")) == "succeeded");
    engine.process().kill();
  }
  engine_process engine(s.at);
  const auto config = engine.call("GET", "/api/providers/config/mirror");
  CHECK(json::value_to<std::string>(config.body.at("base_url")) == mirror.url());
}
