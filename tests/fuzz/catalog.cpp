// A provider's catalog.json: what is accepted answers every operation consistently, what is refused says why
// and where.
#include "tests/fuzz/property.hpp"

#include "messages/job.hpp"
#include "net/client/catalog.hpp"

using namespace tributary;
using tributary::fuzz::must;

namespace {

catalog_reply ask(const catalog& c, catalog_operation what, const catalog_ref& item) {
  return c.answer({what, {}, item});
}

/// A place of an item: where it is there, a path that any provider may be asked for.
void check_place(const catalog& c, const catalog_ref& place) {
  const auto r = ask(c, catalog_operation::is_language, place);
  if (r.result != outcome::ok) {
    must(r.result == outcome::missing && !r.message.empty(), "what is not there is said to be missing");
    return;
  }
  must(r.available == !r.language.empty(), "what is there has a language");
  must(place.language.empty() || !r.available || r.language == place.language, "the one that was asked for");
  const bool whole_series = !place.season && r.path.empty();
  must(!r.available || whole_series || resource_path_error(r.path).empty(), "a path beneath the base");
}

void check_item(const catalog& c, const catalog_title& title) {
  must(catalog_key_error(title.key).empty(), "a valid key");
  must(!title.languages.empty(), "at least one language");
  const auto told = ask(c, catalog_operation::get_title, {title.key, {}, {}, {}});
  must(told.result == outcome::ok && told.items.size() == 1 && told.items[0] == title, "its title");
  auto languages = title.languages;
  languages.emplace_back(); // Whichever there is.
  for (const auto& language : languages) {
    must(language.empty() || language_error(language).empty(), "a valid language");
    check_place(c, {title.key, {}, {}, language});
  }
  const auto counted = ask(c, catalog_operation::get_season_episode_count, {title.key, {}, {}, {}});
  must(counted.result == outcome::ok, "its seasons");
  for (const auto& s : counted.seasons) {
    must(s.season >= 0 && s.season <= catalog_number_max && s.episodes > 0, "a season with episodes");
    for (const std::int32_t episode : {0, 1, 2, catalog_number_max})
      for (const auto& language : languages)
        check_place(c, {title.key, s.season, episode, language});
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = parse_catalog(fuzz::text_of(data, size));
  if (const auto* wrong = std::get_if<complaints>(&parsed)) {
    must(
        !wrong->empty() && wrong->size() <= catalog_complaints_max, "a refused document says why, in bounds");
    for (const auto& c : *wrong) {
      must(c.pointer.empty() || c.pointer.front() == '/', "a complaint points into the document");
      must(!c.message.empty(), "a complaint says something");
    }
    return 0;
  }
  const auto& c = std::get<catalog>(parsed);
  const auto all = c.answer({catalog_operation::search, {}, {}});
  must(all.result == outcome::ok && all.items.size() <= search_results_max, "a search within its limit");
  must(all.more == (c.size() > search_results_max), "and it says whether there is more");
  for (const auto& title : all.items)
    check_item(c, title);
  return 0;
}
