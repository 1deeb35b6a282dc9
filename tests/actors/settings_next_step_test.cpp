// What a change of the settings does to a job that is at work: its next decision, or its next run, goes by
// the new value.
#include "flow_fixture.hpp"

#include <doctest/doctest.h>

using namespace tributary;
using namespace tributary::testing;

namespace {

using edit = void (*)(settings&);

/// Changes one setting while a job is at work. Every attempt fails after five seconds.
struct decision_case {
  const char* setting;
  edit before, change;
  const char* without; ///< The job's way when nothing is changed: each attempt's provider and second.
  const char* with;
  seconds at{1}; ///< When the change comes; the first attempt runs from 0 to 5.
};

constexpr auto usual_way = "alpha 0, alpha 9, alpha 22, beta 27, beta 36, beta 49, failed 54";
const decision_case decision_cases[] = {
    {"max_retries, fewer", [](settings&) {}, [](settings& s) { s.global.max_retries = 0; }, usual_way,
     "alpha 0, beta 5, failed 10"},
    {"max_retries, more", [](settings& s) { s.global.max_retries = 0; },
     [](settings& s) { s.global.max_retries = 1; }, "alpha 0, beta 5, failed 10",
     "alpha 0, alpha 9, beta 14, beta 23, failed 28"},
    {"retry_delay_seconds", [](settings&) {}, [](settings& s) { s.global.retry_delay_seconds = 2; },
     usual_way, "alpha 0, alpha 6, alpha 13, beta 18, beta 24, beta 31, failed 36"},
    {"retry_delay_seconds: a wait that has begun keeps its end", [](settings&) {},
     [](settings& s) { s.global.retry_delay_seconds = 2; }, usual_way,
     "alpha 0, alpha 9, alpha 16, beta 21, beta 27, beta 34, failed 39", 6s},
    {"retry_delay_seconds of a provider", [](settings&) {},
     [](settings& s) { s.providers["alpha"].retry_delay_seconds = 2; }, usual_way,
     "alpha 0, alpha 6, alpha 13, beta 18, beta 27, beta 40, failed 45"},
    {"retry_delay_max_seconds", [](settings&) {}, [](settings& s) { s.global.retry_delay_max_seconds = 8; },
     usual_way, "alpha 0, alpha 9, alpha 18, beta 23, beta 32, beta 41, failed 46"},
    {"retry_delay_max_seconds of a provider", [](settings&) {},
     [](settings& s) { s.providers["beta"].retry_delay_max_seconds = 8; }, usual_way,
     "alpha 0, alpha 9, alpha 22, beta 27, beta 36, beta 45, failed 50"},
    {"failover_order", [](settings&) {},
     [](settings& s) { s.global.failover_order = failover_order::rotate; }, usual_way,
     "alpha 0, beta 5, alpha 10, beta 15, alpha 23, beta 28, failed 33"},
    {"max_attempts, fewer", [](settings&) {}, [](settings& s) { s.global.max_attempts = 3; }, usual_way,
     "alpha 0, alpha 9, beta 14, failed 19"},
    {"max_attempts, more", [](settings& s) { s.global.max_attempts = 2; },
     [](settings& s) { s.global.max_attempts = 4; }, "alpha 0, beta 5, failed 10",
     "alpha 0, alpha 9, alpha 22, beta 27, failed 32"},
    {"deadline_seconds: it cuts a wait short", [](settings&) {},
     [](settings& s) { s.global.deadline_seconds = 20; }, usual_way, "alpha 0, alpha 9, failed 20"},
    {"deadline_seconds: an attempt that runs goes on", [](settings&) {},
     [](settings& s) { s.global.deadline_seconds = 3; }, usual_way, "alpha 0, failed 5"},
    {"deadline_seconds: none any more", [](settings& s) { s.global.deadline_seconds = 20; },
     [](settings& s) { s.global.deadline_seconds.reset(); }, "alpha 0, alpha 9, failed 20", usual_way},
    {"deadline_seconds: a run ends at the one that it began with",
     [](settings& s) { s.global.deadline_seconds = 3; },
     [](settings& s) { s.global.deadline_seconds.reset(); }, "alpha 0, failed 3", "alpha 0, failed 3"},
    {"when_all_unavailable, from wait to fail",
     [](settings& s) {
       s.global.failure_threshold = 1;
       s.global.when_all_unavailable = all_unavailable::wait;
       s.global.max_retries = 1;
     },
     [](settings& s) { s.global.when_all_unavailable = all_unavailable::fail; },
     "alpha 0, beta 5, alpha 38, beta 43, failed 48", "alpha 0, beta 5, failed 10"},
    {"when_all_unavailable, from fail to least_bad",
     [](settings& s) {
       s.global.failure_threshold = 1;
       s.global.when_all_unavailable = all_unavailable::fail;
       s.global.max_retries = 1;
     },
     [](settings& s) { s.global.when_all_unavailable = all_unavailable::least_bad; },
     "alpha 0, beta 5, failed 10", "alpha 0, beta 5, alpha 10, beta 15, failed 20"},
    {"when_all_unavailable, from least_bad to wait",
     [](settings& s) {
       s.global.failure_threshold = 1;
       s.global.max_retries = 1;
     },
     [](settings& s) { s.global.when_all_unavailable = all_unavailable::wait; },
     "alpha 0, beta 5, alpha 10, beta 15, failed 20", "alpha 0, beta 5, alpha 38, beta 43, failed 48"},
};

/// The way of a job, in words; `change` comes so long after its begin.
std::string way_of_a_job(edit before, seconds at, edit change) {
  flow_fixture f;
  const act breaks{.cause = fault::reset, .takes = 5s};
  f.document.global.max_retries = 2;
  f.document.global.retry_delay_seconds = 8; // A backoff takes the middle of what it may: 4 s, then 8 s.
  f.provider("alpha", "hello", 1)->otherwise = breaks;
  f.provider("beta", "hello", 2)->otherwise = breaks;
  before(f.document);
  f.start();
  const auto begun = f.wall_now();
  const auto job = f.submit("a");
  f.advance(at);
  change(f.document);
  f.apply_settings();
  f.advance(10min);
  const auto second_of = [begun](wall_time t) {
    return std::to_string(std::chrono::round<seconds>(t - begun).count());
  };
  std::string way;
  for (const auto& a : f.trace(job).attempts)
    way += a.provider + ' ' + second_of(a.started_at) + ", ";
  const auto row = f.view(job).row;
  return way + std::string{to_string(row.state)} + ' ' + second_of(row.finished_at.value_or(f.wall_now()));
}

void change_nothing(settings&) {}

// -- what a run keeps ----------------------------------------------------------------

struct taken_over_case {
  const char* setting;
  edit change;
  const char* after; ///< As settings_of() tells it.
};

constexpr auto taken_over_before = "stall 30000 ms, pieces of 1 MiB, flushes 1, digest 0";
const taken_over_case taken_over_cases[] = {
    {"stall_timeout_seconds", [](settings& s) { s.global.stall_timeout_seconds = 7; },
     "stall 7000 ms, pieces of 1 MiB, flushes 1, digest 0"},
    {"piece_size_mib", [](settings& s) { s.global.piece_size_mib = 2; },
     "stall 30000 ms, pieces of 2 MiB, flushes 1, digest 0"},
    {"durability", [](settings& s) { s.global.durability = durability::fast; },
     "stall 30000 ms, pieces of 1 MiB, flushes 0, digest 0"},
    {"record_sha256", [](settings& s) { s.global.record_sha256 = true; },
     "stall 30000 ms, pieces of 1 MiB, flushes 1, digest 1"},
};

/// What a job's last attempt, and then its record, were made with.
std::string settings_of(const transfer_request& q, const job_row& row) {
  return "stall " + std::to_string(q.stall_timeout.count()) + " ms, pieces of " +
         std::to_string(q.piece_bytes / mib) + " MiB, flushes " + std::to_string(q.flush) + ", digest " +
         std::to_string(!row.sha256.empty());
}

/// A transfer breaks off after five seconds with half of the file's bytes.
struct half_way_fixture : flow_fixture {
  const std::string body = bytes_of(3 * mib);
  script_ptr alpha = provider("alpha", body, 1), beta = provider("beta", body, 2);

  /// @param max_retries 0: beta goes on in the same run. 1: alpha does, after a wait: in the next one.
  explicit half_way_fixture(std::int32_t max_retries) {
    document.global.max_retries = max_retries;
    alpha->acts = {{.cause = fault::reset, .until = 3 * mib / 2, .takes = 5s}};
    start();
  }
};

} // namespace

TEST_CASE("settings in effect: the next decision of a running job goes by the new value") {
  for (const auto& c : decision_cases) {
    CAPTURE(c.setting);
    CHECK(way_of_a_job(c.before, c.at, change_nothing) == c.without);
    CHECK(way_of_a_job(c.before, c.at, c.change) == c.with);
  }
}

TEST_CASE("settings in effect: what a job took over at its start stays until its next run") {
  for (const auto& c : taken_over_cases)
    for (const bool waits : {false, true}) {
      CAPTURE(c.setting);
      CAPTURE(waits);
      half_way_fixture f{waits ? 1 : 0};
      const auto job = f.submit("a");
      f.advance(1s);
      c.change(f.document);
      f.apply_settings();
      f.advance(20s);
      const auto row = f.view(job).row;
      const auto& second = waits ? f.alpha->asked.at(1) : f.beta->asked.at(0);
      CHECK(row.run_no == (waits ? 2 : 1));
      CHECK(second.offset == 3 * mib / 2);
      CHECK(settings_of(second, row) == (waits ? c.after : taken_over_before));
      CHECK(f.published("a", f.body));
      if (!row.sha256.empty()) // Also of the bytes that came when nobody asked for it.
        CHECK(row.sha256 == sha256_of(f.body));
      const auto next = f.submit("b");
      f.advance(1s);
      CHECK(settings_of(f.alpha->asked.back(), f.view(next).row) == c.after);
    }
}

TEST_CASE("settings in effect: on_conflict of a run stays until the job's next run") {
  for (const bool waits : {false, true}) {
    CAPTURE(waits);
    half_way_fixture f{waits ? 1 : 0};
    const auto job = f.submit("a");
    f.advance(1s);
    write_file(f.folder / "a", "somebody's");
    f.document.global.on_conflict = on_conflict::rename;
    f.apply_settings();
    f.advance(20s);
    CHECK(f.state(job) == (waits ? job_state::succeeded : job_state::failed));
    CHECK(f.published("a (1)", f.body) == waits);
    const auto next = f.submit("a");
    f.advance(1s);
    CHECK(f.view(next).row.target == (waits ? "a (2)" : "a (1)"));
    CHECK(f.published("a", "somebody's"));
  }
}
