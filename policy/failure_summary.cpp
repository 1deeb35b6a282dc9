#include "policy/failure_summary.hpp"

#include <algorithm>
#include <array>

namespace tributary {

namespace {

/// The first is the most retryable. `missing` stands apart: it holds only when all agree.
constexpr std::array by_retryability{outcome::throttled, outcome::provider_fault, outcome::local_fault,
                                     outcome::auth,      outcome::policy,         outcome::identity,
                                     outcome::invalid};

std::string last_error(const past_attempt& a) {
  auto text = brief_of(a);
  if (!a.message.empty())
    text += " (" + a.message + ')';
  return text;
}

} // namespace

outcome
class_of_failure(const attempt_ledger& ledger, std::span<const reviewed> all, outcome otherwise) noexcept {
  std::array<bool, outcome_count> seen{};
  const auto see = [&](outcome x) { seen[static_cast<std::size_t>(x)] = true; };
  for (const auto& s : ledger.all())
    if (s.last_failure)
      see(verdict_of(*s.last_failure).result);
  bool unheard = false;
  for (const auto& r : all) {
    if (r.past->last_failure || r.who->state == provider_state::disabled)
      continue;
    unheard = true;
    if (r.unavailable)
      see(outcome::provider_fault);
  }
  const auto was_seen = [&](outcome x) { return seen[static_cast<std::size_t>(x)]; };
  const auto best = std::ranges::find_if(by_retryability, was_seen);
  if (best != by_retryability.end())
    return *best;
  return was_seen(outcome::missing) && !unheard ? outcome::missing : otherwise;
}

std::string
sentence_of_failure(std::string_view why, const attempt_ledger& ledger, std::span<const considered> lines) {
  std::string text{why};
  std::string_view separator = ": ";
  const auto say = [&](std::string_view provider, std::string_view what) {
    text.append(separator).append(provider).append(": ").append(what);
    separator = "; ";
  };
  for (const auto& s : ledger.all())
    if (s.last_failure)
      say(s.provider, last_error(*s.last_failure));
  for (const auto& line : lines)
    if (!ledger.of(line.provider).last_failure)
      say(line.provider, line.skipped.empty() ? "not tried" : line.skipped);
  return text;
}

std::optional<wall_time> retry_could_succeed_at(std::span<const reviewed> all, wall_time now) noexcept {
  std::optional<wall_time> soonest;
  const auto offer = [&](std::optional<wall_time> t) {
    if (t && *t > now && (!soonest || *t < *soonest))
      soonest = t;
  };
  for (const auto& r : all) {
    if (r.past->barred || r.past->other_file || r.who->state == provider_state::disabled)
      continue;
    offer(r.past->not_before);
    if (r.unavailable)
      offer(r.who->unavailable_until);
  }
  return soonest;
}

} // namespace tributary
