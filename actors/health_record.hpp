// What is known of one provider's health, and how it is told: window, availability and last error turned into
// figures and standings. No messages and no clock: both times come in as arguments.
#pragma once

#include "config/settings.hpp"
#include "messages/health.hpp"
#include "policy/rolling_window.hpp"

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
  health_record(std::chrono::minutes window, availability_options options)
      : window_(window), availability_(options) {}

  /// Counts one finished operation. True: the state changed. `unit` is random in [0, 1). @pre now never goes
  /// back.
  bool count(const request_metric& m, steady_time now, double unit);

  /// Keeps the text of a failure, beside count().
  void note_failure(std::string_view error, wall_time at);

  /// Counts an active check: for the state and last_check_time only. True: the state changed.
  bool count_check(const check_result& r, instant now, double unit);

  /// Clears the figures and the state.
  void reset(steady_time now);
  /// An empty window of another length, with the figures that are measured in it.
  void resize(std::chrono::minutes window);

  [[nodiscard]] availability& state() noexcept { return availability_; }
  [[nodiscard]] const availability& state() const noexcept { return availability_; }

  /// Did the provider answer a real request after `at`, in whatever way?
  [[nodiscard]] bool answered_after(steady_time at) const noexcept { return answered_ && *answered_ > at; }

  /// total_requests counts every class, failed_requests those of is_failure: success_rate is successful over
  /// successful + failed, and `outcomes` has the rest.
  [[nodiscard]] provider_figures figures(std::string provider, instant now) const;
  [[nodiscard]] provider_standing standing(std::string provider, instant now) const;

private:
  void forget();
  [[nodiscard]] std::optional<wall_time> unavailable_until(instant now) const;

  rolling_window window_;
  availability availability_;
  std::uint64_t consecutive_failures_ = 0;
  std::optional<steady_time> answered_;
  std::string last_error_;
  std::optional<wall_time> last_error_time_, last_check_time_;
};

/// The figures of all configured providers, summed up and put in order of name.
[[nodiscard]] health_summary summarize(std::int32_t window_minutes, std::vector<provider_figures> figures);

} // namespace tributary
