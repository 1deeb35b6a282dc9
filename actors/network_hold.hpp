// How long one job waits for this machine's own network: until its deadline, else for five minutes; and when
// the network is back, a little longer, so that not all go on in the same instant. Pure.
#pragma once

#include "policy/time.hpp"

#include <functional>
#include <optional>

namespace tributary {

class network_hold {
public:
  static constexpr std::chrono::minutes longest{5}; ///< Of a job without a deadline.
  static constexpr seconds spread{5};               ///< Of the jobs that go on.

  /// Is waiting for the network still right for this job? Called when a provider that it would use is held.
  [[nodiscard]] bool may_wait(steady_time now, bool has_deadline) {
    if (!since_)
      since_ = now;
    resume_.reset();
    return has_deadline || (!spent_ && now - *since_ < longest);
  }

  /// An earlier run of the job has waited its time, and went on: it does not wait once more.
  void spend() noexcept { spent_ = true; }

  /// No provider is held any more: when the job may go on. `unit` yields random numbers in [0, 1).
  [[nodiscard]] steady_time resumes_at(steady_time now, const std::function<double()>& unit) {
    if (!resume_)
      resume_ = now + std::chrono::duration_cast<nanoseconds>(unit() * std::chrono::duration<double>(spread));
    return *resume_;
  }

  /// It goes on.
  void end() noexcept {
    since_.reset();
    resume_.reset();
    spent_ = false;
  }

  [[nodiscard]] bool is_on() const noexcept { return since_.has_value(); }

private:
  std::optional<steady_time> since_, resume_;
  bool spent_ = false;
};

} // namespace tributary
