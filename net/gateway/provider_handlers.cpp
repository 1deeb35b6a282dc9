// /api/providers: who there is, adding and removing them while everything runs, who is usable and who is
// best.
#include "net/gateway/health_json.hpp"
#include "net/gateway/settings_asks.hpp"

#include "config/settings_json.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace tributary::gateway {

namespace {

namespace json = boost::json;

constexpr int retry_when_none_seconds = 1;

/// What three actors know of the providers.
struct overview {
  settings_ptr settings;
  health_summary health;
  failover_stats failover;
};

template <class List>
auto named(const List& list, const std::string& name) -> decltype(list.data()) {
  const auto at = std::ranges::find(list, name, [](const auto& x) { return x.provider; });
  return at == list.end() ? nullptr : &*at;
}

/// Asks all three, one after the other.
void look_around(gateway_self self, const call_ptr& c, std::function<void(const overview&)> then) {
  const auto& to = self->state.targets;
  const auto timeout = self->state.limits.ask_timeout;
  auto seen = std::make_shared<overview>();
  self->request(to.config, timeout, get_atom_v)
      .then(
          [=, then = std::move(then)](const settings_ptr& s) {
            seen->settings = s;
            self->request(self->state.targets.health, timeout, summary_atom_v)
                .then(
                    [=](health_summary& h) {
                      seen->health = std::move(h);
                      self->request(self->state.targets.failover, timeout, stats_atom_v)
                          .then(
                              [=](failover_stats& f) {
                                seen->failover = std::move(f);
                                then(*seen);
                              },
                              fail(self, c));
                    },
                    fail(self, c));
          },
          fail(self, c));
}

/// How it stands, beside its settings: place in the chain, state, leases.
void add_standing(json::object& to, const overview& all, const std::string& name) {
  const auto& chain = all.failover.chain;
  const auto place = std::ranges::find(chain, name);
  to["position"] = place == chain.end() ? json::value(nullptr) : json::value(place - chain.begin());
  const auto* health = named(all.health.providers, name);
  const auto state = health ? health->state : provider_state::unknown; // Just added.
  to["state"] = to_string(state);
  to["is_available"] = is_available(state);
  const auto* failover = named(all.failover.providers, name);
  to["leases"] = failover ? failover->leases : 0;
  to["draining"] = failover && failover->draining;
}

json::object brief(const overview& all, const std::string& name) {
  const auto own = effective_json(all.settings->document, name);
  json::object out{{"name", name}};
  for (const auto* key : {"kind", "base_url", "directory", "enabled", "priority", "region", "failure_domain"})
    out[key] = own.at(key);
  add_standing(out, all, name);
  return out;
}

/// Removed, but its last transfers are still running.
json::object draining(const overview& all, const std::string& name) {
  json::object out{{"name", name}};
  add_standing(out, all, name);
  return out;
}

json::object whole(const overview& all, const std::string& name) {
  json::object out{{"name", name}};
  for (const auto& member : effective_json(all.settings->document, name))
    out.insert(member);
  add_standing(out, all, name);
  const auto* health = named(all.health.providers, name);
  out["health"] = health ? json::value(to_json(*health)) : json::value(nullptr);
  return out;
}

std::string rounded(double x) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g", x);
  return text.data();
}

/// Why it comes first, in a sentence.
std::string reason_of(const provider_ranking& r) {
  const auto& first = r.providers.front();
  const auto tried = std::to_string(first.terms.ok) + " of " + std::to_string(first.terms.tried) +
                     " requests in the window went well";
  switch (r.how) {
  case strategy::priority:
    return "strategy priority: the first usable one of the chain, at place " +
           std::to_string(first.terms.position);
  case strategy::best:
    return "strategy best: the highest expected success, " + tried +
           (first.terms.throughput_mbps ? ", at " + rounded(*first.terms.throughput_mbps) + " Mbit/s" : "");
  case strategy::fastest:
    return "strategy fastest: the soonest expected finish, " +
           (first.terms.throughput_mbps ? rounded(*first.terms.throughput_mbps) + " Mbit/s shared by " +
                                              std::to_string(first.terms.leases + 1)
                                        : std::string{"its throughput not measured yet"}) +
           "; " + tried;
  }
  return {};
}

problem none_available(const provider_ranking& r) {
  std::string detail = r.providers.empty() ? "The chain has no enabled provider." : "No provider is usable:";
  for (std::size_t i = 0; i < r.providers.size(); ++i)
    detail += (i == 0 ? " " : "; ") + r.providers[i].provider + " is " + r.providers[i].skipped;
  return retry_later(
      {kinds::none_available, std::move(detail)},
      r.back_in ? std::max(1, static_cast<int>(r.back_in->count())) : retry_when_none_seconds);
}

bool usable(const ranked_provider& p) {
  return p.skipped.empty();
}

enum class removal : std::uint8_t { drain, now };

std::variant<removal, problem> removal_in(const query_params& query) {
  if (query.empty() || query.front().second == "drain")
    return removal::drain;
  if (query.front().second == "now")
    return removal::now;
  return problem{
      kinds::bad_query,
      "The query parameter \"mode\" is wrong.",
      {{"mode", "must be drain (the default) or now", true}}};
}

void answer_removed(
    const call_ptr& c, std::string_view mode, const failover_stats& left, const header_list& headers) {
  const auto& name = c->asked.params.front();
  const auto* still = named(left.providers, name);
  answer(
      c,
      {{"name", name},
       {"mode", mode},
       {"draining", still && still->draining},
       {"leases", still ? still->leases : 0}},
      200, headers);
}

void drain(gateway_self self, const call_ptr& c) {
  change(self, c, remove_provider{c->asked.params.front()}, [self, c](const settings_outcome& made) {
    self->request(self->state.targets.failover, self->state.limits.ask_timeout, stats_atom_v)
        .then(
            [c, headers = etag_of(made.now->revision)](const failover_stats& s) {
              answer_removed(c, "drain", s, headers);
            },
            fail(self, c));
  });
}

/// Ends the transfers of one that is removed now, or was before and still drains.
void cut(gateway_self self, const call_ptr& c, const header_list& headers, bool was_removed_now) {
  self->request(
          self->state.targets.failover, self->state.limits.ask_timeout, remove_atom_v,
          c->asked.params.front())
      .then(
          [c, headers, was_removed_now](bool was_draining) {
            if (!was_removed_now && !was_draining)
              return answer(c, *problem_from(errc::unknown_provider));
            answer_removed(c, "now", {}, headers);
          },
          fail(self, c));
}

void remove_now(gateway_self self, const call_ptr& c) {
  change(
      self, c, remove_provider{c->asked.params.front()},
      [self, c](const settings_outcome& made) { cut(self, c, etag_of(made.now->revision), true); },
      [self, c](const caf::error& why) {
        if (why == errc::unknown_provider)
          cut(self, c, {}, false);
        else
          fail(self, c)(why);
      });
}

} // namespace

void list_providers(gateway_self self, const call_ptr& c) {
  look_around(self, c, [c](const overview& all) {
    json::array providers;
    for (const auto& [name, own] : all.settings->document.providers)
      providers.push_back(brief(all, name));
    for (const auto& p : all.failover.providers)
      if (p.draining)
        providers.push_back(draining(all, p.provider));
    const auto count = providers.size();
    answer(c, {{"providers", std::move(providers)}, {"count", count}}, 200, etag_of(all.settings->revision));
  });
}

void show_provider(gateway_self self, const call_ptr& c) {
  look_around(self, c, [c](const overview& all) {
    const auto& name = c->asked.params.front();
    if (!all.settings->document.providers.contains(name))
      return answer(c, *problem_from(errc::unknown_provider));
    answer(c, whole(all, name), 200, etag_of(all.settings->revision));
  });
}

void create_provider(gateway_self self, const call_ptr& c) {
  auto body = object_in(c->asked.body);
  if (const auto* broken = std::get_if<problem>(&body))
    return answer(c, *broken);
  auto& section = std::get<json::object>(body);
  const auto* given = section.if_contains("name");
  if (!given || !given->is_string())
    return answer(
        c, invalid(kinds::invalid_settings, {{"/name", "is required: the provider's name, a string"}}));
  const std::string name{given->get_string()};
  section.erase("name");
  change(self, c, add_provider{name, json::serialize(section)}, [c, name](const settings_outcome& made) {
    json::object shown{{"name", name}};
    for (const auto& member : effective_json(made.now->document, name))
      shown.insert(member);
    auto headers = etag_of(made.now->revision);
    headers.emplace_back("Location", "/api/providers/" + name);
    answer(c, shown, 201, std::move(headers));
  });
}

void delete_provider(gateway_self self, const call_ptr& c) {
  const auto mode = removal_in(c->asked.query);
  if (const auto* wrong = std::get_if<problem>(&mode))
    return answer(c, *wrong);
  if (std::get<removal>(mode) == removal::drain)
    drain(self, c);
  else
    remove_now(self, c);
}

void available_providers(gateway_self self, const call_ptr& c) {
  self->request(self->state.targets.failover, self->state.limits.ask_timeout, list_atom_v)
      .then(
          [c](const provider_ranking& r) {
            json::array names;
            for (const auto& p : r.providers)
              if (usable(p))
                names.emplace_back(p.provider);
            const auto count = names.size();
            answer(c, {{"available", std::move(names)}, {"count", count}});
          },
          fail(self, c));
}

void best_provider(gateway_self self, const call_ptr& c) {
  self->request(self->state.targets.failover, self->state.limits.ask_timeout, list_atom_v)
      .then(
          [self, c](const provider_ranking& r) {
            if (r.providers.empty() || !usable(r.providers.front()))
              return answer(c, none_available(r));
            const auto& first = r.providers.front();
            json::object body{
                {"name", first.provider},
                {"score", std::round(first.score * 1000) / 1000},
                {"reason", reason_of(r)}};
            self->request(
                    self->state.targets.health, self->state.limits.ask_timeout, figures_atom_v,
                    first.provider)
                .then(
                    [c, body](const provider_figures& f) mutable {
                      body["metrics"] = to_json(f);
                      answer(c, body);
                    },
                    fail(self, c));
          },
          fail(self, c));
}

} // namespace tributary::gateway
