// What is kept: each provider's minutes, and every change of its availability. Written in the order in which
// it happened, one batch at a time; while the store cannot be written, it waits here.
#include "actors/health_events.hpp"
#include "actors/health_monitor_shell.hpp"
#include "actors/report_apply.hpp"
#include "store/journal.hpp"

#include <algorithm>
#include <utility>

namespace tributary {

namespace {

using std::chrono::minutes;

constexpr std::size_t outbox_batch_max = 1'000;
/// What the store cannot take is dropped beyond this: the history has a gap then.
constexpr std::size_t outbox_max = 10'000;
constexpr auto history_write_timeout = seconds{30}, history_read_timeout = seconds{9};
constexpr auto resend_after = seconds{5};
/// The last minute is given so long to be written before the end.
constexpr auto last_write_grace = seconds{3};

history_point point_of(const stored_rollup& r) {
  return {r.at, r.sums.figures(), r.sums.uptime(), r.sums.checks, r.sums.checks_passed};
}

} // namespace

// -- what happened ---------------------------------------------------------

void monitor_shell::journal_state(entries::value_type& named) {
  auto& [provider, e] = named;
  const auto& state = e.record.state();
  const auto from = std::exchange(e.journaled, state.state());
  const auto old_until = std::exchange(e.journaled_until, state.until());
  if (!options_.store || (from == e.journaled && old_until == e.journaled_until))
    return;
  const auto when = present();
  const auto standing = e.record.standing(provider, when);
  journal(add_event{
      event_of({provider, from, e.journaled, standing.reason, standing.unavailable_until}, when.wall)});
}

void monitor_shell::journal(store_op op) {
  if (!options_.store || outbox_.size() >= outbox_max)
    return;
  outbox_.push_back(std::move(op));
  send_outbox();
}

/// What is under way stays in front of the outbox until it is committed.
void monitor_shell::send_outbox() {
  if (writing_ || outbox_.empty())
    return;
  writing_ = true;
  const auto n = std::min(outbox_.size(), outbox_batch_max);
  store_batch batch(outbox_.begin(), outbox_.begin() + static_cast<std::ptrdiff_t>(n));
  auto events = committed_events(batch, 0);
  const auto forget = [this, n] {
    outbox_.erase(outbox_.begin(), outbox_.begin() + static_cast<std::ptrdiff_t>(n));
  };
  this->request(options_.store, history_write_timeout, write_atom_v, std::move(batch))
      .then(
          [this, forget, events = std::move(events)](const commit_result& r) mutable {
            writing_ = false;
            forget();
            for (auto& e : events)
              e.number += r.first_event;
            if (!events.empty() && options_.events)
              send(options_.events, publish_atom_v, std::move(events));
            send_outbox();
            stop_when_written();
          },
          [this, forget](const caf::error& why) {
            writing_ = false;
            if (why == errc::store_failed)
              delayed_send(this, resend_after, resend_atom_v);
            else
              forget(); // Perhaps it was written: a minute must not count twice.
            stop_when_written();
          });
}

// -- minutes ---------------------------------------------------------------

void monitor_shell::schedule_minute() {
  if (!options_.store)
    return;
  const auto at = options_.wall();
  minute_ = std::chrono::floor<minutes>(at);
  delayed_send(this, minute_ + minutes{1} - at, minute_atom_v);
}

void monitor_shell::keep_minute(const std::string& provider, entry& e) {
  if (!options_.store || !e.configured)
    return;
  if (auto sums = e.record.take_minute(now()); !sums.empty())
    journal(add_rollup{provider, minute_, std::move(sums)});
}

void monitor_shell::write_minute() {
  for (auto& [provider, e] : entries_)
    keep_minute(provider, e);
  const auto at = options_.wall();
  const auto kept = std::chrono::days{global().history_days};
  journal(prune_history{at - kept, at - std::max(history_hours_kept, kept), at - kept});
}

caf::result<provider_history> monitor_shell::history(const std::string& provider, const history_query& wish) {
  const auto at = entries_.find(provider);
  if (at == entries_.end() || !at->second.configured)
    return errc::unknown_provider;
  provider_history out{provider, wish, {}};
  if (!options_.store || wish.from >= wish.to)
    return out;
  out.asked = history_fitted(wish, options_.wall(), std::chrono::days{global().history_days});
  auto promise = make_response_promise<provider_history>();
  const auto t = promises_.keep(promise);
  const auto asked = out.asked;
  this->request(options_.store, history_read_timeout, history_atom_v, provider, asked)
      .then(
          [this, t, out = std::move(out)](const std::vector<stored_rollup>& steps) mutable {
            std::ranges::transform(steps, std::back_inserter(out.points), point_of);
            promises_.answer(t, std::move(out));
          },
          [this, t](caf::error& why) { promises_.answer(t, std::move(why)); });
  return promise;
}

std::map<std::string, health_record> records_from(class journal& stored, const settings& s, instant now) {
  const minutes window{s.global.health_window_minutes};
  std::map<std::string, health_record> out;
  stored.each_minute_since(now.wall - window, [&](const stored_rollup& r) {
    if (!s.providers.contains(r.provider) || r.at > now.wall)
      return; // Of a provider that is gone, or of a clock that was ahead.
    const auto [at, made] = out.try_emplace(r.provider, window, availability_of(s.global, true), now.steady);
    at->second.restore(now.steady - (now.wall - r.at), r.sums);
  });
  return out;
}

// -- the end ---------------------------------------------------------------

/// The minute that runs is not lost: it is written first.
void monitor_shell::stop(caf::error reason) {
  if (std::exchange(stopping_, true))
    return;
  stop_reason_ = std::move(reason);
  for (auto& [provider, e] : entries_)
    keep_minute(provider, e);
  stop_when_written();
  if (writing_ || !outbox_.empty())
    delayed_send(this, last_write_grace, give_up_atom_v);
}

void monitor_shell::stop_when_written() {
  if (stopping_ && !writing_ && outbox_.empty())
    quit(stop_reason_);
}

} // namespace tributary
