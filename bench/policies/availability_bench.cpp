// What does the breaker cost per finished attempt?
#include "policy/availability.hpp"

#include <benchmark/benchmark.h>

using namespace tributary;
using namespace std::chrono_literals;

namespace {

/// One in `range(0)` attempts fails; 0: none does.
void availability_record(benchmark::State& state) {
  availability breaker{{}};
  steady_time now{1h};
  std::int64_t n = 0;
  for (auto _ : state) {
    const auto began = now;
    now += 5ms;
    const bool fails = state.range(0) != 0 && ++n % state.range(0) == 0;
    benchmark::DoNotOptimize(breaker.record(
        now, {fails ? outcome::provider_fault : outcome::ok, fails ? fault::reset : fault::none, began},
        0.5));
  }
}
BENCHMARK(availability_record)->Arg(0)->Arg(10)->Arg(2);

} // namespace
