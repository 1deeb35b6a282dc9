#include "actors/health_record.hpp"

#include "tests/actors/health_fixture.hpp"

#include <malloc.h>

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

namespace {

constexpr instant start{steady_time{1h}, wall_time{1'000'000s}};

instant later(nanoseconds d) {
  return {start.steady + d, start.wall + std::chrono::duration_cast<milliseconds>(d)};
}

health_record fresh() {
  return health_record{60min, availability_options{}};
}

} // namespace

TEST_CASE("health_record: without samples nothing is claimed") {
  const auto f = fresh().figures("alpha", start);
  CHECK(f.provider == "alpha");
  CHECK(f.state == provider_state::unknown);
  CHECK(f.total_requests == 0);
  CHECK_FALSE(f.success_rate);
  CHECK_FALSE(f.average_response_time_ms);
  CHECK_FALSE(f.response_time_p99_ms);
  CHECK_FALSE(f.time_to_first_byte_ms);
  CHECK_FALSE(f.throughput_mbps);
  CHECK_FALSE(f.uptime_percentage);
  CHECK_FALSE(f.ci95_low);
  CHECK_FALSE(f.last_error_time);
  CHECK_FALSE(f.last_check_time);
  CHECK_FALSE(f.unavailable_until);
}

TEST_CASE("health_record: the rate is of successes and failures, the other classes are counted apart") {
  auto r = fresh();
  for (const auto x :
       {outcome::ok, outcome::ok, outcome::ok, outcome::throttled, outcome::missing, outcome::cancelled,
        outcome::policy, outcome::identity, outcome::local_fault, outcome::invalid})
    r.count(metric("alpha", start.steady, x), start.steady, 0);
  const auto f = r.figures("alpha", start);
  CHECK(f.total_requests == 10);
  CHECK(f.successful_requests == 3);
  CHECK(f.failed_requests == 1);
  CHECK(f.samples == 4);
  CHECK(*f.success_rate == doctest::Approx(75));
  CHECK(*f.ci95_low < 75);
  CHECK(*f.ci95_high > 75);
  CHECK(*f.ci95_high <= 100);
  CHECK(f.outcomes[static_cast<std::size_t>(outcome::missing)] == 1);
}

// Goal: at most 64 KiB, whatever happened. Method: a window full of traffic, a breaker full of sightings and
// phases, long texts; counted by the record itself and by the allocator.
TEST_CASE("health_record: a provider takes at most 64 KiB") {
  constexpr int providers = 20;
  std::vector<health_record> records;
  records.reserve(providers);
  const auto before = mallinfo2().uordblks;
  for (int n = 0; n < providers; ++n) {
    auto& r = records.emplace_back(fresh());
    for (int i = 0; i < 8000; ++i) {
      const auto at = later(i * 500ms);
      auto m = metric("alpha", at.steady, i % 3 ? outcome::ok : outcome::provider_fault);
      m.total = 1us * (1 + i * i);
      r.count(m, at.steady, 0.5);
      r.note_failure(std::string(2000, 'x'), at.wall);
      r.state().tick(at.steady);
      check_result c;
      c.passed = i % 2;
      c.strong_validator = true;
      c.validator = std::string(2000, 'y');
      r.count_check(c, at, 0.5);
    }
    CHECK(r.memory() <= 64 * 1024);
    CHECK(r.figures("alpha", later(4000s)).last_error.size() == last_error_max);
  }
  const auto held = (mallinfo2().uordblks - before) / providers + sizeof(health_record);
  MESSAGE(
      "bytes per provider: " << records[0].memory() << " by its own count, " << held
                             << " by the allocator's");
  CHECK(held <= 64 * 1024); // 0 under a sanitizer's allocator.
}

TEST_CASE("health_record: a minute is handed out once, with the time spent up and down") {
  auto r = health_record{60min, availability_options{}, start.steady};
  r.count(metric("alpha", start.steady), start.steady, 0);
  r.count_check({}, later(1s), 0);
  const auto first = r.take_minute(later(60s).steady);
  CHECK(first.outcomes[0] == 1);
  CHECK(first.up == 60s);
  CHECK(first.checks == 1);
  CHECK(first.checks_passed == 0);
  const auto second = r.take_minute(later(90s).steady);
  CHECK(second.outcomes[0] == 0);
  CHECK(second.up == 30s);
  CHECK(r.figures("alpha", later(90s)).total_requests == 1); // The window keeps what was handed out.
}

TEST_CASE("health_record: what checks found out is kept, and a validator is stable once two agreed") {
  auto r = fresh();
  check_result c;
  CHECK_FALSE(r.figures("alpha", start).capabilities);
  c.ranges = true;
  r.count_check(c, start, 0); // Failed: it tells nothing.
  CHECK_FALSE(r.figures("alpha", start).capabilities);
  c.passed = c.strong_validator = true;
  c.validator = "\"1\"";
  r.count_check(c, start, 0);
  CHECK(r.figures("alpha", start).capabilities->ranges);
  CHECK_FALSE(r.figures("alpha", start).capabilities->digests);
  CHECK_FALSE(r.figures("alpha", start).capabilities->stable_validators);
  c.digest = true;
  r.count_check(c, later(60s), 0);
  CHECK(r.standing("alpha", start).capabilities->stable_validators == true);
  CHECK(r.standing("alpha", start).capabilities->digests);
  CHECK(r.standing("alpha", start).capabilities->seen_at == later(60s).wall);
  c.validator = "\"2\"";
  r.count_check(c, later(120s), 0);
  CHECK(r.standing("alpha", start).capabilities->stable_validators == false);
  c.strong_validator = false;
  r.count_check(c, later(180s), 0);
  CHECK(r.standing("alpha", start).capabilities->stable_validators == false);
}

TEST_CASE("health_record: throughput is of the time between the first byte and the last") {
  auto r = fresh();
  auto m = metric("alpha", start.steady, outcome::ok, 1'000'000);
  m.first_byte = 200ms;
  m.total = 1200ms;
  r.count(m, start.steady, 0);
  const auto f = r.figures("alpha", start);
  CHECK(*f.throughput_mbps == doctest::Approx(8));
  CHECK(*f.time_to_first_byte_ms == doctest::Approx(200));
  CHECK(*f.average_response_time_ms == doctest::Approx(1200));
  CHECK(*f.response_time_p50_ms == doctest::Approx(1200).epsilon(0.05));
  CHECK(f.total_bytes_downloaded == 1'000'000);
}

TEST_CASE("health_record: each percentile of the response times is told as itself") {
  auto r = fresh();
  // Of 100 in order, the 50th takes 10 ms, the 95th 100 ms, the 99th 1000 ms.
  for (int i = 1; i <= 100; ++i) {
    auto m = metric("alpha", start.steady);
    m.total = i <= 90 ? 10ms : i <= 96 ? 100ms : 1000ms;
    r.count(m, start.steady, 0);
  }
  const auto f = r.figures("alpha", start);
  CHECK(*f.response_time_p50_ms == doctest::Approx(10).epsilon(0.05));
  CHECK(*f.response_time_p95_ms == doctest::Approx(100).epsilon(0.05));
  CHECK(*f.response_time_p99_ms == doctest::Approx(1000).epsilon(0.05));
  CHECK(*f.average_response_time_ms == doctest::Approx(55));
}

TEST_CASE("health_record: failures in a row are counted raw and end with a success") {
  auto r = fresh();
  for (const auto x : {outcome::provider_fault, outcome::auth, outcome::missing, outcome::throttled})
    r.count(metric("alpha", start.steady, x), start.steady, 0);
  CHECK(r.figures("alpha", start).consecutive_failures == 3);
  r.count(metric("alpha", start.steady), start.steady, 0);
  CHECK(r.figures("alpha", start).consecutive_failures == 0);
}

TEST_CASE("health_record: the end of a cool-down is told as a date, and rounded up") {
  auto r = health_record{60min, {.failure_threshold = 1, .cooldown_base = 30s}};
  CHECK(r.count(metric("alpha", start.steady, outcome::provider_fault), start.steady, 0));
  CHECK(*r.figures("alpha", start).unavailable_until == start.wall + 30s);
  CHECK(*r.standing("alpha", later(10s)).unavailable_until == start.wall + 30s);
  CHECK(*r.figures("alpha", {start.steady + 1ns, start.wall}).unavailable_until == start.wall + 30s);
}

TEST_CASE("health_record: only an answer of the provider spares it a check") {
  for (const auto x : {outcome::provider_fault, outcome::cancelled, outcome::local_fault}) {
    auto r = fresh();
    r.count(metric("alpha", start.steady, x), later(1s).steady, 0);
    CHECK_FALSE(r.answered_after(start.steady));
  }
  auto r = fresh();
  r.count(metric("alpha", start.steady, outcome::missing), later(1s).steady, 0);
  CHECK(r.answered_after(later(1s).steady - 1ns));
  CHECK_FALSE(r.answered_after(later(1s).steady));
}

TEST_CASE("health_record: a check changes state and check time, and no request figure") {
  auto r = fresh();
  check_result passed;
  passed.passed = true;
  CHECK(r.count_check(passed, start, 0));
  const auto f = r.figures("alpha", later(1s));
  CHECK(f.state == provider_state::available);
  CHECK(*f.last_check_time == start.wall);
  CHECK(f.total_requests == 0);
  CHECK_FALSE(f.success_rate);
  CHECK(*f.uptime_percentage == doctest::Approx(100));
}

TEST_CASE("health_record: a reset leaves nothing but the last check's time") {
  auto r = health_record{60min, {.failure_threshold = 1}};
  r.count(metric("alpha", start.steady, outcome::provider_fault, 5), start.steady, 0);
  r.note_failure("connection refused", start.wall);
  CHECK(r.figures("alpha", start).last_error == "connection refused");
  CHECK(*r.figures("alpha", start).last_error_time == start.wall);
  r.reset(later(1s).steady);
  const auto f = r.figures("alpha", later(1s));
  CHECK(f.total_requests == 0);
  CHECK(f.total_bytes_downloaded == 0);
  CHECK(f.consecutive_failures == 0);
  CHECK(f.last_error.empty());
  CHECK_FALSE(f.last_error_time);
  CHECK(f.state == provider_state::unknown);
}

TEST_CASE("health_record: the standing has what a choice needs") {
  auto r = fresh();
  r.count(metric("alpha", start.steady), start.steady, 0);
  r.count(metric("alpha", start.steady, outcome::throttled), start.steady, 0);
  r.count(metric("alpha", start.steady, outcome::missing), start.steady, 0);
  const auto s = r.standing("alpha", start);
  CHECK(s.provider == "alpha");
  CHECK(s.state == provider_state::available);
  CHECK(s.ok == 1);
  CHECK(s.tried == 2);
  CHECK(s.ramp == 0xffffffff);
}

TEST_CASE("health_record: the summary weighs requests, not providers") {
  provider_figures good, bad, idle;
  good.successful_requests = good.samples = 9;
  good.state = provider_state::available;
  bad.samples = 1;
  bad.state = provider_state::unavailable;
  idle.state = provider_state::disabled;
  const auto all = summarize(60, {good, bad, idle});
  CHECK(all.total_providers == 3);
  CHECK(all.available_providers == 1);
  CHECK(*all.overall_success_rate == doctest::Approx(90));
  CHECK_FALSE(summarize(60, {idle}).overall_success_rate);
}
