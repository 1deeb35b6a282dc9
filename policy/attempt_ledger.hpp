// What a job's attempts so far say about each provider: the memory that failover_plan plans with. Pure.
#pragma once

#include "policy/failover_plan.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tributary {

/// One provider's record within one job.
struct standing {
  std::string_view provider;
  bool tried = false;                   ///< Something was sent to it, ever.
  bool other_file = false;              ///< It offered another file than the job's.
  bool afresh_spent = false;            ///< The job began anew with this provider's file before.
  std::uint32_t failures = 0;           ///< Since the last verified bytes of the job; our own faults apart.
  std::uint32_t refusals = 0;           ///< 416 in a row.
  std::uint32_t busy = 0;               ///< Times in a row that its actor had no room.
  wall_time not_before{};               ///< The latest Retry-After.
  wall_time counted{};                  ///< End of the last failure that counted.
  const past_attempt* barred = nullptr; ///< Its verdict said never again: out for this job.
  const past_attempt* last_failure = nullptr; ///< Newest attempt that was neither ok nor cancelled.
  const past_attempt* last_delay = nullptr;   ///< What the next try waits after: the newest failure or busy.

  /// Has it a claim to one attempt, whatever the others used up? For its first, or for its own file.
  [[nodiscard]] bool is_owed_one() const noexcept {
    return !barred && (!tried || (other_file && !afresh_spent && failures == 0));
  }
};

class attempt_ledger {
public:
  /// The ledger looks into `attempts` for as long as it lives.
  explicit attempt_ledger(std::span<const past_attempt> attempts);

  /// The record of a provider; an untouched one when there is none. Valid until the ledger ends.
  [[nodiscard]] const standing& of(std::string_view provider) const noexcept;

  /// Everybody who was asked, in the order of the first attempt.
  [[nodiscard]] std::span<const standing> all() const noexcept { return standings_; }

  /// Failed attempts of the job since the last verified bytes: all but ok, cancelled, busy and identity.
  [[nodiscard]] std::uint32_t failed() const noexcept { return failed_; }

  /// The newest attempt that was not cancelled; null when there is none.
  [[nodiscard]] const past_attempt* newest() const noexcept { return newest_; }

private:
  standing& entry(std::string_view provider);
  void count(const past_attempt& a);
  void forget_failures() noexcept;
  void note_identity(standing& s, const past_attempt& a, const verdict& v) noexcept;

  std::vector<standing> standings_;
  std::uint32_t failed_ = 0;
  const past_attempt* newest_ = nullptr;
};

[[nodiscard]] inline verdict verdict_of(const past_attempt& a) noexcept {
  return verdict_of(a.cause, a.status, a.retry_after.has_value());
}

/// "404 missing", "certificate", "busy": an attempt's error in a word or two.
[[nodiscard]] std::string brief_of(const past_attempt& a);

} // namespace tributary
