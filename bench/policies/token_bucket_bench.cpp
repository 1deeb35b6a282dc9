// What does the bandwidth limit cost per read?
#include "policy/token_bucket.hpp"

#include <benchmark/benchmark.h>

using namespace tributary;
using namespace std::chrono_literals;

namespace {

void token_bucket_take(benchmark::State& state) {
  token_bucket bucket{125e6, 1e6};
  steady_time now{1h};
  for (auto _ : state) {
    benchmark::DoNotOptimize(bucket.take(65'536, now));
    now += 524us; // About the rate, so that both branches are walked.
  }
}
BENCHMARK(token_bucket_take);

void token_bucket_unlimited(benchmark::State& state) {
  token_bucket bucket{std::nullopt, 1e6};
  steady_time now{1h};
  for (auto _ : state) {
    benchmark::DoNotOptimize(bucket.take(65'536, now));
    now += 1us;
  }
}
BENCHMARK(token_bucket_unlimited);

} // namespace
