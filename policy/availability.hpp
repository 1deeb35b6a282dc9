// May this provider be asked now? State of one provider (DESIGN.md section 4), which is also its circuit
// breaker: available = closed, probation = half-open, unavailable = open. Pure: time and randomness come in
// as arguments.
#pragma once

#include "policy/outcome.hpp"
#include "policy/time.hpp"
#include "policy/uptime.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace tributary {

enum class provider_state : std::uint8_t { unknown, available, probation, unavailable, disabled };

[[nodiscard]] std::string_view to_string(provider_state x) noexcept;
[[nodiscard]] constexpr bool is_available(provider_state x) noexcept {
  return x == provider_state::unknown || x == provider_state::available || x == provider_state::probation;
}

struct availability_options {
  std::uint32_t failure_threshold = 3; ///< Consecutive incidents that open the breaker.
  std::uint32_t rise = 2;              ///< Successes in probation that close it.
  std::uint32_t fall = 3; ///< Consecutive failed active checks that count as a threshold reached.
  milliseconds cooldown_base{30'000};
  milliseconds cooldown_max{900'000};
  bool checks = true; ///< After a cool-down an active check must pass. Off: time alone leads on.
  std::chrono::minutes uptime_window{60};
};

/// One finished attempt as the breaker sees it.
struct attempt_seen {
  outcome result = outcome::ok;
  fault cause = fault::none;
  steady_time began;
};

/// The members that take a time return true when something changed that others act on: the state, or the end
/// of the cool-down. `unit` is a random number in [0, 1). Time never goes back.
class availability {
public:
  explicit availability(availability_options o) : opts_(o) {}

  /// New thresholds hold from now on; the state and a running cool-down stay.
  void configure(availability_options o) { opts_ = o; }

  /// Counts a finished attempt. Only provider_fault can be an incident, and only when the attempt did not
  /// begin before the previous incident was seen, nor before the newest success began: one blip that hits
  /// eight streams counts once. While unavailable, what the attempts of a desperate job bring neither
  /// shortens nor extends the cool-down.
  bool record(steady_time now, const attempt_seen& a, double unit);

  /// Counts the answer of an active check: it moves the state, never the request figures. In probation a pass
  /// is a success and a failure a relapse; after a cool-down a pass leads to probation and a failure extends
  /// the cool-down as a relapse does; before its end neither does anything.
  bool record_check(steady_time now, bool passed, fault cause, double unit);

  /// So many further pieces of a running transfer were verified: they widen the ramp of a probation, nothing
  /// else. True: the ramp changed.
  bool record_pieces(std::uint32_t n);

  /// Lets time pass: with checks off, the end of a cool-down leads to probation. Call at `until()`.
  bool tick(steady_time now);

  /// Off: disabled, whatever the state was. On again: unknown, with the cool-down's exponent kept.
  bool enable(steady_time now, bool on);

  /// Back to unknown, with all counters cleared; a disabled provider stays disabled.
  bool reset(steady_time now);

  [[nodiscard]] provider_state state() const noexcept { return state_; }
  /// Of the present state, for people.
  [[nodiscard]] std::string_view reason() const noexcept { return reason_; }
  /// End of the cool-down while unavailable.
  [[nodiscard]] std::optional<steady_time> until() const noexcept;
  /// Is the cool-down over, so that a passing check may lead to probation?
  [[nodiscard]] bool wants_check(steady_time now) const noexcept;
  /// How many leases the state allows beside the provider's own limit: in probation one, then double per
  /// verified piece (the end of a transfer is its last one); while unavailable one, for a job that has nobody
  /// better; disabled none; else no limit (the largest number).
  [[nodiscard]] std::uint32_t ramp() const noexcept;
  /// Share (0-1) of the known and enabled time of the window spent available (probation included); empty when
  /// none has passed.
  [[nodiscard]] std::optional<double> uptime(steady_time now) const noexcept {
    return uptime_.share(now, opts_.uptime_window);
  }
  /// Known and enabled time spent available (probation included) and unavailable, in (from, to].
  [[nodiscard]] uptime_record::spent spent(steady_time from, steady_time to) const noexcept {
    return uptime_.between(from, to);
  }
  /// What an earlier process knew of the span that began at `at`. Call in the order of `at`, before the first
  /// state is entered.
  void restore_uptime(steady_time at, nanoseconds span, uptime_record::spent past);

  /// Bytes held.
  [[nodiscard]] std::size_t memory() const noexcept;

private:
  struct sighting {
    steady_time at;
    bool ok;
  };
  void enter(steady_time now, provider_state s, std::string reason);
  void open(steady_time now, fault cause, std::string reason, double unit);
  void cool_down(steady_time now, fault cause, double unit);
  bool succeeded(steady_time now);
  bool failed(steady_time now, fault cause, double unit);
  void remember(steady_time now, bool ok);
  [[nodiscard]] bool mostly_failing() const;
  void forgive(steady_time now);

  availability_options opts_;
  provider_state state_ = provider_state::unknown;
  std::string reason_ = "no request yet";
  std::uint32_t incidents_ = 0;      ///< In a row.
  std::uint32_t check_failures_ = 0; ///< In a row.
  std::uint32_t successes_ = 0;      ///< Since entering the state.
  std::uint32_t pieces_ = 0;         ///< Verified since entering the state.
  std::uint32_t relapses_ = 0;       ///< k of the cool-down formula.
  std::optional<steady_time> last_incident_, newest_success_began_;
  std::deque<sighting> recent_; ///< Since entering the state, at most 60 s old, at most 64.
  steady_time until_{};         ///< While unavailable.
  steady_time healthy_since_{}; ///< Entering the state, the last incident, or the last minute forgiven.
  uptime_record uptime_;
};

} // namespace tributary
