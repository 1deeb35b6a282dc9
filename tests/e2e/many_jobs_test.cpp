// What very many jobs cost, and that nothing of them stays behind.
#include "engine_process.hpp"
#include "tests/support/nginx.hpp"
#include "tests/support/slowness.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

using namespace tributary::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr std::size_t array_jobs = 500;

/// Ids of so many new jobs, each of another file name.
std::vector<std::string> submit(engine_process& e, std::size_t jobs, const std::string& path) {
  static std::size_t made = 0;
  json::array wanted;
  for (std::size_t i = 0; i < jobs; ++i) {
    const auto name = "f" + std::to_string(++made);
    wanted.push_back({{"resource", {{"path", path.empty() ? name : path}}}, {"output", name}});
  }
  const auto reply = e.call("POST", "/api/jobs", json::serialize(wanted));
  REQUIRE(reply.status == 202);
  std::vector<std::string> ids;
  for (const auto& j : reply.body.at("jobs").as_array())
    ids.emplace_back(j.at("id").as_string());
  return ids;
}

std::size_t descriptors_of(engine_process& e) {
  const auto folder = "/proc/" + std::to_string(e.process().pid()) + "/fd";
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

/// Bytes that stand in memory.
std::size_t resident_of(engine_process& e) {
  std::ifstream in("/proc/" + std::to_string(e.process().pid()) + "/statm");
  std::size_t size = 0, resident = 0;
  in >> size >> resident;
  return resident * 4096;
}

std::size_t listed(engine_process& e, const std::string& state) {
  const auto page = e.call("GET", "/api/jobs?limit=1&state=" + state).body;
  return page.at("jobs").as_array().size();
}

} // namespace

TEST_CASE("many jobs: 10,000 with random cancels leave no descriptor, lease or part file") {
  constexpr std::size_t jobs = slowness == 1 ? 10'000 : 1'000;
  constexpr std::size_t at_once = 16;
  temp_dir folder;
  std::filesystem::create_directories(folder / "www");
  write_file(folder / "www" / "a.bin", random_bytes(20'000, 1));
  nginx web(folder / "www");
  const engine_process::folders at{folder / "settings.json", folder / "state", folder / "downloads"};
  write_file(
      at.config, settings_text(
                     {{"web", web.url()}}, R"({"durability": "fast", "max_concurrent_downloads": )" +
                                               std::to_string(at_once) + "}"));
  engine_process e(at, true);
  REQUIRE(e.port() != 0);
  CHECK(e.finished(submit(e, 1, "a.bin").front()).at("state") == "succeeded");
  const auto before = descriptors_of(e);

  const auto seed = static_cast<unsigned>(std::random_device{}());
  CAPTURE(seed);
  std::mt19937 random{seed};
  std::vector<std::string> mine;
  std::size_t cancelled = 0;
  for (std::size_t made = 0; made < jobs; made += array_jobs) {
    auto ids = submit(e, array_jobs, "a.bin");
    std::ranges::shuffle(ids, random);
    for (std::size_t i = 0; i < array_jobs / 4; ++i) // Queued, running, being published, or ended already.
      cancelled += e.call("DELETE", "/api/jobs/" + ids[i]).status == 200;
    mine.insert(mine.end(), ids.begin(), ids.end());
  }
  CHECK(cancelled > 0);
  for (const auto* state : {"queued", "running", "waiting", "verifying", "publishing"})
    CHECK(eventually(slowness * 120s, [&] { return listed(e, state) == 0; }));
  CHECK(listed(e, "failed") == 0);

  CHECK(e.call("GET", "/api/providers/failover").body.at("totals").at("leases") == 0);
  CHECK(eventually(10s, [&] { return part_files(at.downloads).empty(); }));
  CHECK(descriptors_of(e) <= before + at_once); // Connections that are kept for the next ones.
  MESSAGE(
      jobs << " jobs, " << cancelled << " cancelled, descriptors " << before << " -> " << descriptors_of(e));
}

TEST_CASE("many jobs: 100,000 queued ones take at most 100 MB") {
  constexpr std::size_t jobs = slowness == 1 ? 100'000 : 2'000;
  temp_dir folder;
  std::filesystem::create_directories(folder / "www");
  nginx web(folder / "www");
  const engine_process::folders at{folder / "settings.json", folder / "state", folder / "downloads"};
  // The one provider is switched off: whoever runs first waits for it, and so do all others.
  write_file(
      at.config,
      json::serialize(json::object{
          {"global",
           {{"max_running_jobs", 1}, {"max_queued_jobs", 200'000}, {"when_all_unavailable", "wait"}}},
          {"providers", {{"web", {{"kind", "http"}, {"base_url", web.url()}, {"enabled", false}}}}}}));
  engine_process e(at, true);
  REQUIRE_MESSAGE(e.port() != 0, e.process().errors());
  const auto before = resident_of(e);
  for (std::size_t made = 0; made < jobs; made += array_jobs)
    submit(e, array_jobs, "");
  const auto after = resident_of(e);
  CHECK(listed(e, "queued") == 1);
  MESSAGE(jobs << " queued jobs: " << before / 1'000'000 << " MB -> " << after / 1'000'000 << " MB");
  if (slowness == 1)
    CHECK(after - before <= 100'000'000);
}
