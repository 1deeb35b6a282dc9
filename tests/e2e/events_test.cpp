// The event stream of the whole engine, with as many readers as it promises.
#include "tests/e2e/engine_process.hpp"
#include "tests/support/event_reader.hpp"
#include "tests/support/slowness.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <csignal>
#include <sstream>

namespace {

using namespace tributary::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

std::unique_ptr<event_reader> follow(const engine_process& e, const std::string& query = "") {
  return std::make_unique<event_reader>(
      e.port(), http_request("GET", "/api/events" + query, {{"Authorization", "Bearer " + e.token()}}));
}

bool ends_a_job(const stream_frame& f) {
  return f.event == "job.succeeded" || f.event == "job.failed" || f.event == "job.cancelled";
}

/// All frames up to the so-manieth end of a job.
std::vector<stream_frame> read_to_end(event_reader& from, int jobs) {
  std::vector<stream_frame> out;
  while (jobs > 0) {
    auto next = from.read(1);
    jobs -= ends_a_job(next[0]) ? 1 : 0;
    out.push_back(std::move(next[0]));
  }
  return out;
}

} // namespace

TEST_CASE("events: hundreds of readers at once get every event, in order and without a gap") {
  constexpr int readers = slowness == 1 ? 500 : 100, jobs = 100;
  temp_dir folder;
  const engine_process::folders at{folder / "settings.json", folder / "state", folder / "downloads"};
  // Port 1 refuses: each job ends at once, and each end is an event.
  write_file(at.config, settings_text({{"gone", "http://127.0.0.1:1"}}, R"({"max_retries": 0})"));
  engine_process engine(at);
  REQUIRE(engine.port() != 0);
  std::vector<std::unique_ptr<event_reader>> all;
  for (int i = 0; i < readers; ++i)
    all.push_back(follow(engine, "?after=0"));

  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < jobs; ++i)
    REQUIRE(engine.submit("file" + std::to_string(i)));
  const auto expected = read_to_end(*all.front(), jobs);
  for (int i = 1; i < readers; ++i) {
    CAPTURE(i);
    REQUIRE(all[static_cast<std::size_t>(i)]->read(expected.size()) == expected);
  }
  const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  MESSAGE(readers << " readers x " << expected.size() << " events in " << took << " s");
  for (std::size_t i = 0; i < expected.size(); ++i)
    REQUIRE(expected[i].id == std::to_string(i + 1));
  CHECK(follow(engine, "?after=0")->read(expected.size()) == expected); // A late one reads the same.

  engine.process().signal(SIGTERM);
  for (auto& reader : all)
    REQUIRE(reader->ended_cleanly());
  CHECK(engine.process().wait(20s) == 0);
}

TEST_CASE("events: each change of availability stands in the log once, with its cause") {
  temp_dir folder;
  const engine_process::folders at{folder / "settings.json", folder / "state", folder / "downloads"};
  write_file(
      at.config, settings_text(
                     {{"gone", "http://127.0.0.1:1"}},
                     R"({"max_retries": 0, "failure_threshold": 1, "health_check_interval_seconds": 0})"));
  engine_process engine(at);
  REQUIRE(engine.port() != 0);
  auto reader = follow(engine, "?after=0&kind=provider");
  REQUIRE(engine.submit("file"));
  stream_frame told;
  while (told.event.empty()) // What was filtered out only moves the position.
    told = reader->read(1)[0];
  const auto change = json::parse(told.data);
  CHECK(change.at("data").at("to") == "unavailable");
  engine.process().signal(SIGTERM);
  CHECK(engine.process().wait(20s) == 0);
  std::istringstream log{engine.process().errors()};
  std::vector<std::string> about;
  for (std::string line; std::getline(log, line);)
    if (line.find("unavailable") != std::string::npos && line.find(" job.") == std::string::npos)
      about.push_back(line);
  REQUIRE(about.size() == 1);
  CAPTURE(about[0]);
  CHECK(about[0].find("gone: unknown -> unavailable until ") != std::string::npos);
  CHECK(about[0].find("refused") != std::string::npos);
}

TEST_CASE("events: a reader that comes back after a kill goes on where it was") {
  temp_dir folder;
  const engine_process::folders at{folder / "settings.json", folder / "state", folder / "downloads"};
  write_file(at.config, settings_text({{"gone", "http://127.0.0.1:1"}}, R"({"max_retries": 0})"));
  auto engine = std::make_unique<engine_process>(at);
  REQUIRE(engine->port() != 0);
  auto reader = follow(*engine, "?after=0");
  REQUIRE(engine->submit("first"));
  const auto before = read_to_end(*reader, 1);
  engine->process().kill();
  engine = std::make_unique<engine_process>(at);
  REQUIRE(engine->port() != 0);
  REQUIRE(engine->submit("second"));
  const auto resumed = follow(*engine, "?kind=job&after=" + before.back().id)->read(1);
  CHECK(resumed[0].id == std::to_string(std::stoull(before.back().id) + 1));
  CHECK(resumed[0].event == "job.queued");
  CHECK(json::parse(resumed[0].data).at("data").at("output") == "second");
}
