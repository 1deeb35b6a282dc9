// What do the figures cost: per finished operation, and per look at them?
#include "policy/rolling_window.hpp"

#include <benchmark/benchmark.h>

#include <random>
#include <vector>

using namespace tributary;
using namespace std::chrono_literals;

namespace {

std::vector<std::uint64_t> some_microseconds() {
  std::mt19937_64 rng{1};
  std::lognormal_distribution<double> times{10, 2};
  std::vector<std::uint64_t> out(1024);
  for (auto& x : out)
    x = static_cast<std::uint64_t>(times(rng));
  return out;
}

void histogram_record(benchmark::State& state) {
  const auto times = some_microseconds();
  histogram h;
  std::size_t i = 0;
  for (auto _ : state)
    h.record(times[i++ % times.size()]);
  state.counters["seen"] = static_cast<double>(h.count()); // Keeps the work honest.
}
BENCHMARK(histogram_record);

void histogram_quantile(benchmark::State& state) {
  histogram h;
  for (const auto x : some_microseconds())
    h.record(x);
  for (auto _ : state)
    benchmark::DoNotOptimize(h.quantile(0.99));
}
BENCHMARK(histogram_quantile);

window_sample sample(std::uint64_t microseconds) {
  window_sample s;
  s.total = std::chrono::microseconds{microseconds};
  s.first_byte = s.total / 3;
  s.body = s.total / 2;
  s.bytes = 1 << 20;
  return s;
}

void rolling_window_record(benchmark::State& state) {
  const auto times = some_microseconds();
  rolling_window window{std::chrono::minutes{state.range(0)}};
  steady_time now{1h};
  std::size_t i = 0;
  for (auto _ : state) {
    window.record(now, sample(times[i++ % times.size()]));
    now += 1ms; // Virtual: reading a clock is not what we measure.
  }
  state.counters["seen"] = static_cast<double>(window.figures(now).total());
}
BENCHMARK(rolling_window_record)->Arg(1)->Arg(60)->Arg(1440);

void rolling_window_figures(benchmark::State& state) {
  const auto times = some_microseconds();
  rolling_window window{60min};
  steady_time now{1h};
  for (int i = 0; i < 100'000; ++i)
    window.record(now += 36ms, sample(times[static_cast<std::size_t>(i) % times.size()]));
  for (auto _ : state)
    benchmark::DoNotOptimize(window.figures(now));
}
BENCHMARK(rolling_window_figures);

} // namespace
