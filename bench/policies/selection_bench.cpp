// What does ranking cost, from a handful of providers to the thousand that the engine is built for?
#include "policy/selection.hpp"

#include <benchmark/benchmark.h>

#include <random>
#include <vector>

using namespace tributary;

namespace {

std::vector<selection_terms> some_terms(std::int64_t n) {
  std::mt19937 rng{1};
  std::vector<selection_terms> out(static_cast<std::size_t>(n));
  for (std::uint32_t i = 0; i < out.size(); ++i) {
    out[i].position = i;
    out[i].tried = rng() % 1000;
    out[i].ok = out[i].tried - out[i].tried * (rng() % 10) / 100;
    out[i].leases = static_cast<std::uint32_t>(rng() % 4);
    if (rng() % 10)
      out[i].throughput_mbps = static_cast<double>(1 + rng() % 1000);
    if (rng() % 10)
      out[i].first_byte_ms = static_cast<double>(1 + rng() % 300);
  }
  return out;
}

void selection_rank(benchmark::State& state, strategy how) {
  const auto terms = some_terms(state.range(0));
  for (auto _ : state)
    benchmark::DoNotOptimize(rank(terms, how, 1 << 30));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(selection_rank, priority, strategy::priority)->Arg(3)->Arg(100)->Arg(1000);
BENCHMARK_CAPTURE(selection_rank, best, strategy::best)->Arg(3)->Arg(100)->Arg(1000);
BENCHMARK_CAPTURE(selection_rank, fastest, strategy::fastest)->Arg(3)->Arg(100)->Arg(1000);

} // namespace
