#include "policy/candidate_review.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tributary {

namespace {

std::string ratio(std::uint64_t part, std::uint64_t whole) {
  return std::to_string(part) + '/' + std::to_string(whole);
}

/// When the next try may begin after `a`, the newest failure (or busy) of a provider: number `n` in a row,
/// from 1.
wall_time ready_after(
    const past_attempt& a, std::uint32_t n, const candidate& c, const plan_options& o, wall_time now,
    const std::function<double()>& unit) {
  const auto again = verdict_of(a).again;
  const bool at_once = again == same_provider::no || again == same_provider::recheck;
  if (a.retry_after && !at_once)
    return *a.retry_after;      // Told when: no backoff on top of it.
  if (at_once || a.ended > now) // Or the clock was set back: that time need not come round again.
    return std::min(a.ended, now);
  const auto retry = n == 0 ? 0 : n - 1;
  const auto longest = a.ended + backoff_ceiling(c.backoff, retry);
  if (longest <= now)
    return longest; // Slept whatever would be drawn.
  if (o.slept_until && a.ended < *o.slept_until)
    return std::min(*o.slept_until, longest);
  return a.ended + backoff_delay(c.backoff, retry, a.luck ? *a.luck : unit());
}

/// May a further attempt be spent on a provider that had its share? The last ones are kept for those owed
/// one.
bool attempts_to_spare(const attempt_ledger& ledger, std::span<const candidate> all, std::uint32_t max) {
  const auto owed = std::ranges::count_if(all, [&](const candidate& c) {
    return c.state != provider_state::disabled && ledger.of(c.provider).is_owed_one();
  });
  return ledger.failed() + static_cast<std::uint64_t>(owed) < max;
}

std::string
why_out(const reviewed& r, bool afresh, bool spare, const attempt_ledger& ledger, std::uint32_t max) {
  const auto& c = *r.who;
  const auto& s = *r.past;
  if (c.state == provider_state::disabled)
    return "disabled";
  if (s.barred)
    return brief_of(*s.barred);
  if (s.other_file && !(afresh && !s.afresh_spent))
    return "another file";
  if (s.failures > c.max_retries)
    return "retries spent " + ratio(c.max_retries, c.max_retries);
  if (s.failures > 0 && !c.retry_allowed)
    return "retry budget spent";
  if (!spare && !s.is_owed_one())
    return ledger.failed() < max ? "attempts kept for others"
                                 : "attempts spent " + ratio(ledger.failed(), max);
  return {};
}

} // namespace

std::vector<reviewed> review(
    const attempt_ledger& ledger, std::span<const candidate> candidates, const plan_options& options,
    bool afresh, wall_time now, const std::function<double()>& unit) {
  std::vector<selection_terms> terms;
  terms.reserve(candidates.size());
  for (const auto& c : candidates)
    terms.push_back(c.terms);
  const bool spare = attempts_to_spare(ledger, candidates, options.max_attempts);

  std::vector<reviewed> all;
  all.reserve(candidates.size());
  for (const auto& place : rank(terms, options.how, options.bytes_left)) {
    const auto& c = candidates[place.index];
    const auto& s = ledger.of(c.provider);
    reviewed r;
    r.who = &c;
    r.past = &s;
    r.score = place.score;
    r.out = why_out(r, afresh, spare, ledger, options.max_attempts);
    r.other_file = s.other_file;
    r.unavailable = c.state == provider_state::unavailable;
    r.full = c.held || c.terms.leases >= c.limit;
    if (r.out.empty() && s.last_delay) {
      const auto& a = *s.last_delay;
      const auto in_a_row = a.cause == fault::busy ? s.busy : s.failures;
      r.ready = std::max(s.not_before, ready_after(a, in_a_row, c, options, now, unit));
      r.told_when =
          a.cause == fault::busy || verdict_of(a).again == same_provider::not_before || s.not_before > now;
    }
    all.push_back(std::move(r));
  }
  return all;
}

std::vector<considered> lines_of(std::span<const reviewed> all, const candidate* chosen, wall_time now) {
  std::vector<considered> lines;
  lines.reserve(all.size());
  for (const auto& r : all) {
    considered line{r.who->provider, r.score, r.who->terms, r.out};
    if (r.who == chosen || !r.out.empty()) {
      // Usable, or said already.
    } else if (r.who->held) {
      line.skipped = "own network down";
    } else if (r.unavailable) {
      line.skipped = "unavailable";
      if (r.who->unavailable_until)
        line.skipped += " until " + utc_text(*r.who->unavailable_until);
    } else if (r.sleeps(now)) {
      line.skipped = brief_of(*r.past->last_delay) + ", not before " + utc_text(r.ready);
    } else if (r.full) {
      line.skipped = "full " + ratio(r.who->terms.leases, r.who->limit);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string utc_text(wall_time t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<seconds>(t - day)};
  std::array<char, 48> text{};
  std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()));
  return text.data();
}

} // namespace tributary
