// GET /api/catalog/..: search, one item, its episodes, its languages.
#include "net/gateway/handlers.hpp"
#include "net/gateway/numbers.hpp"

#include <boost/json.hpp>

namespace tributary::gateway {

namespace {

namespace json = boost::json;

json::array names_json(const std::vector<std::string>& names) {
  json::array out;
  for (const auto& name : names)
    out.emplace_back(name);
  return out;
}

json::object item_json(const catalog_title& t) {
  return {{"key", t.key}, {"title", t.title}, {"languages", names_json(t.languages)}};
}

json::object search_json(const catalog_reply& r) {
  json::array items;
  for (const auto& t : r.items)
    items.push_back(item_json(t));
  return {{"items", std::move(items)}, {"count", r.items.size()}, {"more", r.more}, {"provider", r.provider}};
}

json::object title_json(const catalog_reply& r) {
  auto out = item_json(r.items.at(0));
  out["provider"] = r.provider;
  return out;
}

json::object episodes_json(const catalog_reply& r) {
  json::array seasons;
  for (const auto& [season, episodes] : r.seasons)
    seasons.push_back(json::object{{"season", season}, {"episodes", episodes}});
  return {
      {"key", r.items.at(0).key},
      {"title", r.items.at(0).title},
      {"seasons", std::move(seasons)},
      {"provider", r.provider}};
}

json::object language_json(const catalog_ref& asked, const catalog_reply& r) {
  const auto number = [](const std::optional<std::int32_t>& n) {
    return n ? json::value(*n) : json::value();
  };
  return {
      {"key", asked.key},
      {"season", number(asked.season)},
      {"episode", number(asked.episode)},
      {"language", asked.language},
      {"available", r.available},
      {"path", r.path.empty() ? json::value() : json::value(r.path)},
      {"provider", r.provider}};
}

/// Asks the supervisor and renders its answer.
template <class Render>
void ask_providers(gateway_self self, const call_ptr& c, catalog_query q, Render render) {
  self->request(self->state.targets.failover, self->state.limits.ask_timeout, std::move(q))
      .then([c, render](const catalog_reply& r) { answer(c, render(r)); }, fail(self, c));
}

/// The key in the path; answers 404 itself when it cannot be one.
std::optional<std::string> catalog_key_of(const call_ptr& c) {
  auto& key = c->asked.params.front();
  if (const auto why = catalog_key_error(key); !why.empty()) {
    answer(c, problem{kinds::unknown_item, "A catalogue key " + why + "."});
    return std::nullopt;
  }
  return key;
}

problem bad_query(std::vector<problem_error> errors) {
  auto detail = "The query parameter \"" + errors.front().where + "\" is wrong.";
  return {kinds::bad_query, std::move(detail), std::move(errors)};
}

std::variant<catalog_ref, problem> ref_of(std::string key, const query_params& query) {
  catalog_ref ref;
  ref.key = std::move(key);
  std::vector<problem_error> errors;
  for (const auto& [name, value] : query) {
    if (name == "language") {
      ref.language = value;
      continue;
    }
    const auto number = number_from<std::int32_t>(value);
    if (!number)
      errors.push_back({name, "must be a whole number", true});
    else
      (name == "season" ? ref.season : ref.episode) = number;
  }
  if (ref.language.empty())
    errors.push_back({"language", "is needed: a language tag such as en", true});
  if (errors.empty())
    for (const auto& wrong : check_and_lower(ref))
      errors.push_back({wrong.pointer.substr(1), wrong.message, true});
  if (!errors.empty())
    return bad_query(std::move(errors));
  return ref;
}

} // namespace

void search_catalog(gateway_self self, const call_ptr& c) {
  const auto text = c->asked.query.empty() ? std::string{} : c->asked.query.front().second;
  if (auto why = search_text_error(text); !why.empty())
    return answer(c, bad_query({{"q", std::move(why), true}}));
  ask_providers(self, c, {catalog_operation::search, text, {}}, search_json);
}

void get_catalog_item(gateway_self self, const call_ptr& c) {
  if (const auto key = catalog_key_of(c))
    ask_providers(self, c, {catalog_operation::get_title, {}, {*key, {}, {}, {}}}, title_json);
}

void count_episodes(gateway_self self, const call_ptr& c) {
  if (const auto key = catalog_key_of(c))
    ask_providers(
        self, c, {catalog_operation::get_season_episode_count, {}, {*key, {}, {}, {}}}, episodes_json);
}

void check_language(gateway_self self, const call_ptr& c) {
  const auto key = catalog_key_of(c);
  if (!key)
    return;
  const auto ref = ref_of(*key, c->asked.query);
  if (const auto* wrong = std::get_if<problem>(&ref))
    return answer(c, *wrong);
  const auto& asked = std::get<catalog_ref>(ref);
  ask_providers(self, c, {catalog_operation::is_language, {}, asked}, [asked](const catalog_reply& r) {
    return language_json(asked, r);
  });
}

} // namespace tributary::gateway
