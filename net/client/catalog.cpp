#include "net/client/catalog.hpp"

#include <algorithm>

namespace tributary {

namespace {

std::string lowered(std::string_view text) {
  std::string out{text};
  std::ranges::transform(
      out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0)
      out.push_back(lowered(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

catalog_reply missing(std::string message) {
  catalog_reply out;
  out.result = outcome::missing;
  out.cause = fault::no_such_item;
  out.message = std::move(message);
  return out;
}

/// Null when the item has no such place.
const language_paths* paths_at(const catalog_item& item, const catalog_ref& wanted) {
  if (!wanted.season || !wanted.episode)
    return &item.files;
  const auto season = item.seasons.find(*wanted.season);
  if (season == item.seasons.end())
    return nullptr;
  const auto episode = season->second.find(*wanted.episode);
  return episode == season->second.end() ? nullptr : &episode->second;
}

void choose_language(catalog_reply& out, const language_paths& paths, const catalog_ref& wanted) {
  const auto& own = out.items.front().languages;
  const auto order = wanted.language.empty() ? own : std::vector{wanted.language};
  for (const auto& language : order)
    if (const auto at = paths.find(language); at != paths.end()) {
      out.available = true;
      out.language = language;
      out.path = at->second;
      return;
    }
}

} // namespace

catalog::catalog(std::vector<catalog_item> items) {
  std::ranges::sort(items, {}, [](const catalog_item& i) -> const std::string& { return i.title.key; });
  for (auto& item : items) {
    if (!items_.empty() && items_.back().item.title.key == item.title.key)
      continue;
    auto searched = lowered(item.title.key + '\n' + item.title.title);
    items_.push_back({std::move(item), std::move(searched)});
  }
}

const catalog_item* catalog::find(std::string_view key) const {
  const auto at = std::ranges::lower_bound(
      items_, key, {}, [](const entry& e) -> std::string_view { return e.item.title.key; });
  return at == items_.end() || at->item.title.key != key ? nullptr : &at->item;
}

catalog_reply catalog::search(std::string_view text) const {
  const auto words = words_of(text);
  catalog_reply out;
  for (const auto& e : items_)
    if (std::ranges::all_of(
            words, [&](const std::string& w) { return e.searched.find(w) != std::string::npos; }))
      out.items.push_back(e.item.title);
  std::ranges::stable_sort(out.items, {}, &catalog_title::title);
  out.more = out.items.size() > search_results_max;
  if (out.more)
    out.items.resize(search_results_max);
  return out;
}

catalog_reply catalog::answer(const catalog_query& q) const {
  if (q.what == catalog_operation::search)
    return search(q.text);
  const auto* item = find(q.item.key);
  if (!item)
    return missing("its catalogue has no item " + q.item.key);
  catalog_reply out;
  out.items.push_back(item->title);
  if (q.what == catalog_operation::get_season_episode_count)
    for (const auto& [number, episodes] : item->seasons)
      out.seasons.push_back({number, static_cast<std::uint32_t>(episodes.size())});
  if (q.what != catalog_operation::is_language)
    return out;
  if (!q.item.season && !item->seasons.empty()) { // Of the whole series, which no path leads to.
    out.available = std::ranges::find(item->title.languages, q.item.language) != item->title.languages.end();
    out.language = out.available ? q.item.language : "";
    return out;
  }
  const auto* paths = paths_at(*item, q.item);
  if (!paths)
    return missing("its catalogue does not have " + describe(q.item));
  choose_language(out, *paths, q.item);
  return out;
}

} // namespace tributary
