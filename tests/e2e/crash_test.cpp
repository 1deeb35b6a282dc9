// Goal: kill -9 at any moment loses no acknowledged job, pause, cancellation or change of the settings,
// publishes nothing twice or wrong, leaves no part file. Method: cycles of one engine on one state folder,
// killed after a random (seeded) time under load, or on its way up; then one that may finish.
// TRIBUTARY_CRASH_CYCLES and TRIBUTARY_CRASH_SEED change the defaults (./dev crash).
#include "tests/e2e/crash_jobs.hpp"
#include "tests/e2e/crash_settings.hpp"
#include "tests/e2e/engine_process.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/nginx.hpp"
#include "tests/support/slowness.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <cstdlib>
#include <future>
#include <iostream>
#include <map>
#include <random>

namespace {

using namespace tributary::testing;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr unsigned load_ms_max = 250 * slowness;
constexpr std::uint64_t cut_max = 500'000; ///< Within most of what is asked for.

unsigned from_environment(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text ? static_cast<unsigned>(std::stoul(text)) : otherwise;
}

/// An engine's folders, its two mirrors, and what is known of all that was asked of it.
struct crash_fixture {
  const unsigned cycles = from_environment("TRIBUTARY_CRASH_CYCLES", 30);
  const unsigned seed = from_environment("TRIBUTARY_CRASH_SEED", 1);
  std::mt19937 rng{seed};
  temp_dir folder;
  const engine_process::folders at{folder / "settings.json", folder / "state", folder / "downloads"};
  const crash_jobs::served_files files = serve();
  nginx steady{folder / "www", {"limit_rate 24m;"}};
  std::atomic<unsigned> faults{0};
  fault_origin moody;
  crash_jobs jobs{files, at.downloads};
  crash_settings settings{at.config, "steady"};
  milliseconds start_takes{50 * slowness}; ///< Of the last start that was not killed.
  unsigned killed_early = 0;               ///< Kills before an engine listened.
  unsigned killed_publishing = 0;          ///< Kills a moment after a job was seen being published.

  crash_fixture() {
    misbehave();
    write_file(
        at.config, settings_text(
                       {{"moody", moody.url()}, {"steady", steady.url()}},
                       R"({"piece_size_mib": 1, "retry_delay_seconds": 0.05, "max_running_jobs": 6,
    "health_check_interval_seconds": 0, "cooldown_base_seconds": 0.2, "cooldown_max_seconds": 1})"));
  }

  unsigned below(unsigned end) { return static_cast<unsigned>(rng() % end); }

  [[nodiscard]] crash_jobs::served_files serve() const {
    crash_jobs::served_files made;
    for (unsigned i = 0; i < 8; ++i) {
      const auto name = "f" + std::to_string(i);
      made[name] = random_bytes(i % 2 ? 3'000'000 + i : 50'000 * (i + 1), i);
      write_file(folder / "www" / name, made[name]);
    }
    return made;
  }

  /// The first mirror of the chain refuses one request of six, and cuts another one short. It is slow enough
  /// that a kill finds transfers under way.
  void misbehave() {
    for (const auto& [name, bytes] : files)
      moody.serve("/" + name, {bytes, "\"moody-" + name + "\""});
    moody.decide([this, random = std::mt19937{seed}](const seen_request&) mutable {
      reply r;
      r.bytes_per_write = 256 << 10;
      r.pause = 10ms;
      const auto dice = random() % 6;
      faults += dice < 2 ? 1 : 0;
      if (dice == 0)
        r.status = 503;
      else if (dice == 1)
        r.close_after = random() % cut_max;
      return r;
    });
  }

  void wait_under_load(engine_process& engine);
  void kill_under_load();
  void kill_on_its_way_up();
  void finish();
};

/// Does what asks an engine that should live; where it does not answer, says how it ended.
template <class Questions>
void ask(engine_process& engine, Questions questions) {
  REQUIRE_MESSAGE(engine.port() != 0, engine.process().errors());
  try {
    questions();
  } catch (const std::exception& e) {
    const auto ended = engine.process().wait(5s);
    FAIL(
        std::string{e.what()} << "; exit status " << ended.value_or(-1)
                              << "; it said: " << engine.process().errors());
  }
}

/// Also when there is no answer: that ends the wait, and then it shows whether the engine lives.
bool is_publishing(engine_process& engine) {
  try {
    return !engine.call("GET", "/api/jobs?state=publishing&limit=1").body.at("jobs").as_array().empty();
  } catch (const std::exception&) {
    return true;
  }
}

/// A random time under load; each third time it ends sooner, when a job is being published: that is short,
/// and the most delicate moment.
void crash_fixture::wait_under_load(engine_process& engine) {
  const auto at_most = milliseconds(below(load_ms_max));
  if (below(3) != 0)
    engine.process().wait(at_most);
  else if (eventually(at_most, [&] { return is_publishing(engine); }))
    ++killed_publishing;
}

void crash_fixture::kill_under_load() {
  const auto begun = std::chrono::steady_clock::now();
  engine_process engine(at);
  start_takes = std::chrono::floor<milliseconds>(std::chrono::steady_clock::now() - begun);
  ask(engine, [&] {
    jobs.check(engine);
    settings.check(engine);
  });

  std::atomic<bool> killed{false};
  const auto seed_of_load = below(1'000'000), submissions = 1 + below(8);
  auto job_load =
      std::async(std::launch::async, [&] { return jobs.load(engine, seed_of_load, submissions, killed); });
  auto change_load = std::async(std::launch::async, [&] { return settings.load(engine, killed); });
  wait_under_load(engine);
  const auto ended = engine.process().wait(0ms);
  killed = true;
  engine.process().kill();
  REQUIRE_MESSAGE(!ended, engine.process().errors());
  for (auto* load : {&job_load, &change_load}) {
    const auto wrong = load->get();
    REQUIRE_MESSAGE(wrong.empty(), wrong);
  }
}

/// While it makes its folders, reads the settings, opens the journal, or puts right what the kill before it
/// left behind: the queue begins with that before the engine listens, and goes on for a moment.
void crash_fixture::kill_on_its_way_up() {
  process engine(
      {TRIBUTARY_PROGRAM, "run", "--config", at.config.string(), "--state", at.state.string(), "--downloads",
       at.downloads.string(), "--listen", "127.0.0.1:0"});
  const auto ended = engine.wait(milliseconds(below(2 * static_cast<unsigned>(start_takes.count()) + 1)));
  engine.kill();
  REQUIRE_MESSAGE(!ended, engine.errors());
  killed_early += engine.output().find("listening on ") == std::string::npos ? 1U : 0U;
}

void crash_fixture::finish() {
  engine_process engine(at);
  ask(engine, [&] {
    jobs.check(engine);
    settings.check(engine);
    jobs.finish(engine);
  });
}

} // namespace

TEST_CASE_FIXTURE(crash_fixture, "crash: after kill -9 at any moment all that was acknowledged holds") {
  CAPTURE(seed);
  for (unsigned cycle = 0; cycle < cycles; ++cycle) {
    CAPTURE(cycle);
    if (cycle < 2 || below(5) < 2) // The very first starts make all that there is.
      kill_on_its_way_up();
    else
      kill_under_load();
    jobs.check_files();
    settings.check_file();
  }
  finish();

  std::cout << "crash: " << cycles << " kills, " << killed_early << " of them before it listened, "
            << killed_publishing << " amid publishing; " << faults << " faults of a mirror, "
            << jobs.cut_off() + settings.cut_off() << " requests cut off, " << settings.acknowledged()
            << " changes of the settings";
  for (const auto& [what, times] : jobs.acknowledged())
    std::cout << ", " << times << ' ' << what;
  std::cout << "; seed " << seed << '\n';
  if (cycles < 30)
    return; // Too few for something of everything.
  CHECK(killed_early > 0);
  CHECK(faults > 0);
  CHECK(settings.acknowledged() > 0);
  CHECK(jobs.acknowledged().size() == 5);
}
