// Them or me, as the monitor judges it: who is asked, who is marked, who is told.
#include "tests/actors/health_fixture.hpp"

#include <algorithm>

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

namespace {

struct network_fixture : health_fixture {
  network_fixture() {
    keep();
    auto s = plain_settings();
    s.global.health_check_interval_seconds = 60;
    for (const auto* name : {"alpha", "beta", "gamma"})
      s.providers[name].base_url = "http://" + std::string{name} + ".test/";
    spawn(s);
    for (const auto* name : {"alpha", "beta", "gamma"})
      add(name);
  }
  ~network_fixture() {
    monitor = nullptr;
    store = nullptr;
    events = nullptr;
  }

  request_metric failure(const std::string& provider, fault f = fault::network_unreachable) {
    auto m = metric(provider, now(), outcome::provider_fault);
    m.cause = f;
    m.error = "no way";
    return m;
  }
  /// Asks for the verdict on a failure; it stands in `verdicts` once it is there.
  void judge(const std::string& provider, fault f = fault::network_unreachable) {
    auto asker = own(sys.spawn([this, m = failure(provider, f)](caf::event_based_actor* me) {
      me->request(monitor, 10s, judge_atom_v, m).then([this, p = m.provider](bool ours) {
        verdicts.emplace_back(p, ours);
      });
    }));
    run();
  }
  void answer(const std::string& provider, fault f) {
    check_result r;
    r.cause = f;
    r.passed = f == fault::none;
    scripts.at(provider)->answer_check(r);
    run();
  }
  void network_fails() {
    judge("alpha");
    answer("beta", fault::network_unreachable);
    answer("gamma", fault::name_not_found);
  }
  std::uint64_t count(const std::string& provider, outcome x) {
    return figures(provider).outcomes[static_cast<std::size_t>(x)];
  }
  bool journaled(const std::string& kind) {
    const auto all = event_texts();
    return std::ranges::any_of(all, [&](const auto& e) { return e.starts_with(kind + ' '); });
  }

  std::vector<std::pair<std::string, bool>> verdicts;
};
using verdict_list = std::vector<std::pair<std::string, bool>>;

} // namespace

TEST_CASE_FIXTURE(
    network_fixture, "health_monitor: one that cannot be reached has all the others asked at once") {
  judge("alpha");
  CHECK(verdicts.empty());
  CHECK(checks_of("alpha") == 0);
  CHECK(checks_of("beta") == 1);
  CHECK(checks_of("gamma") == 1);
  answer("beta", fault::none);
  CHECK(verdicts == verdict_list{{"alpha", false}});
  CHECK(count("alpha", outcome::provider_fault) == 1);
  CHECK_FALSE(figures("alpha").held);
  CHECK_FALSE(journaled("network.down"));
}

TEST_CASE_FIXTURE(network_fixture, "health_monitor: a refusal or an error status is an answer") {
  for (const auto f : {fault::refused, fault::status, fault::reset, fault::tls}) {
    CAPTURE(to_string(f));
    verdicts.clear();
    judge("alpha");
    answer("beta", f);
    CHECK(verdicts == verdict_list{{"alpha", false}});
    answer("gamma", fault::network_unreachable);
    advance(3s);
  }
}

TEST_CASE_FIXTURE(
    network_fixture, "health_monitor: when none can be reached nobody is marked, and the verdict says so") {
  watch();
  for (int round = 0; round < 5; ++round) {
    judge("alpha");
    if (round == 0) {
      answer("beta", fault::network_unreachable);
      CHECK(verdicts.empty());
      answer("gamma", fault::network_unreachable);
    }
    advance(1s);
  }
  CHECK(verdicts == verdict_list(5, {"alpha", true}));
  for (const auto* name : {"alpha", "beta", "gamma"}) {
    CAPTURE(name);
    CHECK(figures(name).held);
    CHECK(figures(name).state == provider_state::unknown);
    CHECK(figures(name).failed_requests == 0);
    const auto last =
        std::find_if(standings.rbegin(), standings.rend(), [&](const auto& s) { return s.provider == name; });
    CHECK(last->held);
  }
  CHECK(count("alpha", outcome::local_fault) == 5);
  CHECK_FALSE(figures("alpha").success_rate);
  CHECK(journaled("network.down"));
}

TEST_CASE_FIXTURE(
    network_fixture, "health_monitor: while the network is down everybody is asked every five seconds") {
  network_fails();
  for (int i = 0; i < 20; ++i) { // Far more than `fall`.
    advance(5s - 1ms);
    CHECK(checks_of("alpha") == 0);
    advance(1ms);
    for (const auto* name : {"alpha", "beta", "gamma"}) {
      REQUIRE(checks_of(name) == 1);
      answer(name, fault::network_unreachable);
    }
  }
  CHECK(state("beta") == provider_state::unknown);
  advance(5s);
  watch();
  standings.clear();
  answer("gamma", fault::none);
  CHECK_FALSE(figures("alpha").held);
  CHECK(standings.size() >= 3);
  CHECK(std::ranges::none_of(standings, &provider_standing::held));
  CHECK(journaled("network.up"));
}

TEST_CASE_FIXTURE(network_fixture, "health_monitor: a true death at the same time is still found") {
  network_fails();
  advance(5s);
  answer("beta", fault::none); // The network is back; alpha's host is not.
  answer("alpha", fault::network_unreachable);
  for (int i = 0; i < 3; ++i) {
    advance(2s);
    judge("alpha");
    for (const auto* name : {"beta", "gamma"})
      while (checks_of(name) > 0)
        answer(name, fault::none);
  }
  CHECK(state("alpha") == provider_state::unavailable);
  CHECK(state("beta") == provider_state::available);
  CHECK(verdicts.back() == std::pair{std::string{"alpha"}, false});
}

TEST_CASE_FIXTURE(
    network_fixture, "health_monitor: two that are gone and one that answers are not asked without end") {
  judge("alpha");
  answer("gamma", fault::none);
  answer("beta", fault::network_unreachable); // It was asked because of alpha: that is known by now.
  for (const auto* name : {"alpha", "beta", "gamma"})
    CHECK(checks_of(name) == 0);
  CHECK(count("alpha", outcome::provider_fault) == 1);
}

TEST_CASE_FIXTURE(
    network_fixture, "health_monitor: a check that hangs leaves the suspicion to end after two seconds") {
  judge("alpha");
  answer("beta", fault::network_unreachable);
  advance(2s - 1ms);
  CHECK(verdicts.empty());
  advance(1ms);
  CHECK(verdicts == verdict_list{{"alpha", false}});
  CHECK(count("alpha", outcome::provider_fault) == 1);
}

TEST_CASE_FIXTURE(network_fixture, "health_monitor: checks that find nobody are no provider's fault either") {
  auto s = current;
  s.global.fall = 1;
  change(s);
  advance(60s); // All three at once.
  for (const auto* name : {"alpha", "beta", "gamma"})
    answer(name, fault::network_unreachable);
  for (const auto* name : {"alpha", "beta", "gamma"})
    CHECK(state(name) == provider_state::unknown);
  CHECK(figures("alpha").held);
  CHECK(figures("alpha").last_check_time);
}

TEST_CASE_FIXTURE(
    network_fixture, "health_monitor: silence is the network's, too, while it is known to be down") {
  judge("alpha", fault::stalled);
  CHECK(verdicts == verdict_list{{"alpha", false}}); // Not evidence by itself.
  network_fails();
  judge("beta", fault::stalled);
  judge("beta", fault::connect_timeout);
  CHECK(verdicts.back().second);
  CHECK(count("beta", outcome::provider_fault) == 0);
  judge("beta", fault::refused); // Somebody said that: the network is there.
  CHECK_FALSE(verdicts.back().second);
  CHECK_FALSE(figures("alpha").held);
}

TEST_CASE_FIXTURE(
    network_fixture, "health_monitor: this machine's own providers neither testify nor are excused") {
  auto s = current;
  s.providers["beta"].base_url = "http://localhost:1/";
  s.providers["gamma"].base_url = "http://127.0.0.1:1/";
  change(s);
  judge("beta");
  CHECK(verdicts == verdict_list{{"beta", false}});
  judge("alpha"); // Alone: one domain proves nothing.
  CHECK(verdicts.back() == std::pair{std::string{"alpha"}, false});
  CHECK(checks_of("beta") == 0);
}

TEST_CASE_FIXTURE(network_fixture, "health_monitor: providers of one failure domain prove nothing") {
  auto s = current;
  for (const auto* name : {"alpha", "beta", "gamma"})
    s.providers[name].failure_domain = "one rack";
  change(s);
  judge("alpha");
  CHECK(verdicts == verdict_list{{"alpha", false}});
  s.providers["gamma"].failure_domain = "another";
  change(s);
  verdicts.clear();
  network_fails();
  CHECK(verdicts == verdict_list{{"alpha", true}});
}

TEST_CASE_FIXTURE(network_fixture, "health_monitor: a disabled provider is no witness") {
  auto s = current;
  s.providers["gamma"].enabled = false;
  change(s);
  judge("alpha");
  CHECK(checks_of("gamma") == 0);
  answer("beta", fault::network_unreachable);
  CHECK(verdicts == verdict_list{{"alpha", true}});
}

TEST_CASE_FIXTURE(
    network_fixture, "health_monitor: jobs are excused for five minutes, providers for as long as it lasts") {
  network_fails();
  advance(5min - 1ms);
  judge("alpha");
  CHECK(verdicts.back().second);
  advance(1ms);
  judge("alpha");
  CHECK_FALSE(verdicts.back().second);
  for (int i = 0; i < 10; ++i)
    judge("alpha");
  CHECK(state("alpha") == provider_state::unknown);
  CHECK(count("alpha", outcome::provider_fault) == 0);
}

TEST_CASE_FIXTURE(
    network_fixture, "health_monitor: with checks off nobody is asked, and the network is tried again") {
  auto s = current;
  s.global.health_check_interval_seconds = 0;
  change(s);
  judge("alpha");
  CHECK(checks_of("beta") == 0);
  judge("beta");
  judge("gamma");
  CHECK(verdicts.size() == 3);
  CHECK(std::ranges::all_of(verdicts, [](const auto& v) { return v.second; }));
  CHECK(figures("alpha").held);
  advance(30s);
  CHECK_FALSE(figures("alpha").held);
}

TEST_CASE_FIXTURE(
    network_fixture, "health_monitor: an outage still ends when the checks are turned off while it lasts") {
  network_fails();
  advance(10s);
  auto s = current;
  s.global.health_check_interval_seconds = 0;
  change(s);
  advance(20s - 1ms);
  CHECK(figures("alpha").held);
  advance(1ms);
  CHECK_FALSE(figures("alpha").held);
  CHECK(journaled("network.up"));
}

TEST_CASE_FIXTURE(
    network_fixture, "health_monitor: turning the checks off ends an outage that has lasted long enough") {
  network_fails();
  advance(40s);
  CHECK(figures("alpha").held);
  auto s = current;
  s.global.health_check_interval_seconds = 0;
  change(s);
  advance(0s);
  CHECK_FALSE(figures("alpha").held);
}

TEST_CASE_FIXTURE(
    network_fixture,
    "health_monitor: an ephemeral provider is excused, asked by nobody, and may bring the news") {
  add("http://elsewhere.test:80", false);
  judge("http://elsewhere.test:80");
  for (const auto* name : {"alpha", "beta", "gamma"})
    answer(name, fault::network_unreachable);
  CHECK(verdicts == verdict_list{{"http://elsewhere.test:80", true}});
  CHECK(figures("http://elsewhere.test:80").held);
  CHECK(checks_of("http://elsewhere.test:80") == 0);
  report("http://elsewhere.test:80");
  CHECK_FALSE(figures("alpha").held);
}

TEST_CASE_FIXTURE(
    network_fixture, "health_monitor: a failure that nobody asks the verdict of is held back all the same") {
  tell(monitor, failure("alpha"));
  CHECK(figures("alpha").total_requests == 0);
  answer("beta", fault::network_unreachable);
  answer("gamma", fault::network_unreachable);
  CHECK(count("alpha", outcome::local_fault) == 1);
}

TEST_CASE_FIXTURE(network_fixture, "health_monitor: who waits for a verdict gets one when the monitor ends") {
  judge("alpha");
  bool refused = false;
  own(sys.spawn([&, m = failure("alpha")](caf::event_based_actor* me) {
    me->request(monitor, 10s, judge_atom_v, m).then([](bool) {}, [&](const caf::error&) { refused = true; });
  }));
  run();
  stop_monitor();
  CHECK(refused);
}
