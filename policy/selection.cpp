#include "policy/selection.hpp"

#include "policy/confidence.hpp"
#include "policy/names.hpp"

#include <algorithm>
#include <array>

namespace tributary {

namespace {

constexpr std::array<std::string_view, 3> names{"priority", "best", "fastest"};
constexpr double equal_posterior = 0.01;
constexpr std::uint64_t assumed_bytes = std::uint64_t{64} << 20;
constexpr double bytes_per_second_per_mbps = 125'000;

// What an unmeasured provider is taken for while nobody is measured: equal for all, so only its being finite
// matters.
constexpr double assumed_mbps = 10, assumed_first_byte_ms = 100;

using measure = std::optional<double> selection_terms::*;

double median_of(std::span<const selection_terms> terms, measure m, double otherwise) {
  std::vector<double> known;
  for (const auto& t : terms)
    if (t.*m)
      known.push_back(*(t.*m));
  if (known.empty())
    return otherwise;
  const auto middle = known.begin() + static_cast<std::ptrdiff_t>(known.size() / 2);
  std::nth_element(known.begin(), middle, known.end());
  if (known.size() % 2 == 1)
    return *middle;
  return (*middle + *std::max_element(known.begin(), middle)) / 2;
}

double posterior(const selection_terms& t) {
  return success_posterior(t.ok, t.tried);
}

void score_fastest(std::span<const selection_terms> terms, std::uint64_t bytes, std::vector<ranked>& out) {
  const double mbps = median_of(terms, &selection_terms::throughput_mbps, assumed_mbps);
  const double first_byte_ms = median_of(terms, &selection_terms::first_byte_ms, assumed_first_byte_ms);
  const double size = static_cast<double>(bytes == 0 ? assumed_bytes : bytes);
  for (auto& r : out) {
    const auto& t = terms[r.index];
    // The floors keep a provider that was measured at nothing comparable: last, but not at infinity.
    const double share = std::max(t.throughput_mbps.value_or(mbps), 1e-6) / (1.0 + t.leases);
    const double seconds =
        t.first_byte_ms.value_or(first_byte_ms) / 1000 + size / (share * bytes_per_second_per_mbps);
    r.score = posterior(t) / std::max(seconds, 1e-9);
  }
}

/// Cuts the ranking into bands that reach 0.01 below their leader, and sorts each by the throughput that one
/// more stream may expect; the unmeasured by how few it would share with.
void settle_near_ties(std::span<const selection_terms> terms, std::vector<ranked>& out) {
  const auto faster = [&](const ranked& a, const ranked& b) {
    const auto share_of = [](const selection_terms& t) {
      return t.throughput_mbps.value_or(0) / (1.0 + t.leases);
    };
    const auto &x = terms[a.index], &y = terms[b.index];
    return share_of(x) != share_of(y) ? share_of(x) > share_of(y) : x.leases < y.leases;
  };
  for (auto leader = out.begin(); leader != out.end();) {
    const double floor = leader->score - equal_posterior;
    const auto end = std::find_if(leader, out.end(), [&](const ranked& r) { return r.score < floor; });
    std::stable_sort(leader, end, faster);
    leader = end;
  }
}

} // namespace

std::string_view to_string(strategy x) noexcept {
  return names[static_cast<std::size_t>(x)];
}

std::optional<strategy> strategy_from(std::string_view name) noexcept {
  return named<strategy>(names, name);
}

std::vector<ranked> rank(std::span<const selection_terms> terms, strategy how, std::uint64_t bytes) {
  std::vector<ranked> out(terms.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i].index = i;
  switch (how) {
  case strategy::priority:
    for (auto& r : out)
      r.score = 1.0 / (1.0 + terms[r.index].position);
    break;
  case strategy::best:
    for (auto& r : out)
      r.score = posterior(terms[r.index]);
    break;
  case strategy::fastest:
    score_fastest(terms, bytes, out);
    break;
  }
  std::ranges::sort(out, [&](const ranked& a, const ranked& b) {
    if (a.score != b.score)
      return a.score > b.score;
    const auto at = terms[a.index].position, bt = terms[b.index].position;
    return at != bt ? at < bt : a.index < b.index;
  });
  if (how == strategy::best)
    settle_near_ties(terms, out);
  return out;
}

} // namespace tributary
