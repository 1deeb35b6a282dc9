// How a job that is given up ends: its class, its sentence, and when a retry could succeed. The closing half
// of failover_plan. Pure.
#pragma once

#include "policy/candidate_review.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tributary {

/// `missing` only if everybody who could be asked said so, else the most retryable class of the last errors;
/// an unavailable provider that was not asked counts as provider_fault. `otherwise` when nobody said
/// anything.
[[nodiscard]] outcome
class_of_failure(const attempt_ledger& ledger, std::span<const reviewed> all, outcome otherwise) noexcept;

/// "`why`: alpha: refused (connect: ...); beta: 404 missing": everybody tried, then those who were not, with
/// the reason.
[[nodiscard]] std::string
sentence_of_failure(std::string_view why, const attempt_ledger& ledger, std::span<const considered> lines);

/// The soonest end of a Retry-After or cool-down among those who did not refuse for good; empty: nobody named
/// a time.
[[nodiscard]] std::optional<wall_time>
retry_could_succeed_at(std::span<const reviewed> all, wall_time now) noexcept;

} // namespace tributary
