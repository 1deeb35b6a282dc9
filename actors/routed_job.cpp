#include "actors/routed_job.hpp"

#include "policy/local_outage.hpp"

namespace tributary {

namespace {

/// Was the whole file found out to be wrong by this attempt?
bool spoils_all(const attempt_row& a) {
  return a.cause == fault::wrong_digest || a.cause == fault::wrong_size ||
         (a.result == outcome::identity && a.cause == fault::none);
}

} // namespace

routed_job::routed_job(job_record record, job_queue_actor its_queue)
    : row(std::move(record.row)),
      queue(std::move(its_queue)),
      last_number(row.attempts),
      counted_(row.attempts > 0) {
  const attempt_row* newest = nullptr;
  for (const auto& a : record.attempts) {
    last_number = std::max(last_number, a.number);
    if (!counts(a, row))
      continue;
    attempts.push_back(past_of(a));
    newest = &a;
  }
  if (newest && newest->result != outcome::ok && newest->result != outcome::cancelled)
    failed_at_ = newest->provider;
  // The newest attempt met an outage and was not excused (then it would say so): the job has waited already.
  if (newest && testimony_of(newest->cause) == testimony::unreachable)
    hold.spend();
  for (const auto& e : record.extents)
    kept_.emplace_back(provider_of_route(e.provider), e.length);
}

void routed_job::note_grant(const std::string& route, bool afresh, failover_statistics& stats) {
  const auto from = provider_of_route(failed_at_);
  const auto to = provider_of_route(route);
  if (!failed_at_.empty() && from != to)
    stats.count_failover(from, to);
  failed_at_.clear();
  if (afresh)
    count_wasted(stats);
}

void routed_job::note_end(const attempt_row& a, failover_statistics& stats) {
  if (a.number == 0)
    return;
  attempts.push_back(past_of(a));
  if (a.cause == fault::own_network)
    hold.end(); // It begins to wait now, whatever it waited for before.
  if (!was_sent(a)) {
    last_number -= a.number == last_number; // It takes no number where that can be helped.
    return;
  }
  if (!std::exchange(counted_, true))
    stats.count_job();
  const auto provider = provider_of_route(a.provider);
  stats.count_attempt(provider, a.result);
  if (a.result != outcome::ok && a.result != outcome::cancelled && a.cause != fault::own_network)
    failed_at_ = a.provider;
  kept_.emplace_back(provider, a.bytes);
  if (spoils_all(a))
    count_wasted(stats);
}

void routed_job::note_blame(const attempt_row& a) {
  attempts.push_back(past_of(a));
  last_number = std::max(last_number, a.number); // Or the next lease would get the same.
}

void routed_job::count_wasted(failover_statistics& stats) {
  for (const auto& [provider, bytes] : kept_)
    stats.count_wasted(provider, bytes);
  kept_.clear();
}

} // namespace tributary
