#include "policy/availability.hpp"

#include "policy/backoff.hpp"
#include "policy/confidence.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace tributary {

namespace {

constexpr std::array<std::string_view, 5> state_names{
    "unknown", "available", "probation", "unavailable", "disabled"};
constexpr nanoseconds sighting_age_max = seconds{60}, healthy_minute = seconds{60};
constexpr std::size_t sightings_min = 5, sightings_max = 64;
constexpr std::uint32_t pieces_max = 31; ///< Beyond it the ramp grows no further.
constexpr double worst_case_of_success = 0.5, jitter = 0.2;

/// How much longer than the base a cause keeps a provider away: names and certificates are not mended in
/// seconds.
int patience_with(fault cause) noexcept {
  switch (cause) {
  case fault::name_not_found:
    return 10;
  case fault::certificate:
    return 60;
  default:
    return 1;
  }
}

uptime_record::phase phase_of(provider_state x) noexcept {
  switch (x) {
  case provider_state::available:
  case provider_state::probation:
    return uptime_record::phase::up;
  case provider_state::unavailable:
    return uptime_record::phase::down;
  default:
    return uptime_record::phase::uncounted;
  }
}

std::string in_a_row(std::uint32_t n, std::string_view what, fault cause) {
  return std::to_string(n) + ' ' + std::string{what} +
         " in a row, the last: " + std::string{to_string(cause)};
}

} // namespace

std::string_view to_string(provider_state x) noexcept {
  return state_names[static_cast<std::size_t>(x)];
}

bool availability::record(steady_time now, const attempt_seen& a, double unit) {
  if (state_ == provider_state::disabled)
    return false;
  forgive(now);
  if (a.result == outcome::ok) {
    static_cast<void>(record_pieces(1));
    newest_success_began_ = std::max(newest_success_began_.value_or(a.began), a.began);
    return succeeded(now);
  }
  if (a.result != outcome::provider_fault)
    return false;
  const bool seen_already = (last_incident_ && a.began < *last_incident_) ||
                            (newest_success_began_ && a.began < *newest_success_began_);
  if (seen_already)
    return false;
  last_incident_ = now;
  return failed(now, a.cause, unit);
}

bool availability::succeeded(steady_time now) {
  if (state_ == provider_state::unavailable)
    return false;
  incidents_ = 0;
  check_failures_ = 0;
  ++successes_;
  remember(now, true);
  if (state_ == provider_state::unknown) {
    enter(now, provider_state::available, "a request succeeded");
    return true;
  }
  if (state_ == provider_state::probation && successes_ >= opts_.rise) {
    enter(now, provider_state::available, std::to_string(successes_) + " successes in probation");
    return true;
  }
  return false;
}

bool availability::failed(steady_time now, fault cause, double unit) {
  if (state_ == provider_state::unavailable)
    return false;
  ++incidents_;
  remember(now, false);
  healthy_since_ = now;
  if (state_ == provider_state::probation)
    open(now, cause, "failed in probation: " + std::string{to_string(cause)}, unit);
  else if (incidents_ >= opts_.failure_threshold)
    open(now, cause, in_a_row(incidents_, "incidents", cause), unit);
  else if (mostly_failing())
    open(
        now, cause,
        "more than half of the last minute's requests failed, the last: " + std::string{to_string(cause)},
        unit);
  else
    return false;
  return true;
}

bool availability::record_check(steady_time now, bool passed, fault cause, double unit) {
  if (state_ == provider_state::disabled)
    return false;
  forgive(now);
  if (state_ == provider_state::unavailable) {
    if (now < until_)
      return false;
    if (passed)
      enter(now, provider_state::probation, "the cool-down is over and a check passed");
    else
      open(now, cause, "the check after the cool-down failed: " + std::string{to_string(cause)}, unit);
    return true;
  }
  if (passed) {
    check_failures_ = 0;
    if (state_ == provider_state::unknown)
      enter(now, provider_state::available, "a check passed");
    else if (state_ == provider_state::probation && ++successes_ >= opts_.rise)
      enter(now, provider_state::available, std::to_string(successes_) + " successes in probation");
    else
      return false;
    return true;
  }
  ++check_failures_;
  if (state_ == provider_state::probation)
    open(now, cause, "the check in probation failed: " + std::string{to_string(cause)}, unit);
  else if (check_failures_ >= opts_.fall)
    open(now, cause, in_a_row(check_failures_, "failed checks", cause), unit);
  else
    return false;
  return true;
}

bool availability::record_pieces(std::uint32_t n) {
  const auto before = ramp();
  pieces_ = std::min(pieces_, pieces_max) + std::min(n, pieces_max);
  return ramp() != before;
}

bool availability::tick(steady_time now) {
  forgive(now);
  if (state_ != provider_state::unavailable || opts_.checks || now < until_)
    return false;
  enter(now, provider_state::probation, "the cool-down is over");
  return true;
}

bool availability::enable(steady_time now, bool on) {
  if (on == (state_ != provider_state::disabled))
    return false;
  incidents_ = 0;
  enter(
      now, on ? provider_state::unknown : provider_state::disabled,
      on ? "enabled, no request yet" : "disabled");
  return true;
}

bool availability::reset(steady_time now) {
  const bool disabled = state_ == provider_state::disabled,
             changed = !disabled && state_ != provider_state::unknown;
  relapses_ = 0;
  incidents_ = 0;
  last_incident_.reset();
  newest_success_began_.reset();
  uptime_.clear();
  enter(now, disabled ? state_ : provider_state::unknown, disabled ? reason_ : "reset, no request yet");
  return changed;
}

std::optional<steady_time> availability::until() const noexcept {
  return state_ == provider_state::unavailable ? std::optional{until_} : std::nullopt;
}

bool availability::wants_check(steady_time now) const noexcept {
  return opts_.checks && state_ == provider_state::unavailable && now >= until_;
}

std::uint32_t availability::ramp() const noexcept {
  switch (state_) {
  case provider_state::disabled:
    return 0;
  case provider_state::unavailable:
    return 1;
  case provider_state::probation:
    return std::uint32_t{1} << std::min(pieces_, pieces_max);
  default:
    return std::numeric_limits<std::uint32_t>::max();
  }
}

void availability::restore_uptime(steady_time at, nanoseconds span, uptime_record::spent past) {
  using phase = uptime_record::phase;
  const auto up = std::min(past.up, span);
  const auto down = std::min(past.down, span - up);
  if (up > nanoseconds::zero())
    uptime_.enter(at, phase::up);
  if (down > nanoseconds::zero())
    uptime_.enter(at + up, phase::down);
  uptime_.enter(at + up + down, phase::uncounted);
}

std::size_t availability::memory() const noexcept {
  return sizeof *this + reason_.capacity() + sightings_max * sizeof(sighting) +
         uptime_record::changes_max * 2 * sizeof(steady_time);
}

void availability::enter(steady_time now, provider_state s, std::string reason) {
  state_ = s;
  reason_ = std::move(reason);
  successes_ = 0;
  pieces_ = 0;
  check_failures_ = 0;
  recent_.clear();
  healthy_since_ = now;
  uptime_.enter(now, phase_of(s));
}

void availability::open(steady_time now, fault cause, std::string reason, double unit) {
  enter(now, provider_state::unavailable, std::move(reason));
  incidents_ = 0;
  cool_down(now, cause, unit);
}

void availability::cool_down(steady_time now, fault cause, double unit) {
  const auto ceiling = opts_.cooldown_max;
  const auto plain = backoff_ceiling({opts_.cooldown_base * patience_with(cause), ceiling}, relapses_);
  const auto extra = static_cast<double>(plain.count()) * jitter * std::clamp(unit, 0.0, 1.0);
  until_ = now + std::min(plain + milliseconds{static_cast<std::int64_t>(extra)}, ceiling);
  if (relapses_ < std::numeric_limits<std::uint32_t>::max())
    ++relapses_;
}

void availability::remember(steady_time now, bool ok) {
  recent_.push_back({now, ok});
  while (recent_.size() > sightings_max || now - recent_.front().at > sighting_age_max)
    recent_.pop_front();
}

bool availability::mostly_failing() const {
  if (recent_.size() < sightings_min)
    return false;
  const auto ok = std::ranges::count(recent_, true, &sighting::ok);
  return wilson95(static_cast<std::uint64_t>(ok), recent_.size())->high < worst_case_of_success;
}

void availability::forgive(steady_time now) {
  if (state_ != provider_state::available || relapses_ == 0)
    return;
  const auto minutes = (now - healthy_since_) / healthy_minute;
  if (minutes <= 0)
    return;
  relapses_ -= static_cast<std::uint32_t>(std::min<std::int64_t>(minutes, relapses_));
  healthy_since_ += minutes * healthy_minute;
}

} // namespace tributary
