#include "store/rollup_text.hpp"

#include <charconv>
#include <stdexcept>

namespace tributary {

namespace {

void append(std::string& to, std::string_view name, std::uint64_t count) {
  if (!to.empty())
    to += ' ';
  to.append(name).append(":").append(std::to_string(count));
}

[[noreturn]] void damaged(std::string_view text) {
  throw std::invalid_argument("not a list of counts: '" + std::string{text} + "'");
}

std::uint64_t number_from(std::string_view text) {
  std::uint64_t n = 0;
  const auto [end, why] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (why != std::errc{} || end != text.data() + text.size() || text.empty())
    damaged(text);
  return n;
}

/// Calls each(name, count) for the entries of "name:count name:count".
template <class F>
void for_entries(std::string_view text, F each) {
  while (!text.empty()) {
    const auto entry = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), entry.size() + 1));
    const auto colon = entry.find(':');
    if (colon == std::string_view::npos)
      damaged(entry);
    each(entry.substr(0, colon), number_from(entry.substr(colon + 1)));
  }
}

} // namespace

std::string outcomes_text(const rollup& sums) {
  std::string text;
  for (std::size_t i = 0; i < outcome_count; ++i)
    if (sums.outcomes[i] > 0)
      append(text, to_string(static_cast<outcome>(i)), sums.outcomes[i]);
  return text;
}

std::string times_text(const rollup& sums) {
  std::string text;
  sums.times.for_slots(
      [&](std::size_t slot, std::uint32_t count) { append(text, std::to_string(slot), count); });
  return text;
}

void read_outcomes(std::string_view text, rollup& into) {
  for_entries(text, [&](std::string_view name, std::uint64_t count) {
    const auto x = outcome_from(name);
    if (!x)
      damaged(name);
    into.outcomes[static_cast<std::size_t>(*x)] += count;
  });
}

void read_times(std::string_view text, rollup& into) {
  for_entries(text, [&](std::string_view name, std::uint64_t count) {
    if (!into.times.add_slot(number_from(name), static_cast<std::uint32_t>(count)))
      damaged(name);
  });
}

void add_to_steps(std::vector<stored_rollup>& steps, stored_rollup next, milliseconds step) {
  next.at = step_of(next.at, step);
  if (!steps.empty() && steps.back().at == next.at && steps.back().provider == next.provider)
    steps.back().sums.merge(next.sums);
  else
    steps.push_back(std::move(next));
}

} // namespace tributary
