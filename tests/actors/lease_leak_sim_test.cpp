// Goal: no lease is lost and none is held by the dead, whatever dies when. Method: the real queue,
// supervisor, monitor and runners around scripted providers that serve, fail, hang and crash; at random
// instants runners are killed, jobs cancelled, providers disabled and enabled, the network cut; after each
// quiet spell the books must agree, and at the end be empty. Hours of virtual time; every failure carries its
// seed.
#include "flow_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>

using namespace tributary;
using namespace tributary::testing;

namespace {

constexpr std::array leak_names{"alpha", "beta", "gamma"};

class leak_weather {
public:
  leak_weather(flow_fixture& world, unsigned seed) : world_(world), rng_(seed) {}

  unsigned pick(unsigned n) { return static_cast<unsigned>(rng_() % n); }
  bool one_in(unsigned n) { return pick(n) == 0; }

  act random_act() {
    static constexpr std::array faults{
        fault::refused, fault::reset, fault::network_unreachable, fault::name_not_found, fault::stalled};
    switch (pick(12)) {
    case 0:
      return fails(faults[pick(faults.size())]);
    case 1:
      return fails(fault::status, one_in(2) ? 503 : 404);
    case 2:
      return dies_at(30'000);
    case 3:
      return one_in(4) ? hangs_at(1) : takes(2s);
    case 4:
      return {.what = act::kind::busy};
    case 5:
      return takes(1s);
    default:
      return takes(milliseconds{pick(60'000)});
    }
  }

  /// Of those that own a transfer, or did a moment ago.
  void kill_a_runner() {
    std::vector<caf::actor> alive;
    for (const auto* name : leak_names)
      for (const auto& owner : world_.scripts[name]->owners)
        if (auto handle = caf::actor_cast<caf::actor>(owner))
          alive.push_back(std::move(handle));
    if (alive.empty())
      return;
    const auto& victim = alive[pick(static_cast<unsigned>(alive.size()))];
    caf::anon_send_exit(victim, one_in(2) ? caf::exit_reason::kill : caf::exit_reason::unhandled_exception);
    ++kills;
    world_.run();
  }

  void step() {
    for (const auto* name : leak_names) {
      auto& s = *world_.scripts[name];
      s.otherwise = random_act();
      if (one_in(40)) // Once: one that crashes on and on stays down until its settings change.
        s.acts.push_back({.what = act::kind::crash});
      s.check = one_in(6) ? fault::refused : one_in(12) ? fault::network_unreachable : fault::none;
      if (s.owners.size() > 200) // Only the newest matter.
        s.owners.erase(s.owners.begin(), s.owners.end() - 20);
      s.asked.clear();
    }
    if (world_.counts().running < 24)
      jobs_.push_back(world_.submit("f" + std::to_string(++submitted)));
    if (one_in(2))
      kill_a_runner();
    if (one_in(15) && !jobs_.empty())
      static_cast<void>(world_.ask<job_view>(
          world_.queue, cancel_atom_v, jobs_[pick(static_cast<unsigned>(jobs_.size()))]));
    if (one_in(40)) {
      auto& p = world_.document.providers[leak_names[pick(leak_names.size())]];
      p.enabled = !p.enabled;
      world_.apply_settings();
    }
    world_.advance(milliseconds{pick(20'000)});
  }

  void cancel_all() {
    for (const auto job : jobs_) // Those that have ended refuse.
      static_cast<void>(world_.ask<job_view>(world_.queue, cancel_atom_v, job));
  }

  /// Leases held are those that the providers' transfers run under, never more than the limits allow.
  void check_books() {
    const auto all = world_.stats();
    std::uint32_t sum = 0;
    for (const auto& p : all.providers) {
      CAPTURE(p.provider);
      REQUIRE(p.leases <= 2);
      REQUIRE(world_.scripts[p.provider]->running <= p.leases);
      sum += p.leases;
    }
    REQUIRE(sum == all.leases);
  }

  int kills = 0, submitted = 0;

private:
  flow_fixture& world_;
  std::mt19937 rng_;
  std::vector<job_id> jobs_;
};

} // namespace

TEST_CASE("failover_supervisor: no lease leaks while runners die at random for simulated hours") {
  const char* wanted = std::getenv("TRIBUTARY_LEASE_SEEDS");
  const unsigned seeds = wanted ? static_cast<unsigned>(std::atoi(wanted)) : 2;
  int kills = 0, jobs = 0;
  nanoseconds simulated{0};
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    flow_fixture world;
    world.document.global.health_check_interval_seconds = 30;
    world.document.global.failure_threshold = 3;
    world.document.global.durability = durability::fast;
    world.document.global.cooldown_base_seconds = 5;
    world.document.global.stall_timeout_seconds = 5;
    for (const auto* name : leak_names) {
      world.provider(name, bytes_of(65'541));
      world.document.providers[name].max_concurrent_downloads = 2;
    }
    world.start();
    leak_weather w{world, seed};
    const auto begun = world.now();
    while (world.now() - begun < 4h) {
      w.step();
      w.check_books();
    }
    // Everybody serves again: whatever is still held is held for good.
    for (const auto* name : leak_names) {
      world.scripts[name]->otherwise = act{};
      world.scripts[name]->check = fault::none;
      world.document.providers[name].enabled = true;
    }
    world.apply_settings();
    w.cancel_all(); // Some hang.
    world.advance(10min);
    const auto left = world.stats();
    CHECK(left.leases == 0);
    for (const auto& p : left.providers)
      CHECK(p.leases == 0);
    for (const auto* name : leak_names)
      CHECK(world.scripts[name]->running == 0);
    CHECK(world.counts().running == 0);
    kills += w.kills;
    jobs += w.submitted;
    simulated += world.now() - begun;
  }
  MESSAGE(
      seeds << " seeds, " << std::chrono::duration_cast<std::chrono::hours>(simulated).count()
            << " simulated hours, " << jobs << " jobs, " << kills << " runners killed");
  CHECK(kills > static_cast<int>(seeds) * 50);
}
