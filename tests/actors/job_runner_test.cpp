// One runner alone: queue and supervisor are played by the test, the provider by a script.
#include "actors/job_runner.hpp"
#include "flow_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

using namespace tributary;
using namespace tributary::testing;

namespace {

/// What the runner told, and how the queue answers.
struct runner_log {
  std::vector<job_report> reports;
  std::vector<job_progress> progress;
  std::vector<lease_request> wants;
  std::vector<std::pair<transfer_id, attempt_row>> releases;
  std::vector<attempt_row> blames;
  std::function<caf::result<bool>(const job_report&)> answer = [](const job_report&) {
    return caf::result<bool>{true};
  };
};
using log_ptr = std::shared_ptr<runner_log>;

job_queue_actor::behavior_type recording_queue(job_queue_actor::pointer, const log_ptr& log) {
  return {
      [](submit_atom, const job_spec&) -> caf::result<submit_result> { return errc::overloaded; },
      [](submit_atom, const job_submission&) -> caf::result<submit_results> { return errc::overloaded; },
      [](pause_atom, job_id) -> caf::result<job_view> { return errc::unknown_job; },
      [](resume_atom, job_id) -> caf::result<job_view> { return errc::unknown_job; },
      [](retry_atom, job_id) -> caf::result<job_view> { return errc::unknown_job; },
      [](get_atom, job_id) -> caf::result<job_view> { return errc::unknown_job; },
      [](list_atom, const job_filter&) { return job_page{}; },
      [](trace_atom, job_id) { return job_trace{}; },
      [](cancel_atom, job_id) -> caf::result<job_view> { return errc::unknown_job; },
      [log](report_atom, const job_report& r) -> caf::result<bool> {
        log->reports.push_back(r);
        return log->answer(r);
      },
      [log](const job_progress& p) { log->progress.push_back(p); },
      [](ended_atom, job_id, std::uint32_t, const std::string&) {},
      [](parked_atom, job_id, std::uint32_t, bool) {},
      [](stats_atom) { return queue_counts{}; },
      [](drain_atom) { return std::uint32_t{0}; },
      [](const settings_ptr&) {},
  };
}

failover_supervisor_actor::behavior_type
recording_supervisor(failover_supervisor_actor::pointer, const log_ptr& log) {
  return {
      [](run_atom, const job_record&, const job_queue_actor&) {},
      [](stop_atom, job_id, stop_reason) {},
      [log](want_atom, const lease_request& w, const job_runner_actor&) { log->wants.push_back(w); },
      [log](release_atom, transfer_id id, const attempt_row& a) { log->releases.emplace_back(id, a); },
      [log](blame_atom, job_id, const attempt_row& a) { log->blames.push_back(a); },
      [](stats_atom) { return failover_stats{}; },
      [](const provider_standing&) {},
      [](const settings_ptr&) {},
      [](list_atom) { return provider_ranking{}; },
      [](remove_atom, const std::string&) { return false; },
      [](const catalog_query&) -> caf::result<catalog_reply> { return errc::no_provider; },
  };
}

struct runner_fixture : flow_fixture {
  log_ptr log = std::make_shared<runner_log>();
  script_ptr plays = script_of("alpha", "hello");
  job_queue_actor fake_queue = own(sys.spawn(recording_queue, log));
  failover_supervisor_actor fake_supervisor = own(sys.spawn(recording_supervisor, log));
  provider_actor alpha = own(spawn_scripted_provider(sys, plays));
  job_runner_actor runner;
  std::optional<caf::error> ended;
  transfer_id last_lease = 0;

  ~runner_fixture() {
    for (const auto& a :
         {caf::actor_cast<caf::actor>(fake_queue), caf::actor_cast<caf::actor>(fake_supervisor),
          caf::actor_cast<caf::actor>(alpha), caf::actor_cast<caf::actor>(runner)})
      caf::anon_send_exit(a, caf::exit_reason::kill);
    runner = nullptr;
  }

  static job_record job_of(const std::string& output) {
    job_record job;
    job.row.id = 1;
    job.row.spec = spec_of(output);
    job.row.spec.output = output;
    job.row.state = job_state::running;
    job.row.run_no = 1;
    job.row.part = part_name_for(output, 1);
    return job;
  }
  void begin(job_record job) {
    job.row.created_at = wall_now();
    runner =
        spawn_job_runner(sys, std::move(job), snapshot(), fake_queue, fake_supervisor, {root, files, wall()});
    self->monitor(runner);
    run();
  }
  void grant(bool afresh = false, const std::string& name = "alpha") {
    lease l;
    l.id = ++last_lease;
    l.job = 1;
    l.attempt = static_cast<std::uint32_t>(last_lease);
    l.provider = name;
    l.handle = alpha;
    l.path = "x";
    l.afresh = afresh;
    tell(runner, granted_atom_v, std::move(l));
  }
  /// Has it ended? `ended` says how.
  [[nodiscard]] bool is_gone() {
    self->receive_while([&] { return self->has_next_message(); })(
        [&](const caf::down_msg& down) { ended = down.reason; });
    return ended.has_value();
  }
  [[nodiscard]] std::vector<job_state> states() const {
    std::vector<job_state> out;
    for (const auto& r : log->reports)
      if (r.state)
        out.push_back(*r.state);
    return out;
  }
};

} // namespace

TEST_CASE_FIXTURE(
    runner_fixture,
    "job_runner: a small file takes two commits: publishing with all there is to say, then succeeded") {
  begin(job_of("x.txt"));
  REQUIRE(log->wants.size() == 1);
  CHECK(part_files().empty()); // No file before a lease.
  grant();
  CHECK(states() == std::vector{job_state::publishing, job_state::succeeded});
  const auto& r = log->reports.at(0);
  CHECK(r.attempts.at(0).result == outcome::ok);
  CHECK(r.decisions.size() == 1);
  CHECK(r.extents.at(0).length == 5);
  CHECK(r.bytes_done == 5);
  CHECK(r.target == "x.txt");
  CHECK(r.inode != 0);
  CHECK(log->reports.at(1).part == "");
  CHECK(log->releases.size() == 1);
  CHECK(is_gone());
  CHECK_FALSE(*ended);
}

TEST_CASE_FIXTURE(runner_fixture, "job_runner: a fenced report ends it quietly, with nothing published") {
  begin(job_of("x.txt"));
  log->answer = [](const job_report&) { return caf::result<bool>{false}; };
  grant();
  CHECK(log->reports.size() == 1);
  CHECK(is_gone());
  CHECK_FALSE(*ended);
  CHECK_FALSE(std::filesystem::exists(folder / "x.txt"));
}

TEST_CASE_FIXTURE(
    runner_fixture,
    "job_runner: a report that cannot be stored ends it with that error, with nothing published") {
  begin(job_of("x.txt"));
  log->answer = [](const job_report&) -> caf::result<bool> {
    return caf::make_error(errc::store_failed, std::string{"full"});
  };
  grant();
  CHECK(is_gone());
  CHECK(*ended == errc::store_failed);
  CHECK_FALSE(std::filesystem::exists(folder / "x.txt"));
}

TEST_CASE_FIXTURE(runner_fixture, "job_runner: says how far it is, and journals each durable piece") {
  plays->body = bytes_of(3 * mib);
  plays->acts = {hangs_at(2 * mib)};
  begin(job_of("x.bin"));
  grant();
  REQUIRE(log->progress.size() == 1);
  CHECK(log->progress[0].bytes_done == 2 * mib);
  CHECK(log->progress[0].provider == "alpha");
  REQUIRE(log->reports.size() == 1);
  CHECK_FALSE(log->reports[0].state);
  CHECK(log->reports[0].bytes_done == 2 * mib);
  CHECK(log->reports[0].identity->etag == "\"1\"");
  CHECK(log->reports[0].decisions.size() == 1);
}

TEST_CASE_FIXTURE(runner_fixture, "job_runner: a stop waits for the transfer to end, five seconds at most") {
  plays->body = bytes_of(2 * mib);
  plays->acts = {hangs_at(mib)};
  begin(job_of("x.bin"));
  grant();
  log->reports.clear();
  SUBCASE("it ends") {
    tell(runner, stop_atom_v, stop_reason::shutdown);
    CHECK(is_gone());
  }
  SUBCASE("it hangs") {
    caf::anon_send_exit(alpha, caf::exit_reason::kill); // Nobody is left to end it.
    run();
    tell(runner, stop_atom_v, stop_reason::shutdown);
    CHECK_FALSE(is_gone());
    advance(4999ms);
    CHECK_FALSE(is_gone());
    advance(1ms);
    CHECK(is_gone());
  }
  CHECK(states() == std::vector{job_state::queued});
  CHECK(log->reports.at(0).bytes_done == mib);
  CHECK(log->reports.at(0).attempts.at(0).result == outcome::cancelled);
  CHECK(log->releases.size() == 1);
}

TEST_CASE_FIXTURE(runner_fixture, "job_runner: stopped by a cancel it reports nothing more") {
  plays->acts = {hangs_at(2)};
  begin(job_of("x.txt"));
  grant();
  log->reports.clear();
  tell(runner, stop_atom_v, stop_reason::cancelled);
  CHECK(is_gone());
  CHECK(log->reports.empty());
  CHECK(plays->cancelled == 1);
}

TEST_CASE_FIXTURE(
    runner_fixture, "job_runner: a busy provider costs no attempt; it asks again after a moment") {
  act busy;
  busy.what = act::kind::busy;
  plays->acts = {busy};
  begin(job_of("x.txt"));
  grant();
  CHECK(log->reports.empty());
  REQUIRE(log->releases.size() == 1);
  CHECK(log->releases[0].second.cause == fault::busy);
  advance(249ms);
  CHECK(log->wants.size() == 1);
  advance(1ms);
  CHECK(log->wants.size() == 2);
}

TEST_CASE_FIXTURE(
    runner_fixture, "job_runner: told to begin afresh, it journals that before it touches the file") {
  auto job = job_of("x.txt");
  job.row.bytes_done = 3;
  job.row.identity.etag = "\"old\"";
  job.row.identity.size = 10;
  job.extents = {{0, 3, "beta", 1, "\"old\"", {}}};
  write_file(folder / job.row.part, "old");
  begin(job);
  REQUIRE(log->wants.size() == 1);
  CHECK(log->wants[0].bytes_left == 7);
  const auto part = folder / job.row.part;
  log->answer = [&](const job_report& r) {
    if (log->reports.size() == 1) {
      CHECK(r.bytes_done == 0);
      CHECK(r.extents.empty());
      CHECK(read_file(part) == "old");
    }
    return caf::result<bool>{true};
  };
  grant(true);
  CHECK(plays->asked.at(0).offset == 0);
  CHECK(published("x.txt", "hello"));
}

TEST_CASE_FIXTURE(runner_fixture, "job_runner: denied, it says when to come again, and ends") {
  begin(job_of("x.txt"));
  denial d;
  d.wish = log->wants.back().wish;
  d.job = 1;
  d.decision.action = plan_action::wait_until;
  d.decision.wait_until = wall_now() + 3s;
  tell(runner, denied_atom_v, d);
  REQUIRE(log->reports.size() == 1);
  CHECK(log->reports[0].state == job_state::waiting);
  CHECK(log->reports[0].next_attempt_at == *d.decision.wait_until);
  CHECK(log->reports[0].decisions.at(0).action == plan_action::wait_until);
  CHECK(is_gone());
}

TEST_CASE_FIXTURE(
    runner_fixture, "job_runner: bytes beyond the end of a file that became shorter are given up") {
  plays->body = "hello";
  auto job = job_of("x.txt");
  job.row.bytes_done = 5;
  job.extents = {{0, 5, "alpha", 1, "\"1\"", {}}};
  job.row.identity.etag = "\"1\"";
  write_file(folder / job.row.part, "hello");
  plays->body = "hell";
  plays->acts = {fails(fault::range_refused)};
  job.row.identity.size = 9;
  begin(job);
  grant();
  CHECK(log->reports.at(0).bytes_done == 0);
  CHECK(log->wants.size() == 2);
  grant();
  CHECK(published("x.txt", "hell"));
}
