#include "actors/health_record.hpp"

#include "policy/confidence.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tributary {

namespace {

milliseconds from_seconds(double s) {
  return milliseconds{std::llround(s * 1000)};
}

/// Did the provider itself say something, good or bad? Then an active check would tell nothing new.
bool is_answer(outcome x) noexcept {
  switch (x) {
  case outcome::provider_fault:
  case outcome::cancelled:
  case outcome::local_fault:
    return false;
  default:
    return true;
  }
}

std::optional<double> percent(std::optional<double> share) {
  return share ? std::optional{*share * 100} : std::nullopt;
}

} // namespace

availability_options availability_of(const global_settings& g, bool configured) {
  availability_options o;
  o.failure_threshold = static_cast<std::uint32_t>(g.failure_threshold);
  o.rise = static_cast<std::uint32_t>(g.rise);
  o.fall = static_cast<std::uint32_t>(g.fall);
  o.cooldown_base = from_seconds(g.cooldown_base_seconds);
  o.cooldown_max = from_seconds(g.cooldown_max_seconds);
  o.checks = configured && g.health_check_interval_seconds > 0;
  o.uptime_window = std::chrono::minutes{g.health_window_minutes};
  return o;
}

bool is_enabled(const settings& s, const std::string& provider) {
  const auto at = s.providers.find(provider);
  return at == s.providers.end() || at->second.enabled;
}

bool health_record::count(const request_metric& m, steady_time now, double unit) {
  window_sample s;
  s.result = m.result;
  s.total = m.total;
  s.first_byte = m.first_byte;
  s.bytes = m.bytes;
  if (m.first_byte)
    s.body = std::max(m.total - *m.first_byte, nanoseconds::zero());
  window_.record(now, s);
  minute_.add(s);
  if (m.result == outcome::ok)
    consecutive_failures_ = 0;
  else if (is_failure(m.result))
    ++consecutive_failures_;
  if (is_answer(m.result))
    answered_ = now;
  return availability_.record(now, {.result = m.result, .cause = m.cause, .began = m.began}, unit);
}

void health_record::note_failure(std::string_view error, wall_time at) {
  last_error_ = error.substr(0, last_error_max);
  last_error_time_ = at;
}

bool health_record::count_check(const check_result& r, instant now, double unit) {
  note_check(now.wall);
  ++minute_.checks;
  minute_.checks_passed += r.passed;
  if (r.passed)
    note_capabilities(r, now.wall);
  return availability_.record_check(now.steady, r.passed, r.cause, unit);
}

/// Two checks in a row ask for the same small thing: a strong validator that changed between them may not be
/// relied on.
void health_record::note_capabilities(const check_result& r, wall_time at) {
  provider_capabilities c;
  c.ranges = r.ranges;
  c.digests = r.digest;
  c.seen_at = at;
  if (!r.strong_validator)
    c.stable_validators = false;
  else if (!validator_.empty())
    c.stable_validators = r.validator == validator_;
  validator_ = r.strong_validator ? r.validator.substr(0, last_error_max) : std::string{};
  capabilities_ = c;
}

rollup health_record::take_minute(steady_time now) {
  auto out = std::exchange(minute_, rollup{});
  const auto spent = availability_.spent(minute_began_, now);
  out.up = spent.up;
  out.down = spent.down;
  minute_began_ = now;
  return out;
}

void health_record::restore(steady_time at, const rollup& past) {
  window_.restore(at, past);
  availability_.restore_uptime(at, std::chrono::minutes{1}, {past.up, past.down});
}

std::size_t health_record::memory() const noexcept {
  return sizeof *this - sizeof window_ - sizeof availability_ + window_.memory() + availability_.memory() +
         last_error_.capacity() + validator_.capacity();
}

void health_record::reset(steady_time now) {
  window_.clear();
  availability_.reset(now);
  forget();
}

void health_record::resize(std::chrono::minutes window) {
  window_ = rolling_window{window};
  forget();
}

void health_record::forget() {
  consecutive_failures_ = 0;
  last_error_.clear();
  last_error_time_.reset();
}

std::optional<wall_time> health_record::unavailable_until(instant now) const {
  const auto until = availability_.until();
  return until ? std::optional{now.wall + std::chrono::ceil<milliseconds>(*until - now.steady)}
               : std::nullopt;
}

provider_figures health_record::figures(std::string provider, instant now) const {
  const auto seen = window_.figures(now.steady);
  provider_figures f;
  f.provider = std::move(provider);
  f.state = availability_.state();
  f.state_reason = availability_.reason();
  f.unavailable_until = unavailable_until(now);
  f.total_requests = seen.total();
  f.successful_requests = seen.of(outcome::ok);
  f.samples = seen.samples();
  f.failed_requests = f.samples - f.successful_requests;
  f.success_rate = percent(seen.success_rate);
  f.average_response_time_ms = seen.average_response_ms;
  f.response_time_p50_ms = seen.p50_ms;
  f.response_time_p95_ms = seen.p95_ms;
  f.response_time_p99_ms = seen.p99_ms;
  f.time_to_first_byte_ms = seen.time_to_first_byte_ms;
  f.throughput_mbps = seen.throughput_mbps;
  f.consecutive_failures = consecutive_failures_;
  f.total_bytes_downloaded = seen.bytes;
  f.uptime_percentage = percent(availability_.uptime(now.steady));
  f.last_error = last_error_;
  f.last_error_time = last_error_time_;
  f.last_check_time = last_check_time_;
  f.outcomes = seen.outcomes;
  if (const auto trust = wilson95(f.successful_requests, f.samples)) {
    f.ci95_low = trust->low * 100;
    f.ci95_high = trust->high * 100;
  }
  f.capabilities = capabilities_;
  return f;
}

provider_standing health_record::standing(std::string provider, instant now) const {
  const auto seen = window_.figures(now.steady);
  provider_standing s;
  s.provider = std::move(provider);
  s.state = availability_.state();
  s.reason = availability_.reason();
  s.unavailable_until = unavailable_until(now);
  s.ramp = availability_.ramp();
  s.ok = seen.of(outcome::ok);
  s.tried = seen.samples();
  s.throughput_mbps = seen.throughput_mbps;
  s.first_byte_ms = seen.time_to_first_byte_ms;
  s.capabilities = capabilities_;
  return s;
}

health_summary summarize(std::int32_t window_minutes, std::vector<provider_figures> figures) {
  std::ranges::sort(figures, {}, &provider_figures::provider);
  health_summary all;
  all.window_minutes = window_minutes;
  all.total_providers = static_cast<std::uint32_t>(figures.size());
  std::uint64_t ok = 0, samples = 0;
  for (const auto& f : figures) {
    all.available_providers += is_available(f.state) ? 1u : 0u;
    ok += f.successful_requests;
    samples += f.samples;
  }
  if (samples > 0)
    all.overall_success_rate = 100 * static_cast<double>(ok) / static_cast<double>(samples);
  all.providers = std::move(figures);
  return all;
}

} // namespace tributary
