#include "scripted_provider.hpp"

#include "net/client/part_file.hpp"
#include "policy/identity.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <map>
#include <span>
#include <stdexcept>
#include <utility>

namespace tributary::testing {

namespace {

TRIBUTARY_ATOM(finish);
TRIBUTARY_ATOM(flow);
using scripted_api =
    provider_actor::extend<caf::reacts_to<finish_atom, transfer_id>, caf::reacts_to<flow_atom, transfer_id>>;

constexpr milliseconds flow_step{100};

class scripted_provider final : public scripted_api::base {
public:
  scripted_provider(caf::actor_config& cfg, script_ptr plays)
      : scripted_api::base(cfg), script_(std::move(plays)) {
    ++script_->spawned;
    set_exception_handler(
        [](std::exception_ptr&) { return caf::make_error(errc::crashed, std::string{"boom"}); });
    set_down_handler([this](caf::down_msg& down) {
      for (auto at = open_.begin(); at != open_.end();)
        (at++)->second.owner == down.source ? end(std::prev(at)->first, fault::cancelled) : void();
    });
  }

  behavior_type make_behavior() override {
    return {
        [this](transfer_atom, transfer_request& q, transfer_sink_actor& sink, caf::strong_actor_ptr& owner)
            -> caf::result<transfer_id> { return start(std::move(q), std::move(sink), owner); },
        [this](cancel_atom, transfer_id id) {
          if (open_.contains(id)) {
            ++script_->cancelled;
            end(id, fault::cancelled);
          }
        },
        [this](check_atom) {
          check_result r;
          r.cause = script_->check;
          r.passed = r.cause == fault::none;
          return r;
        },
        [this](const effective_provider_ptr& told) { script_->settings = told; },
        [this](const catalog_query& q) -> caf::result<catalog_reply> { return look_up(q); },
        [this](flow_atom, transfer_id id) {
          if (const auto at = open_.find(id); at != open_.end())
            flow(id, at->second);
        },
        [this](finish_atom, transfer_id id) {
          if (const auto at = open_.find(id); at != open_.end())
            end(id, at->second.plays.cause);
        },
    };
  }

  void on_exit() override {
    script_->running -= static_cast<std::uint32_t>(open_.size());
    open_.clear();
  }

private:
  caf::result<catalog_reply> look_up(const catalog_query& q) {
    script_->queries.push_back(q);
    if (script_->catalog)
      return script_->catalog(q);
    return errc::unknown_item;
  }

  struct running {
    act plays;
    transfer_request asked;
    transfer_sink_actor sink;
    caf::actor_addr owner;
    source_facts facts;
    std::uint64_t at = 0; ///< All bytes below it are written.
  };

  caf::result<transfer_id>
  start(transfer_request q, transfer_sink_actor sink, const caf::strong_actor_ptr& owner) {
    auto plays = script_->otherwise;
    if (!script_->acts.empty()) {
      plays = script_->acts.front();
      script_->acts.pop_front();
    }
    if (plays.what == act::kind::busy)
      return errc::busy;
    if (plays.what == act::kind::crash)
      throw std::runtime_error("boom");
    script_->asked.push_back(q);
    script_->asked.back().target.reset();
    script_->owners.push_back(caf::actor_cast<caf::actor_addr>(owner));
    monitor(owner);
    script_->running_max = std::max(script_->running_max, ++script_->running);
    const auto id = q.id;
    auto& t = open_[id];
    t = {plays, std::move(q), std::move(sink), caf::actor_cast<caf::actor_addr>(owner), {}, 0};
    t.at = t.asked.offset;
    if (!t.asked.window)
      t.asked.window = std::make_shared<transfer_window>(t.at);
    deliver(id, t);
    return id;
  }

  void deliver(transfer_id id, running& t) {
    if (t.asked.item && !script_->items.contains(t.asked.item->key)) {
      t.plays.cause = fault::no_such_item;
      finish_later(id, t);
      return;
    }
    if (t.asked.item)
      t.facts.path = script_->items.at(t.asked.item->key);
    if (t.plays.cause != fault::none && !t.plays.until) {
      finish_later(id, t); // Fails before the header is of any use.
      return;
    }
    t.facts.status = t.asked.offset > 0 && !t.plays.no_ranges ? 206 : 200;
    t.facts.ranges = !t.plays.no_ranges;
    t.facts.identity.etag = script_->etag;
    t.facts.file_name = script_->file_name;
    if (script_->tells_size)
      t.facts.identity.size = script_->body.size();
    const auto& q = t.asked;
    if (const auto gate =
            q.expected ? compare(*q.expected, t.facts.identity, q.digest_known, q.expected_by) : mixing::same;
        gate != mixing::same) {
      t.plays.cause = gate == mixing::different ? fault::other_identity : fault::unproven;
      finish_later(id, t);
      return;
    }
    if (q.offset > script_->body.size() || (q.offset == script_->body.size() && q.offset > 0)) {
      t.plays.cause = fault::range_refused;
      finish_later(id, t);
      return;
    }
    send(t.sink, opened_atom_v, id, t.facts);
    if (t.plays.bytes_per_second > 0) {
      delayed_send(this, flow_step, flow_atom_v, id);
      return;
    }
    if (!write_up_to(t, end_of(t)))
      t.plays.cause = fault::disk;
    else
      send(t.sink, progress_atom_v, id, transfer_progress{t.at, t.at});
    finish_later(id, t);
  }

  /// Where it ends by itself.
  [[nodiscard]] std::uint64_t end_of(const running& t) const {
    return std::min<std::uint64_t>(t.plays.until.value_or(open_end), script_->body.size());
  }

  void flow(transfer_id id, running& t) {
    const auto portion = t.plays.bytes_per_second * static_cast<std::uint64_t>(flow_step.count()) / 1000;
    if (!write_up_to(t, std::min(end_of(t), t.at + portion)))
      t.plays.cause = fault::disk;
    send(t.sink, progress_atom_v, id, transfer_progress{t.at, t.at});
    if (t.plays.cause == fault::disk || t.at >= end_of(t) || t.asked.window->is_full())
      finish_later(id, t);
    else
      delayed_send(this, flow_step, flow_atom_v, id);
  }

  bool write_up_to(running& t, std::uint64_t end_at) {
    if (end_at <= t.at)
      return true;
    const auto mine = t.asked.window->claim(end_at - t.at);
    const auto bytes = std::as_bytes(std::span{script_->body}).subspan(t.at, mine);
    if (t.asked.target->open() || t.asked.target->write(t.at, bytes))
      return false;
    t.at += mine;
    script_->sent += mine;
    return true;
  }

  void finish_later(transfer_id id, const running& t) {
    if (t.plays.what == act::kind::hang)
      return;
    if (t.plays.takes > milliseconds{0})
      delayed_send(this, t.plays.takes, finish_atom_v, id);
    else
      send(this, finish_atom_v, id);
  }

  void end(transfer_id id, fault cause) {
    const auto node = open_.extract(id);
    const auto& t = node.mapped();
    --script_->running;
    if (t.asked.window->is_full()) // What was wanted is there, whatever would have come next.
      cause = fault::none;
    transfer_result r;
    r.cause = cause;
    r.status = cause == fault::status ? t.plays.status : t.facts.status;
    r.retry_after = t.plays.retry_after;
    r.result = verdict_of(cause, r.status, r.retry_after.has_value()).result;
    if (cause != fault::none)
      r.message =
          cause == fault::status ? "HTTP status " + std::to_string(r.status) : std::string{to_string(cause)};
    r.bytes = t.at - t.asked.offset;
    r.written_end = r.durable_end = t.at;
    r.facts = t.facts;
    send(t.sink, ended_atom_v, id, r);
  }

  script_ptr script_;
  std::map<transfer_id, running> open_;
};

} // namespace

provider_actor spawn_scripted_provider(caf::actor_system& system, script_ptr plays) {
  return system.spawn<scripted_provider>(std::move(plays));
}

} // namespace tributary::testing
