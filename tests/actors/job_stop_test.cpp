// Runs that are stopped: cancelled, drained, out of time, crashed.
#include "flow_fixture.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <random>

using namespace tributary;
using namespace tributary::testing;

namespace {

/// File work that waits until the test lets it happen.
class held_file_worker final : public file_worker {
public:
  bool post(std::function<void()> work) override {
    held.push_back(std::move(work));
    return true;
  }
  void stop() override {}
  void next() {
    auto work = std::move(held.front());
    held.pop_front();
    work();
  }
  std::deque<std::function<void()>> held;
};

struct stop_fixture : flow_fixture {
  void kill_runner(const std::string& at) {
    if (auto runner = caf::actor_cast<caf::actor>(scripts[at]->owners.back()))
      caf::anon_send_exit(runner, caf::exit_reason::kill);
    run();
  }
};

} // namespace

TEST_CASE_FIXTURE(stop_fixture, "cancel: while a transfer runs, it is stopped and nothing stays") {
  provider("alpha", "hello")->otherwise = hangs_at(3);
  start();
  const auto job = submit("x.txt");
  CHECK(part_files().size() == 1);
  CHECK_FALSE(cancel(job));
  advance(1s);
  CHECK(scripts["alpha"]->cancelled == 1);
  CHECK(scripts["alpha"]->running == 0);
  CHECK(part_files().empty());
  CHECK(stored(job).row.part.empty());
  CHECK_FALSE(std::filesystem::exists(folder / "x.txt"));
  CHECK(counts().running == 0);
  CHECK(stats().leases == 0);
  CHECK(stats("alpha").bytes_wasted == 3);
}

TEST_CASE_FIXTURE(stop_fixture, "cancel: while it waits for a lease, or for its next attempt") {
  provider("alpha", "hello")->otherwise = hangs_at(3);
  document.providers["alpha"].max_concurrent_downloads = 1;
  start();
  submit("first");
  const auto parked = submit("second");
  CHECK(state(parked) == job_state::waiting);
  CHECK_FALSE(cancel(parked));
  CHECK(counts().running == 1);
  scripts["alpha"]->otherwise = fails(fault::refused);
  document.providers["alpha"].max_concurrent_downloads = 2;
  apply_settings();
  const auto waiting = submit("third");
  CHECK(state(waiting) == job_state::waiting);
  CHECK_FALSE(cancel(waiting));
  advance(5min);
  CHECK(state(waiting) == job_state::cancelled);
  CHECK(scripts["alpha"]->asked.size() == 2);
  CHECK(part_files().size() == 1);
}

TEST_CASE_FIXTURE(
    stop_fixture, "cancel: while it is verified, nothing is published; from then on it is too late") {
  const auto held = std::make_shared<held_file_worker>();
  files = held;
  provider("alpha", bytes_of(2 * mib));
  start();
  const auto job = submit("x.bin");
  held->next(); // What is there already.
  advance(1ms);
  CHECK(state(job) == job_state::verifying);
  CHECK_FALSE(cancel(job));
  held->next(); // The verification, which nobody waits for any more.
  run();
  REQUIRE(held->held.size() == 1);
  held->next(); // The part file goes.
  run();
  CHECK(part_files().empty());
  CHECK_FALSE(std::filesystem::exists(folder / "x.bin"));

  const auto second = submit("y.bin");
  held->next();
  advance(1ms);
  held->next();
  run();
  CHECK(state(second) == job_state::publishing);
  CHECK(cancel(second) == errc::wrong_state);
  held->next();
  run();
  CHECK(state(second) == job_state::succeeded);
}

TEST_CASE_FIXTURE(
    stop_fixture,
    "drain: a running transfer is put back with the bytes that it has, and goes on after the restart") {
  const auto body = bytes_of(3 * mib);
  provider("alpha", body)->acts = {hangs_at(2 * mib)};
  start();
  const auto job = submit("x.bin");
  CHECK(drain() == 1);
  const auto row = stored(job).row;
  CHECK(row.state == job_state::queued);
  CHECK(row.bytes_done == 2 * mib);
  CHECK(trace(job).attempts.at(0).result == outcome::cancelled);
  CHECK(scripts["alpha"]->running == 0);
  restart();
  advance(1s);
  CHECK(state(job) == job_state::succeeded);
  CHECK(published("x.bin", body));
  CHECK(scripts["alpha"]->asked.at(1).offset == 2 * mib);
  CHECK(stats("alpha").bytes_wasted == 0);
}

TEST_CASE_FIXTURE(stop_fixture, "deadline: ends a running transfer, and names what went wrong before") {
  provider("alpha", "hello", 1)->otherwise = fails(fault::refused);
  provider("beta", "hello", 2)->otherwise = hangs_at(2);
  document.providers["alpha"].max_retries = 0;
  start();
  auto spec = spec_of("x.txt");
  spec.deadline_seconds = 90;
  const auto job = submit(spec);
  advance(89'999ms);
  CHECK(state(job) == job_state::running);
  advance(1ms);
  const auto row = view(job).row;
  CHECK(row.state == job_state::failed);
  REQUIRE(row.error);
  CHECK(row.error->message.find("deadline passed") == 0);
  CHECK(row.error->message.find("refused") != std::string::npos);
  CHECK(row.error->result == outcome::provider_fault);
  CHECK(trace(job).attempts.back().cause == fault::deadline);
  CHECK(scripts["beta"]->running == 0);
  CHECK(counts().running == 0);
}

TEST_CASE_FIXTURE(stop_fixture, "deadline: a job that nobody could serve yet ends as cancelled") {
  provider("alpha", "hello")->otherwise = hangs_at(2);
  document.providers["alpha"].max_concurrent_downloads = 1;
  document.global.deadline_seconds = 30;
  start();
  auto patient = spec_of("first");
  patient.deadline_seconds = 1000;
  submit(patient);
  const auto job = submit("second");
  advance(30s);
  const auto row = view(job).row;
  CHECK(row.state == job_state::failed);
  REQUIRE(row.error);
  CHECK(row.error->result == outcome::cancelled);
  CHECK(row.error->message.find("deadline") != std::string::npos);
}

TEST_CASE_FIXTURE(stop_fixture, "deadline: a waiting job does not sleep beyond it") {
  provider("alpha", "hello")->otherwise = fails(fault::refused);
  document.global.retry_delay_seconds = 100;
  start();
  auto spec = spec_of("x.txt");
  spec.deadline_seconds = 10;
  const auto job = submit(spec);
  advance(9999ms);
  CHECK(state(job) == job_state::waiting);
  advance(1ms);
  CHECK(state(job) == job_state::failed);
  CHECK(scripts["alpha"]->asked.size() == 1);
}

TEST_CASE_FIXTURE(
    stop_fixture, "crash: a killed runner's transfer is stopped, its lease freed, the job run again") {
  provider("alpha", "hello")->acts = {hangs_at(2)};
  document.providers["alpha"].max_concurrent_downloads = 1;
  start();
  const auto job = submit("x.txt");
  kill_runner("alpha");
  advance(5s);
  const auto row = view(job).row;
  CHECK(row.state == job_state::succeeded);
  CHECK(row.crashes == 1);
  CHECK(row.run_no == 2);
  CHECK(stats().leases == 0);
}

TEST_CASE_FIXTURE(stop_fixture, "crash: the third one fails the job") {
  provider("alpha", "hello")->otherwise = hangs_at(2);
  start();
  const auto job = submit("x.txt");
  for (int i = 0; i < 3; ++i) {
    CHECK(state(job) == job_state::running);
    kill_runner("alpha");
  }
  CHECK(state(job) == job_state::failed);
  CHECK(view(job).row.error->result == outcome::local_fault);
  CHECK(stats().leases == 0);
  CHECK(scripts["alpha"]->running == 0);
}

TEST_CASE_FIXTURE(stop_fixture, "crash: a provider's actor is restarted and the job goes on") {
  act crash;
  crash.what = act::kind::crash;
  provider("alpha", "hello")->acts = {crash};
  start();
  const auto job = submit("x.txt");
  advance(10s);
  CHECK(scripts["alpha"]->spawned == 2);
  CHECK(state(job) == job_state::succeeded);
}

TEST_CASE_FIXTURE(stop_fixture, "disk: an output below a file or a link fails at once, and says why") {
  provider("alpha", "hello");
  write_file(folder / "file", "not a folder");
  write_file(folder / "real/x.txt", "theirs");
  std::filesystem::create_directory_symlink("real", folder / "link");
  start();
  for (const auto* output : {"file/x.txt", "file/a/x.txt", "link/x.txt", "link/a/x.txt"}) {
    CAPTURE(output);
    auto spec = spec_of("x.txt");
    spec.output = output;
    const auto job = submit(spec);
    CHECK(state(job) == job_state::failed);
    const auto error = view(job).row.error;
    REQUIRE(error);
    CHECK(error->result == outcome::invalid);
    CHECK(error->message.find("a part of its path is no folder") != std::string::npos);
    CHECK(error->message.find("choose another output") != std::string::npos);
  }
  CHECK(scripts["alpha"]->asked.empty());
  CHECK(read_file(folder / "file") == "not a folder");
  CHECK(read_file(folder / "real/x.txt") == "theirs");
}

TEST_CASE_FIXTURE(
    stop_fixture, "disk: a fault of our own blames nobody and is tried again after thirty seconds") {
  provider("alpha", "hello")->acts = {fails(fault::disk)};
  start();
  const auto job = submit("x.txt");
  CHECK(state(job) == job_state::waiting);
  CHECK(view(job).row.error->result == outcome::local_fault);
  advance(29'999ms);
  CHECK(state(job) == job_state::waiting);
  advance(1ms);
  CHECK(state(job) == job_state::succeeded);
  CHECK(stats("alpha").failures[static_cast<std::size_t>(outcome::provider_fault)] == 0);
}

// Goal: whenever runners die, no lease and no slot leaks, and every job ends exactly once.
// Method: seeded kills between random steps of time; crashed jobs may fail, all others succeed.

TEST_CASE("crash: no lease leaks, whenever runners are killed") {
  for (unsigned seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    stop_fixture f;
    std::mt19937 rng{seed};
    for (const auto* name : {"alpha", "beta"}) {
      f.provider(name, bytes_of(3000))->otherwise = takes(milliseconds{200 + rng() % 400});
      f.document.providers[name].max_concurrent_downloads = 2;
    }
    f.document.global.max_running_jobs = 6;
    f.start();
    for (int i = 0; i < 12; ++i)
      f.submit("f" + std::to_string(i));
    for (int step = 0; step < 40; ++step) {
      f.advance(milliseconds{rng() % 300});
      const auto& owners = f.scripts[rng() % 2 ? "alpha" : "beta"]->owners;
      if (rng() % 3 == 0 && !owners.empty())
        if (auto runner = caf::actor_cast<caf::actor>(owners[rng() % owners.size()]))
          caf::anon_send_exit(runner, caf::exit_reason::kill);
      REQUIRE(f.scripts["alpha"]->running <= 2);
      REQUIRE(f.scripts["beta"]->running <= 2);
    }
    f.advance(60s);
    const auto c = f.counts();
    CHECK(c.succeeded + c.failed == 12);
    CHECK(c.running == 0);
    CHECK(f.stats().leases == 0);
    for (job_id id = 1; id <= 12; ++id) {
      const auto row = f.view(id).row;
      CHECK((row.state == job_state::succeeded || row.crashes == 3));
      if (row.state == job_state::succeeded)
        CHECK(f.published(row.target, bytes_of(3000)));
    }
  }
}
