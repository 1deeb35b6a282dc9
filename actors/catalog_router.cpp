#include "actors/catalog_router.hpp"

#include "actors/candidates.hpp"

#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <utility>

namespace tributary {

struct catalog_router::errand {
  settings_ptr settings;
  std::vector<std::string> left; ///< Of the chain, not asked yet.
  catalog_query query;
  caf::typed_response_promise<catalog_reply> answer;
  steady_time deadline;
  std::optional<catalog_reply> poor; ///< A provider knew, but had nothing: another may have more.
  std::string said;                  ///< "alpha: HTTP 404 Not Found; beta: ...".
  std::size_t asked = 0, missing = 0, chain = 0;
};

namespace {

/// Is there nothing in it that another provider might not better?
bool is_poor(const catalog_query& q, const catalog_reply& r) {
  switch (q.what) {
  case catalog_operation::search:
    return r.items.empty();
  case catalog_operation::is_language:
    return !r.available;
  case catalog_operation::get_title:
  case catalog_operation::get_season_episode_count:
    break;
  }
  return false;
}

} // namespace

void catalog_router::begin(
    settings_ptr settings, std::vector<std::string> chain, catalog_query q,
    caf::typed_response_promise<catalog_reply> answer) {
  if (open_.size() >= catalog_routes_max) {
    answer.deliver(
        caf::make_error(errc::overloaded, std::string{"too many catalogue requests are under way"}));
    return;
  }
  auto e = std::make_shared<errand>();
  e->settings = std::move(settings);
  e->chain = chain.size();
  e->left = std::move(chain);
  e->query = std::move(q);
  e->answer = std::move(answer);
  e->deadline = hooks_.now() + catalog_route_max;
  open_.insert(e);
  step(e);
}

template <class Answer>
void catalog_router::end(const errand_ptr& e, Answer&& a) {
  if (open_.erase(e) > 0)
    e->answer.deliver(std::forward<Answer>(a));
}

void catalog_router::stop() {
  while (!open_.empty())
    end(errand_ptr{*open_.begin()}, caf::make_error(errc::shutting_down));
}

/// Whom the plan would send a job to that has tried nobody yet. A catalogue takes no slot, so who is full can
/// be asked.
std::optional<std::string> catalog_router::choose(errand& e) {
  const auto& g = e.settings->document.global;
  std::vector<candidate> candidates;
  for (const auto& name : e.left) {
    const auto* p = pairs_.find(name);
    if (!p)
      continue; // Removed meanwhile.
    provider_view view;
    view.settings = p->settings.get();
    view.standing = p->standing ? &*p->standing : nullptr;
    view.down = !p->handle;
    view.broken = p->broken;
    candidates.push_back(
        candidate_of({name, name, false, {}, {}}, static_cast<std::uint32_t>(candidates.size()), view));
    candidates.back().limit = view.down ? 0 : 1;
  }
  plan_options options;
  options.how = g.strategy;
  options.when_all_unavailable = g.when_all_unavailable;
  const auto d = plan_next({}, candidates, options, hooks_.wall(), hooks_.unit);
  return d.action == plan_action::grant ? std::optional{d.provider} : std::nullopt;
}

void catalog_router::step(const errand_ptr& e) {
  const auto time_left = e->deadline - hooks_.now();
  const auto next = time_left > nanoseconds::zero() ? choose(*e) : std::nullopt;
  if (!next) {
    give_up(e);
    return;
  }
  std::erase(e->left, *next);
  ++e->asked;
  const auto timeout = std::min<nanoseconds>(time_left, catalog_ask_max);
  hooks_.ask(
      pairs_.find(*next)->handle, timeout, e->query,
      [this, e, provider = *next](caf::expected<catalog_reply> reply) {
        answered(e, provider, std::move(reply));
      });
}

void catalog_router::answered(
    const errand_ptr& e, const std::string& provider, caf::expected<catalog_reply> reply) {
  if (reply)
    reply->provider = provider;
  const bool good = reply && reply->result == outcome::ok;
  if (good && !is_poor(e->query, *reply)) {
    end(e, std::move(*reply));
    return;
  }
  if (good) {
    if (!e->poor)
      e->poor = std::move(*reply);
  } else {
    e->missing += reply ? reply->result == outcome::missing : reply.error() == errc::unknown_item;
    e->said += (e->said.empty() ? "" : "; ") + provider + ": ";
    e->said += reply ? reply->message : describe(reply.error());
  }
  step(e);
}

/// Nobody is left to be asked.
void catalog_router::give_up(const errand_ptr& e) {
  const bool of_an_item = e->query.what != catalog_operation::search;
  if (e->poor)
    end(e, std::move(*e->poor));
  else if (of_an_item && e->missing > 0 && e->missing == e->chain)
    end(e, caf::make_error(errc::unknown_item));
  else
    end(e, caf::make_error(
               errc::no_provider, e->said.empty() ? std::string{"no provider is available"} : e->said));
}

} // namespace tributary
