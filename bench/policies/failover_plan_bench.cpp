// What does one decision of the supervisor cost, with its trace?
#include "policy/failover_plan.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

using namespace tributary;
using namespace std::chrono_literals;

namespace {

constexpr wall_time now{1'800'000'000'000ms};

std::vector<candidate> some_candidates(std::int64_t n) {
  std::vector<candidate> out(static_cast<std::size_t>(n));
  for (std::uint32_t i = 0; i < out.size(); ++i) {
    out[i].provider = "mirror-" + std::to_string(i) + ".example.org";
    out[i].terms.position = i;
  }
  return out;
}

/// Spread over the candidates, the newest first in the chain's order of exhaustion.
std::vector<past_attempt> some_attempts(std::int64_t n, const std::vector<candidate>& candidates) {
  std::vector<past_attempt> out(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].provider = candidates[i / 4 % candidates.size()].provider;
    out[i].cause = fault::refused;
    out[i].ended = now - std::chrono::seconds{100 * (out.size() - i)};
  }
  return out;
}

/// range(0) attempts so far, range(1) candidates.
void failover_plan_next(benchmark::State& state) {
  const auto candidates = some_candidates(state.range(1));
  const auto attempts = some_attempts(state.range(0), candidates);
  plan_options options;
  options.max_attempts = 100;
  const std::function<double()> unit = [] { return 0.5; };
  std::string chosen;
  for (auto _ : state)
    chosen = plan_next(attempts, candidates, options, now, unit).provider;
  state.SetLabel(chosen); // Keeps the work honest.
}
BENCHMARK(failover_plan_next)->Args({0, 3})->Args({12, 10})->Args({12, 1000});

} // namespace
