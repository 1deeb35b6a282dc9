// What is known of one provider's health, and how it is told: window, availability and last error turned into
// figures and standings. No messages and no clock: both times come in as arguments.
#pragma once

#include "config/settings.hpp"
#include "messages/health.hpp"
#include "policy/rolling_window.hpp"
#include "policy/rollup.hpp"

#include <string>
#include <string_view>

namespace tributary {

/// One instant on both clocks, to turn deadlines of the one into dates of the other.
struct instant {
  steady_time steady;
  wall_time wall;
};

/// Failures are what makes success_rate smaller: provider_fault, throttled and auth.
[[nodiscard]] constexpr bool is_failure(outcome x) noexcept {
  return x != outcome::ok && counts_in_success_rate(x);
}

/// The health options of one provider. An ephemeral one, made for a URL that somebody gave, is never checked
/// actively: nobody said that its origin may be polled.
[[nodiscard]] availability_options availability_of(const global_settings& g, bool configured);

/// A provider that the settings do not name (an ephemeral one) is enabled.
[[nodiscard]] bool is_enabled(const settings& s, const std::string& provider);

class health_record {
public:
  /// @param began since when its time counts in the history.
  health_record(std::chrono::minutes window, availability_options options, steady_time began = {})
      : window_(window), availability_(options), minute_began_(began) {}

  /// Counts one finished operation. True: the state changed. `unit` is random in [0, 1). @pre now never goes
  /// back.
  bool count(const request_metric& m, steady_time now, double unit);

  /// Keeps the text of a failure, beside count().
  void note_failure(std::string_view error, wall_time at);

  /// Counts an active check: for the state, the capabilities and last_check_time only. True: the state
  /// changed.
  bool count_check(const check_result& r, instant now, double unit);
  /// A check that says nothing of the provider: it is dated, and that is all.
  void note_check(wall_time at) { last_check_time_ = at; }

  /// Clears the figures and the state.
  void reset(steady_time now);
  /// An empty window of another length, with the figures that are measured in it.
  void resize(std::chrono::minutes window);

  [[nodiscard]] availability& state() noexcept { return availability_; }
  [[nodiscard]] const availability& state() const noexcept { return availability_; }

  /// What came since this was last called (or since the record was made), for the history.
  [[nodiscard]] rollup take_minute(steady_time now);
  /// Counts what an earlier process saw in the minute that began at `at`. Call in the order of `at`, before
  /// anything is counted.
  void restore(steady_time at, const rollup& past);

  /// Did the provider answer a real request after `at`, in whatever way?
  [[nodiscard]] bool answered_after(steady_time at) const noexcept { return answered_ && *answered_ > at; }

  /// total_requests counts every class, failed_requests those of is_failure: success_rate is successful over
  /// successful + failed, and `outcomes` has the rest.
  [[nodiscard]] provider_figures figures(std::string provider, instant now) const;
  [[nodiscard]] provider_standing standing(std::string provider, instant now) const;

  /// Bytes held: at most 64 KiB.
  [[nodiscard]] std::size_t memory() const noexcept;

private:
  void forget();
  void note_capabilities(const check_result& r, wall_time at);
  [[nodiscard]] std::optional<wall_time> unavailable_until(instant now) const;

  rolling_window window_;
  availability availability_;
  rollup minute_;              ///< Since take_minute.
  steady_time minute_began_{}; ///< Nothing is known of the time before.
  std::uint64_t consecutive_failures_ = 0;
  std::optional<steady_time> answered_;
  std::string last_error_;
  std::optional<wall_time> last_error_time_, last_check_time_;
  std::optional<provider_capabilities> capabilities_;
  std::string validator_; ///< The strong ETag of the newest check that passed, or "".
};

/// A longer error text is cut.
inline constexpr std::size_t last_error_max = 500;

/// The figures of all configured providers, summed up and put in order of name.
[[nodiscard]] health_summary summarize(std::int32_t window_minutes, std::vector<provider_figures> figures);

} // namespace tributary
