#include "actors/provider_pairs.hpp"

#include "actors/candidates.hpp"
#include "actors/monitored_provider.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace tributary {

void provider_pairs::apply(const settings& s, const idle_test& is_idle, steady_time now) {
  for (auto at = pairs_.begin(); at != pairs_.end();) {
    auto& [name, p] = *at;
    const bool gone = p.configured && !s.providers.contains(name);
    const bool over = gone && is_idle(name);
    if (over)
      end(name, p);
    else if (gone && !std::exchange(p.draining, true) && p.handle)
      caf::anon_send(health_, add_atom_v, name, p.handle, false); // It is not listed any more.
    at = over ? pairs_.erase(at) : std::next(at);
  }
  for (const auto& [name, own] : s.providers) {
    auto& p = pairs_[name];
    if (std::exchange(p.draining, false) && p.handle)
      caf::anon_send(health_, add_atom_v, name, p.handle, true);
    renew(name, p, effective(s, name), now);
  }
  for (auto& [name, p] : pairs_)
    if (!p.configured)
      renew(name, p, ephemeral_settings(s, name), now);
}

/// New settings for a pair: told to its actor, or the reason to start one where there is none.
void provider_pairs::renew(
    const std::string& name, provider_pair& p, effective_provider wanted, steady_time now) {
  if (p.settings && p.settings->own == wanted.own)
    return;
  const bool another_kind = p.settings && p.settings->own.kind != wanted.own.kind;
  p.settings = std::make_shared<const effective_provider>(std::move(wanted));
  if (another_kind)
    end(name, p);
  if (p.handle) {
    caf::anon_send(p.handle, p.settings);
    return;
  }
  p.crashes = 0;
  p.broken = false;
  start(name, p, now);
}

bool provider_pairs::end_draining(const std::string& provider) {
  const auto at = pairs_.find(provider);
  if (at == pairs_.end() || !at->second.draining)
    return false;
  end(provider, at->second);
  pairs_.erase(at);
  return true;
}

provider_pair* provider_pairs::find(const std::string& provider) {
  const auto at = pairs_.find(provider);
  return at == pairs_.end() ? nullptr : &at->second;
}

std::size_t provider_pairs::ephemeral() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(pairs_, [](const auto& kv) { return !kv.second.configured; }));
}

const std::string* provider_pairs::longest_idle(const idle_test& is_idle) const {
  const std::pair<const std::string, provider_pair>* best = nullptr;
  for (const auto& each : pairs_)
    if (!each.second.configured && is_idle(each.first))
      if (!best || each.second.last_used < best->second.last_used)
        best = &each;
  return best ? &best->first : nullptr;
}

bool provider_pairs::has_room_for(const std::string& origin, const idle_test& is_idle) const {
  return pairs_.contains(origin) || ephemeral() < ephemeral_providers_max || longest_idle(is_idle);
}

std::optional<std::string>
provider_pairs::ensure_ephemeral(const effective_provider& p, const idle_test& is_idle, steady_time now) {
  std::optional<std::string> evicted;
  if (!pairs_.contains(p.name)) {
    if (ephemeral() >= ephemeral_providers_max) {
      const auto* idle = longest_idle(is_idle);
      assert(idle);
      evicted = *idle;
      end(*evicted, pairs_.at(*evicted));
      pairs_.erase(*evicted);
    }
    auto& made = pairs_[p.name];
    made.configured = false;
    made.settings = std::make_shared<const effective_provider>(p);
    start(p.name, made, now);
  }
  pairs_.at(p.name).last_used = now;
  return evicted;
}

bool provider_pairs::note(const provider_standing& s) {
  auto* p = find(s.provider);
  if (!p)
    return false;
  const auto before = std::exchange(p->standing, s);
  return !before || before->state != s.state || before->ramp != s.ramp || before->held != s.held ||
         before->unavailable_until != s.unavailable_until;
}

void provider_pairs::start(const std::string& name, provider_pair& p, steady_time now) {
  ++p.incarnation;
  provider_actor made;
  try {
    made = make_(parent_.home_system(), p.settings);
  } catch (...) { // A user's own factory may throw anything.
    made = nullptr;
  }
  if (!made) { // As bad as an actor that crashes at once.
    failed_starts_.push_back(crashed(name, p, now));
    return;
  }
  p.handle = spawn_monitored_provider(parent_.home_system(), name, std::move(made), health_);
  parent_.monitor(p.handle);
  caf::anon_send(health_, add_atom_v, name, p.handle, p.configured && !p.draining);
}

void provider_pairs::end(const std::string& name, provider_pair& p) {
  if (p.handle) {
    parent_.demonitor(p.handle.address());
    caf::anon_send_exit(p.handle, caf::exit_reason::user_shutdown);
  }
  p.handle = nullptr;
  p.standing.reset();
  ++p.incarnation;
  caf::anon_send(health_, remove_atom_v, name);
}

provider_pairs::restart provider_pairs::crashed(const std::string& name, provider_pair& p, steady_time now) {
  if (p.crashes > 0 && now - p.last_crash > provider_crash_memory)
    p.crashes = 0;
  p.last_crash = now;
  p.handle = nullptr;
  restart r{name, ++p.incarnation, {}};
  if (++p.crashes > provider_crashes_max)
    p.broken = true;
  else
    r.after = provider_restart_delay * (1 << (p.crashes - 1));
  return r;
}

std::optional<provider_pairs::restart>
provider_pairs::note_down(const caf::actor_addr& who, steady_time now) {
  const auto at = std::ranges::find_if(
      pairs_, [&](const auto& kv) { return kv.second.handle && kv.second.handle.address() == who; });
  if (at == pairs_.end())
    return std::nullopt;
  return crashed(at->first, at->second, now);
}

std::vector<provider_pairs::restart> provider_pairs::take_failed_starts() {
  return std::exchange(failed_starts_, {});
}

void provider_pairs::start_again(const std::string& provider, std::uint64_t incarnation, steady_time now) {
  auto* p = find(provider);
  if (p && !p->handle && !p->broken && p->incarnation == incarnation)
    start(provider, *p, now);
}

void provider_pairs::stop() {
  for (auto& [name, p] : pairs_)
    if (p.handle)
      caf::anon_send_exit(p.handle, caf::exit_reason::user_shutdown);
  pairs_.clear();
  health_ = nullptr;
}

} // namespace tributary
