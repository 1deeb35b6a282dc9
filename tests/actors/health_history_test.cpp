// What the monitor keeps: minutes, changes of state, and the windows that are rebuilt from them.
#include "tests/actors/health_fixture.hpp"

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

namespace {

struct history_fixture : health_fixture {
  history_fixture() {
    keep();
    spawn();
  }
  ~history_fixture() {
    monitor = nullptr;
    store = nullptr;
    events = nullptr;
  }

  /// To the beginning of the next minute.
  void next_minute() {
    const auto t = wall_now();
    advance(std::chrono::floor<std::chrono::minutes>(t) + 1min - t);
  }
  provider_history history(const std::string& provider, nanoseconds back = 1h, milliseconds step = 1min) {
    const auto to = wall_now();
    const auto from = to - std::chrono::duration_cast<milliseconds>(back);
    return *ask<provider_history>(monitor, history_atom_v, provider, history_query{from, to, step});
  }
  void restart() {
    stop_monitor();
    spawn(current);
  }
};

} // namespace

TEST_CASE_FIXTURE(history_fixture, "health_monitor: each minute is kept when it is over") {
  next_minute();
  add("alpha");
  report("alpha");
  report("alpha", outcome::missing);
  advance(20s);
  CHECK(history("alpha").points.empty());
  next_minute();
  report("alpha", outcome::throttled);
  next_minute();
  const auto h = history("alpha");
  CHECK(h.provider == "alpha");
  CHECK(h.asked.step == 1min);
  REQUIRE(h.points.size() == 2);
  CHECK(h.points[0].at == wall_now() - 2min);
  CHECK(h.points[0].figures.total() == 2);
  CHECK(*h.points[0].figures.success_rate == 1.0);
  CHECK(*h.points[0].figures.p50_ms == doctest::Approx(100).epsilon(0.05));
  CHECK(*h.points[0].uptime == 1.0);
  CHECK(h.points[1].at == wall_now() - 1min);
  CHECK(h.points[1].figures.of(outcome::throttled) == 1);
}

TEST_CASE_FIXTURE(history_fixture, "health_monitor: a minute of which nothing is known is not there") {
  auto s = plain_settings();
  s.providers["beta"].enabled = false;
  change(s);
  next_minute();
  add("alpha"); // Unknown: nobody asked it.
  add("beta");
  advance(5min);
  CHECK(history("alpha").points.empty());
  CHECK(history("beta").points.empty());
  report("alpha");
  advance(3min); // Known to be available: idle minutes count as uptime.
  const auto idle = history("alpha");
  REQUIRE(idle.points.size() == 3);
  CHECK(idle.points[2].figures.total() == 0);
  CHECK_FALSE(idle.points[2].figures.success_rate);
  CHECK(*idle.points[2].uptime == 1.0);
  stop_monitor();
  advance(10min); // Nobody watched.
  spawn(s);
  add("alpha");
  report("alpha");
  next_minute();
  next_minute();
  const auto h = history("alpha");
  REQUIRE(h.points.size() == 5);
  CHECK(h.points[3].at - h.points[2].at == 11min);
}

TEST_CASE_FIXTURE(history_fixture, "health_monitor: the minute of a stop and of the start after it are one") {
  next_minute();
  add("alpha");
  report("alpha");
  advance(10s);
  restart();
  add("alpha");
  report("alpha");
  next_minute();
  const auto h = history("alpha");
  REQUIRE(h.points.size() == 1);
  CHECK(h.points[0].figures.total() == 2);
}

TEST_CASE_FIXTURE(history_fixture, "health_monitor: figures of the window are rebuilt at the start") {
  next_minute();
  add("alpha");
  for (int i = 0; i < 20; ++i) {
    report("alpha", i % 4 ? outcome::ok : outcome::throttled);
    advance(1min);
  }
  const auto before = figures("alpha");
  restart();
  add("alpha");
  const auto after = figures("alpha");
  CHECK(after.outcomes == before.outcomes);
  CHECK(after.total_bytes_downloaded == before.total_bytes_downloaded);
  CHECK(*after.success_rate == doctest::Approx(*before.success_rate));
  CHECK(*after.response_time_p95_ms == doctest::Approx(*before.response_time_p95_ms));
  CHECK(*after.average_response_time_ms == doctest::Approx(*before.average_response_time_ms));
  CHECK(*after.uptime_percentage == doctest::Approx(100));
  CHECK(after.state == provider_state::unknown); // How it is now, nobody knows yet.
  advance(40min);                                // The first sample came an hour ago.
  CHECK(figures("alpha").total_requests == before.total_requests - 1);
}

TEST_CASE_FIXTURE(history_fixture, "health_monitor: time spent down is rebuilt, and survives as history") {
  next_minute();
  add("alpha");
  report("alpha");
  advance(10min);
  fail("alpha", 3); // Away for 33 s.
  advance(10min - 3ms);
  const auto before = *figures("alpha").uptime_percentage;
  CHECK(before == doctest::Approx(100.0 * (1200 - 33) / 1200).epsilon(0.001));
  double worst = 1;
  for (const auto& p : history("alpha").points)
    worst = std::min(worst, p.uptime.value_or(1));
  CHECK(worst == doctest::Approx(27.0 / 60).epsilon(0.001));
  restart();
  add("alpha");
  CHECK(*figures("alpha").uptime_percentage == doctest::Approx(before).epsilon(0.001));
}

TEST_CASE_FIXTURE(history_fixture, "health_monitor: every change of state is journaled with its cause") {
  add("alpha");
  report("alpha");
  fail("alpha", 3);
  advance(33s);
  report("alpha");
  report("alpha");
  auto off = plain_settings();
  off.providers["alpha"].enabled = false;
  change(off);
  change(plain_settings());
  std::vector<std::string> kinds;
  const auto all = event_texts();
  REQUIRE(all.size() == 6);
  const auto says = [&](std::size_t i, const std::string& text) {
    CAPTURE(all[i]);
    CHECK(all[i].find(text) != std::string::npos);
  };
  says(
      0,
      R"(provider.state {"provider":"alpha","from":"unknown","to":"available","reason":"a request succeeded","unavailable_until":null})");
  says(
      1,
      R"("from":"available","to":"unavailable","reason":"3 incidents in a row, the last: refused","unavailable_until":"2026-01-01T01:00:33)");
  says(2, R"("to":"probation","reason":"the cool-down is over")");
  says(3, R"("to":"available","reason":"2 successes in probation")");
  says(4, R"("to":"disabled")");
  says(5, R"("from":"disabled","to":"unknown")");
}

TEST_CASE_FIXTURE(history_fixture, "health_monitor: an extended cool-down is an event, too") {
  auto s = plain_settings();
  s.global.health_check_interval_seconds = 60;
  change(s);
  add("alpha");
  fail("alpha", 3);
  advance(33s);
  answer_check("alpha", false);
  const auto all = event_texts();
  REQUIRE(all.size() == 2);
  CHECK(
      all[1].find(
          R"("from":"unavailable","to":"unavailable","reason":"the check after the cool-down failed: refused")") !=
      std::string::npos);
}

TEST_CASE_FIXTURE(history_fixture, "health_monitor: committed changes reach who watches the events") {
  std::vector<event_row> heard;
  auto watcher = own(sys.spawn([&heard]() -> event_watcher_actor::behavior_type {
    return {[&heard](const std::vector<event_row>& rows) {
      heard.insert(heard.end(), rows.begin(), rows.end());
    }};
  }));
  tell(events, watch_atom_v, watcher, std::uint64_t{0});
  add("alpha");
  report("alpha");
  fail("alpha", 3);
  REQUIRE(heard.size() == 2);
  CHECK(heard[0].number == 1);
  CHECK(heard[1].number == 2);
  CHECK(heard[1].kind == "provider.state");
  CHECK(heard[1].job == 0);
  CHECK(heard[1].at == wall_now());
}

TEST_CASE_FIXTURE(
    history_fixture, "health_monitor: a reset is journaled, keeps the history, and outlives a restart") {
  next_minute();
  add("alpha");
  report("alpha");
  advance(2min);
  CHECK(ask<provider_figures>(monitor, reset_atom_v, std::string{"alpha"})->total_requests == 0);
  CHECK(event_texts().at(1).starts_with(R"(provider.reset {"provider":"alpha"})"));
  advance(2min);
  CHECK(history("alpha").points.at(0).figures.total() == 1);
  restart();
  add("alpha");
  CHECK(figures("alpha").total_requests == 0);
}

TEST_CASE_FIXTURE(history_fixture, "health_monitor: what the journal could not take is written later, once") {
  add("alpha");
  next_minute();
  report("alpha");
  *journal_broken = true;
  fail("alpha", 3);
  next_minute();
  next_minute();
  const auto before = stored->events_after(0, 100).size();
  CHECK(history("alpha").points.empty());
  *journal_broken = false;
  advance(5s);
  CHECK(stored->events_after(0, 100).size() > before);
  const auto h = history("alpha");
  REQUIRE(h.points.size() == 2);
  CHECK(h.points[0].figures.total() == 4);
}

TEST_CASE_FIXTURE(history_fixture, "health_monitor: history of somebody unknown or ephemeral is an error") {
  add("http://elsewhere", false);
  for (const auto* name : {"nobody", "http://elsewhere"}) {
    const history_query wish{wall_now() - 1h, wall_now(), 0ms};
    CHECK(
        ask<provider_history>(monitor, history_atom_v, std::string{name}, wish).error() ==
        errc::unknown_provider);
  }
}

TEST_CASE_FIXTURE(history_fixture, "health_monitor: old history is forgotten as the settings say") {
  auto s = plain_settings();
  s.global.history_days = 1;
  change(s);
  next_minute();
  add("alpha");
  report("alpha");
  advance(10min);
  CHECK(stored->history("alpha", {wall_now() - 1h, wall_now(), 1min}).size() == 10);
  tell(monitor, remove_atom_v, std::string{"alpha"});
  advance(24h - 5min);
  CHECK(stored->history("alpha", {wall_now() - 48h, wall_now(), 1min}).size() == 5);
  CHECK(stored->history("alpha", {wall_now() - 48h, wall_now(), 1h}).size() == 1);
  CHECK(stored->events_after(0, 10).size() == 1); // The newest stays.
}

TEST_CASE_FIXTURE(
    history_fixture, "health_monitor: new history_days hold at once for answers, and at the next pruning") {
  next_minute();
  add("alpha");
  report("alpha");
  advance(25h);
  const auto older_than_a_day = [this] {
    return stored->history("alpha", {wall_now() - 72h, wall_now() - 24h, 1min}).size();
  };
  const auto finest_step = [this] { // Of what is older than a day.
    const history_query wish{wall_now() - 25h, wall_now() - 25h + 10min, 1min};
    return ask<provider_history>(monitor, history_atom_v, std::string{"alpha"}, wish)->asked.step;
  };
  CHECK(older_than_a_day() == 60);
  CHECK(finest_step() == 1min);
  auto s = plain_settings();
  s.global.history_days = 1;
  change(s);
  CHECK(older_than_a_day() == 60);
  CHECK(finest_step() == 1h);
  next_minute();
  CHECK(older_than_a_day() == 0);
  s.global.history_days = 2;
  change(s);
  CHECK(finest_step() == 1min);
  advance(1h);
  CHECK(older_than_a_day() == 60);
}

TEST_CASE("health_monitor: a stop writes the last minute, and no actor is left") {
  history_fixture f;
  const auto handle = f.add("alpha");
  f.report("alpha");
  f.stop_monitor();
  CHECK(f.stored->history("alpha", {f.wall_now() - 1h, f.wall_now() + 1min, 1min}).size() == 1);
  for (const auto& a :
       {caf::actor_cast<caf::actor>(handle), caf::actor_cast<caf::actor>(f.events),
        caf::actor_cast<caf::actor>(f.store)})
    caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
  f.run();
  CHECK(f.actors_left() == 0);
}

TEST_CASE_FIXTURE(
    history_fixture, "health_monitor: a stop does not wait for a journal that cannot be written") {
  add("alpha");
  report("alpha");
  *journal_broken = true;
  const auto before = actors_left();
  stop_monitor();
  advance(4s);
  CHECK(actors_left() == before - 1);
}
