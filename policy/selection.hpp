// Ranks providers for one download. One pure function; it returns the terms that it used, so that a stored
// trace can be recomputed to the same choice.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tributary {

enum class strategy : std::uint8_t {
  priority, ///< Chain order.
  best,     ///< Posterior of success, then throughput.
  fastest,  ///< Expected finish, divided by the posterior.
};
[[nodiscard]] std::string_view to_string(strategy x) noexcept;
[[nodiscard]] std::optional<strategy> strategy_from(std::string_view name) noexcept;

/// What is known of one provider: the only inputs of the choice.
struct selection_terms {
  std::uint32_t position = 0; ///< In the chain, 0 first.
  std::uint64_t ok = 0;       ///< Over the window.
  std::uint64_t tried = 0;    ///< ok + provider_fault + throttled + auth, over the window.
  std::optional<double> throughput_mbps;
  std::optional<double> first_byte_ms;
  std::uint32_t leases = 0; ///< Held now: a provider's throughput is shared among them and one more.
};

struct ranked {
  std::size_t index = 0; ///< Into the span that came in.
  double score = 0;      ///< Higher is better; comparable within one ranking only.
};

/// Best first. `bytes` is what is left to fetch (0: unknown, taken as 64 MiB). Ties keep chain order.
///  - priority: score = 1 / (1 + position)
///  - best: score = posterior(ok, tried); among those within 0.01 of the best that is left, the higher
///    throughput wins (an unmeasured one is the slowest)
///  - fastest: score = posterior / (first_byte + bytes / (throughput / (leases + 1))), in 1/s; an unmeasured
///    provider is taken as the median of the measured ones, so that newcomers get tried
[[nodiscard]] std::vector<ranked>
rank(std::span<const selection_terms> terms, strategy how, std::uint64_t bytes);

} // namespace tributary
