// Leases and streams: when a further one is worth asking for, and what it reads.
#include "actors/job_runner_shell.hpp"
#include "policy/proof.hpp"

#include <algorithm>
#include <cmath>

namespace tributary {

namespace {

constexpr auto busy_pause = milliseconds{250};

} // namespace

std::optional<double> usual_mbps_of(const lease& l) {
  const auto& all = l.decision.candidates;
  const auto at = std::ranges::find(all, l.provider, &considered::provider);
  return at == all.end() ? std::nullopt : at->terms.throughput_mbps;
}

/// Asks for one more lease, where one is of use; again, when what would be of use has changed over an open
/// wish.
void runner_shell::want() {
  if (step_ != step::fetch || stop_ || pausing_)
    return;
  const bool is_first = streams_.empty();
  if (!is_first && !may_have_more())
    return;
  auto next = next_wish();
  if (wish_open_ && is_first == wish_is_first_ && next.avoid == avoided_)
    return;
  wish_open_ = true;
  wish_is_first_ = is_first;
  avoided_ = next.avoid;
  next.wish = ++wish_;
  send(supervisor_, want_atom_v, std::move(next), caf::actor_cast<job_runner_actor>(this));
}

bool runner_shell::may_have_more() const {
  const auto is_at_work = [](const auto& kv) { return kv.second.opened && !kv.second.cancelled; };
  return streams_.size() < max_segments() && !no_further_ && !start_over_due_ && plan_.size() &&
         std::ranges::all_of(streams_, is_at_work) && plan_.next_share(paces());
}

lease_request runner_shell::next_wish() const {
  lease_request q;
  q.job = row_.id;
  q.run_no = row_.run_no;
  const auto size = plan_.size() ? plan_.size() : row_.spec.size;
  q.bytes_left = size && *size > plan_.here().total() ? *size - plan_.here().total() : 0;
  if (streams_.empty())
    return q;
  q.avoid.assign(rangeless_.begin(), rangeless_.end());
  if (!too_early_.empty() && samples_of(plan_.here()).empty())
    q.avoid.insert(q.avoid.end(), too_early_.begin(), too_early_.end());
  if (single_source_)
    q.only = streams_.begin()->second.held.provider;
  return q;
}

void runner_shell::denied(const denial& d) {
  if (step_ != step::fetch || !wish_open_ || d.wish != wish_)
    return;
  wish_open_ = false;
  if (!streams_.empty()) {
    no_further_ = true;
    return;
  }
  decisions_.push_back(d.decision);
  if (d.error) {
    fail(*d.error);
    return;
  }
  auto r = bytes_report();
  r.state = job_state::waiting;
  r.next_attempt_at = d.decision.wait_until.value_or(wall());
  r.error = last_error_;
  report_and_quit(std::move(r));
}

void runner_shell::granted(lease l) {
  wish_open_ = false;
  const bool mixes = single_source_ && !origin_.is_all_from(l.provider);
  if (step_ != step::fetch || stop_ || start_over_due_ || (!streams_.empty() && (l.afresh || mixes))) {
    give_back(l);
    return;
  }
  last_attempt_ = std::max(last_attempt_, l.attempt);
  decisions_.push_back(l.decision);
  const bool has_bytes = plan_.here().total() > 0;
  if (l.afresh && has_bytes) {
    in_hand_ = std::move(l);
    start_over();
  } else if (mixes) {
    origin_.keep_only(l.provider);
    take_stock();
    in_hand_ = std::move(l);
    report(bytes_report(), [this] { fetch(); });
  } else {
    begin_stream(std::move(l));
  }
}

/// A lease that there is no use for: nothing was asked of the provider.
void runner_shell::give_back(const lease& l) {
  send(supervisor_, release_atom_v, l.id, attempt_row{});
}

void runner_shell::begin_stream(lease l) {
  const auto range = take_share();
  if (!range) {
    give_back(l);
    settle();
    return;
  }
  const auto id = l.id;
  auto& s = streams_.try_emplace(id, std::move(l), wall()).first->second;
  read(s, *range);
  want();
}

/// What a further stream is to read. Its window is the one truth about what a stream has written: the plan is
/// told what came of drawing its end in.
std::optional<byte_range> runner_shell::take_share() {
  const auto share = plan_.next_share(paces());
  if (!share || !share->taken_from)
    return share ? std::optional{share->range} : std::nullopt;
  const auto end = streams_.at(*share->taken_from).window->trim(share->range.begin);
  if (end >= share->range.end)
    return std::nullopt; // It is nearly done, as it turns out.
  plan_.shrink(*share->taken_from, end);
  return byte_range{end, share->range.end};
}

std::vector<stream_pace> runner_shell::paces() const {
  std::vector<stream_pace> out;
  for (const auto& [id, s] : streams_)
    out.push_back({id, s.rate.bytes_per_second(), s.slow});
  return out;
}

void runner_shell::read(runner_stream& s, byte_range range) {
  plan_.assign(s.held.id, range);
  s.offset = range.begin;
  // A range that reaches the end of the file is asked for without an end: whatever its size is by now, it
  // shows.
  s.window = std::make_shared<transfer_window>(range.begin, range.end == plan_.size() ? open_end : range.end);
  s.rate.start(clock().now(), range.begin);
  transfer_request q;
  q.target = part_;
  q.piece_bytes = plan_.piece_bytes();
  q.flush = flush();
  q.flush_end = false; // Verifying flushes the whole file once.
  if (identity_known_) {
    const auto told = told_.find(s.held.provider);
    q.expected = told == told_.end() ? identity_ : told->second;
    q.expected_by = told == told_.end()                   ? identity_origin::another_source
                    : compared_.contains(s.held.provider) ? identity_origin::compared
                                                          : identity_origin::same_source;
    q.digest_known = row_.spec.sha256.has_value();
  }
  ask(s, std::move(q));
}

void runner_shell::ask(runner_stream& s, transfer_request q) {
  q.id = s.held.id;
  q.path = s.held.path;
  q.url = s.held.url;
  q.item = row_.spec.resource.item;
  q.offset = s.offset;
  q.window = s.window;
  q.size = row_.spec.size;
  q.stall_timeout = milliseconds{std::llround(global().stall_timeout_seconds * 1000)};
  this->request(
          s.held.handle, caf::infinite, transfer_atom_v, std::move(q), // Its wrapper answers within 5 s.
          caf::actor_cast<transfer_sink_actor>(this), caf::actor_cast<caf::strong_actor_ptr>(this))
      .then([](transfer_id) {}, [this, id = s.held.id](const caf::error& why) { refused(id, why); });
}

/// Nothing was started, as far as we know; if it was, it is not wanted.
void runner_shell::refused(transfer_id id, const caf::error& why) {
  const auto at = streams_.find(id);
  if (at == streams_.end())
    return;
  if (why != errc::busy && at->second.held.handle)
    send(at->second.held.handle, cancel_atom_v, id);
  pausing_ = true;
  delayed_send(this, busy_pause, alarm_atom_v, static_cast<std::uint64_t>(alarm::want_again));
  transfer_result r;
  r.cause = fault::busy;
  r.result = verdict_of(r.cause, 0, false).result;
  r.message = describe(why);
  r.written_end = at->second.offset;
  ended(id, r);
}

/// Others hold nothing: this stream ends where its piece does.
void runner_shell::yield(transfer_id id) {
  const auto at = streams_.find(id);
  const auto* run = plan_.find(id);
  if (at == streams_.end() || !run || streams_.size() < 2)
    return;
  const auto piece = plan_.piece_bytes();
  plan_.shrink(id, at->second.window->trim((at->second.window->position() / piece + 1) * piece));
}

void runner_shell::cancel(transfer_id id) {
  auto& s = streams_.at(id);
  if (!std::exchange(s.cancelled, true) && s.held.handle)
    send(s.held.handle, cancel_atom_v, id);
}

void runner_shell::cancel_all() {
  for (const auto& [id, s] : streams_)
    cancel(id);
}

} // namespace tributary
