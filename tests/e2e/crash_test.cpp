// Goal: kill -9 at any moment loses no acknowledged job, publishes nothing twice or wrong, leaves no part
// file. Method: cycles of one engine on one state folder, killed after a random (seeded) time under load;
// then one that may finish. TRIBUTARY_CRASH_CYCLES and TRIBUTARY_CRASH_SEED change the defaults (./dev
// crash).
#include "tests/e2e/engine_process.hpp"
#include "tests/support/nginx.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <random>

namespace {

using namespace tributary::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

unsigned from_environment(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text ? static_cast<unsigned>(std::stoul(text)) : otherwise;
}

} // namespace

TEST_CASE("crash: after kill -9 at any moment every acknowledged job ends once, and right") {
  const auto cycles = from_environment("TRIBUTARY_CRASH_CYCLES", 30);
  const auto seed = from_environment("TRIBUTARY_CRASH_SEED", 1);
  CAPTURE(seed);
  std::mt19937 rng{seed};

  temp_dir folder;
  const engine_process::folders at{folder / "settings.json", folder / "state", folder / "downloads"};
  std::map<std::string, std::string> files; // Name -> bytes.
  for (unsigned i = 0; i < 8; ++i) {
    const auto name = "f" + std::to_string(i);
    files[name] = random_bytes(i % 2 ? 3'000'000 + i : 50'000 * (i + 1), i);
    write_file(folder / "www" / name, files[name]);
  }
  nginx steady(folder / "www", {"limit_rate 24m;"}), moody(folder / "www", {"limit_rate 24m;"});
  const auto document = settings_text(
      {{"moody", moody.url()}, {"steady", steady.url()}},
      R"({"piece_size_mib": 1, "retry_delay_seconds": 0.05, "max_running_jobs": 6})");
  write_file(at.config, document);

  std::map<std::string, std::string> acknowledged; // Job id -> file.
  unsigned number = 0;
  const auto submit_some = [&](engine_process& engine, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const auto name = "f" + std::to_string(rng() % files.size());
      const auto output = "out/" + std::to_string(number++) + "-" + name;
      const json::value wish{
          {"resource", {{"path", name}}}, {"output", output}, {"sha256", sha256_of(files[name])}};
      const auto r = engine.call("POST", "/api/jobs", json::serialize(wish));
      if (r.status == 202)
        acknowledged[std::string(r.body.at("id").as_string())] = name;
    }
  };

  for (unsigned cycle = 0; cycle < cycles; ++cycle) {
    engine_process engine(at);
    REQUIRE_MESSAGE(engine.port() != 0, engine.process().errors());
    submit_some(engine, 1 + static_cast<unsigned>(rng() % 5));
    engine.process().wait(std::chrono::milliseconds(rng() % 250)); // Not an end: a random time under load.
    engine.process().kill();
  }

  engine_process last(at);
  REQUIRE(last.port() != 0);
  for (const auto& [id, name] : acknowledged) {
    CAPTURE(id);
    const auto job = last.finished(id);
    REQUIRE(job.contains("state"));
    CHECK_MESSAGE(json::value_to<std::string>(job.at("state")) == "succeeded", json::serialize(job));
    const auto output = json::value_to<std::string>(job.at("output"));
    CHECK(sha256_of(read_file(at.downloads / output)) == sha256_of(files[name]));
  }
  std::size_t published = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(at.downloads))
    published += entry.is_regular_file();
  // A job whose acknowledgement the kill cut off may have been journaled: it is published too, but never
  // twice.
  CHECK(published >= acknowledged.size());
  CHECK(published <= number);
  CHECK(part_files(at.downloads).empty());
  CHECK(read_file(at.config) == document);
  std::cout << "crash: " << cycles << " kills, " << acknowledged.size() << " acknowledged jobs, seed " << seed
            << '\n';
}
