#include "policy/attempt_ledger.hpp"

#include <algorithm>

namespace tributary {

attempt_ledger::attempt_ledger(std::span<const past_attempt> attempts) {
  for (const auto& a : attempts)
    count(a);
}

const standing& attempt_ledger::of(std::string_view provider) const noexcept {
  static const standing untouched;
  const auto at = std::ranges::find(standings_, provider, &standing::provider);
  return at == standings_.end() ? untouched : *at;
}

standing& attempt_ledger::entry(std::string_view provider) {
  const auto at = std::ranges::find(standings_, provider, &standing::provider);
  if (at != standings_.end())
    return *at;
  standings_.push_back({.provider = provider});
  return standings_.back();
}

void attempt_ledger::count(const past_attempt& a) {
  const auto v = verdict_of(a);
  auto& s = entry(a.provider);
  if (a.progressed)
    forget_failures();
  if (a.cause == fault::own_network)
    return; // Nobody could have been reached: no attempt is spent.
  if (a.cause == fault::busy) {
    ++s.busy;
    s.last_delay = &a;
    newest_ = &a;
    return;
  }
  note_identity(s, a, v);
  if (v.result == outcome::cancelled)
    return;
  s.tried = true;
  s.busy = 0;
  newest_ = &a;
  if (v.result == outcome::ok) {
    s.failures = 0;
    s.last_failure = s.last_delay = nullptr;
    return;
  }
  s.last_failure = s.last_delay = &a;
  if (a.retry_after && v.again != same_provider::no)
    s.not_before = std::max(s.not_before, *a.retry_after);
  if (v.result == outcome::identity)
    return;
  const bool blamed = v.result != outcome::local_fault;
  if (blamed && v.again == same_provider::no)
    s.barred = &a;
  if (a.began != wall_time{} && a.began < s.counted)
    return; // Of the same blow as the failure before.
  s.counted = a.ended;
  ++failed_;
  if (blamed)
    ++s.failures;
}

void attempt_ledger::forget_failures() noexcept {
  failed_ = 0;
  for (auto& s : standings_)
    s.failures = 0;
}

void attempt_ledger::note_identity(standing& s, const past_attempt& a, const verdict& v) noexcept {
  if (v.result == outcome::identity) {
    s.refusals = v.again == same_provider::recheck ? s.refusals + 1 : 0;
    s.other_file = s.other_file || v.again == same_provider::no || s.refusals > 1;
    return;
  }
  s.refusals = 0;
  // Bytes of a provider that had another file: the job began afresh with that one, which is its identity now.
  // Whoever was out for not having the old one may have the new one.
  if (s.other_file && (a.progressed || v.result == outcome::ok)) {
    s.afresh_spent = true;
    for (auto& each : standings_)
      each.other_file = false;
  }
}

std::string brief_of(const past_attempt& a) {
  if (a.cause != fault::status)
    return std::string{to_string(a.cause)};
  return std::to_string(a.status) + ' ' + std::string{to_string(verdict_of(a).result)};
}

} // namespace tributary
