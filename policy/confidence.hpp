// How far a success rate can be trusted.
#pragma once

#include <cstdint>
#include <optional>

namespace tributary {

struct interval {
  double low = 0, high = 1; ///< Shares, 0-1.
};

/// Wilson score interval, 95 % (z = 1.959964), of `ok` successes among `n` tries; empty when n == 0.
/// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22,
/// 1927.
[[nodiscard]] std::optional<interval> wilson95(std::uint64_t ok, std::uint64_t n) noexcept;

/// Posterior mean of success under a Beta(9,1) prior: (9 + ok) / (10 + n). A newcomer starts at 0.9.
/// Source: the conjugate prior of the Bernoulli likelihood (Gelman et al., Bayesian Data Analysis, ch. 2).
[[nodiscard]] double success_posterior(std::uint64_t ok, std::uint64_t n) noexcept;

} // namespace tributary
