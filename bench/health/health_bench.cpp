// How many finished operations per second can one health monitor count? From a plain thread through the
// mailbox into window and availability; each round ends with a question that is answered after the last
// record.
#include "actors/health_monitor.hpp"
#include "messages/register.hpp"

#include <benchmark/benchmark.h>
#include <caf/all.hpp>

#include <malloc.h>
#include <string>
#include <vector>

using namespace tributary;
using namespace std::chrono_literals;

namespace {

provider_actor spawn_idle_provider(caf::actor_system& system) {
  return system.spawn([]() -> provider_actor::behavior_type {
    return {
        [](transfer_atom, const transfer_request&, const transfer_sink_actor&,
           const caf::strong_actor_ptr&) -> caf::result<transfer_id> { return errc::busy; },
        [](cancel_atom, transfer_id) {},
        [](check_atom) { return check_result{}; },
        [](const effective_provider_ptr&) {},
        [](const catalog_query&) -> caf::result<catalog_reply> { return errc::unknown_item; },
    };
  });
}

standing_watcher_actor spawn_watcher(caf::actor_system& system) {
  return system.spawn(
      []() -> standing_watcher_actor::behavior_type { return {[](const provider_standing&) {}}; });
}

request_metric metric(const std::string& provider, bool failed) {
  request_metric m;
  m.provider = provider;
  m.operation = "download";
  m.result = failed ? outcome::throttled : outcome::ok;
  m.first_byte = 5ms;
  m.total = 20ms;
  m.bytes = 1u << 20;
  return m;
}

/// range(0): providers that the records are spread over. One record in ten is a failure.
void health_monitor_record(benchmark::State& state) {
  constexpr int records_per_round = 20'000;
  caf::actor_system_config config;
  register_messages(config);
  caf::actor_system system{config};
  settings s;
  s.global.health_check_interval_seconds = 0;
  auto monitor = spawn_health_monitor(
      system, {std::make_shared<const settings_snapshot>(settings_snapshot{1, s}),
               [] { return wall_time{}; },
               [] { return 0.5; },
               {},
               {},
               {}});
  auto idle = spawn_idle_provider(system);
  auto watcher = spawn_watcher(system);
  std::vector<std::string> names;
  for (int i = 0; i < state.range(0); ++i) {
    names.push_back("mirror-" + std::to_string(i));
    caf::anon_send(monitor, add_atom_v, names.back(), idle, true);
  }
  caf::anon_send(monitor, watch_atom_v, watcher);

  caf::scoped_actor self{system};
  const auto fail = [&](const caf::error& e) { state.SkipWithError(describe(e).c_str()); };
  for (auto _ : state) {
    for (int i = 0; i < records_per_round; ++i)
      caf::anon_send(monitor, metric(names[static_cast<std::size_t>(i) % names.size()], i % 10 == 0));
    self->request(monitor, 60s, figures_atom_v, names.front()).receive([](const provider_figures&) {}, fail);
  }
  state.SetItemsProcessed(state.iterations() * records_per_round);
  self->request(monitor, 60s, summary_atom_v)
      .receive(
          [&](const health_summary& all) {
            std::uint64_t counted = 0;
            for (const auto& p : all.providers)
              counted += p.total_requests;
            if (counted != static_cast<std::uint64_t>(state.items_processed()))
              state.SkipWithError("records were lost");
          },
          fail);
  for (const auto& a :
       {caf::actor_cast<caf::actor>(monitor), caf::actor_cast<caf::actor>(idle),
        caf::actor_cast<caf::actor>(watcher)})
    caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
}
/// Bytes of one provider whose window is full, by the allocator's count.
void health_record_bytes(benchmark::State& state) {
  constexpr int providers = 100;
  const auto before = mallinfo2().uordblks;
  std::vector<health_record> records;
  records.reserve(providers);
  for (int n = 0; n < providers; ++n)
    records.emplace_back(60min, availability_options{});
  steady_time now{1h};
  for (auto _ : state) {
    now += 500ms;
    for (auto& r : records)
      r.count(metric("mirror", now.time_since_epoch().count() % 3 == 0), now, 0.5);
  }
  const auto held = mallinfo2().uordblks - before;
  state.counters["bytes_per_provider"] = static_cast<double>(held) / providers;
  state.counters["own_count"] = static_cast<double>(records.front().memory());
}
BENCHMARK(health_record_bytes)->Iterations(8000);

BENCHMARK(health_monitor_record)->Arg(1)->Arg(10)->Arg(1000)->UseRealTime();

} // namespace
