// Reads catalog.json: strict JSON first, then shape and values, with every complaint at its place.
#include "net/client/catalog.hpp"

#include "config/json_source.hpp"
#include "config/wording.hpp"
#include "messages/job.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <charconv>
#include <set>

namespace tributary {

namespace {

namespace json = boost::json;

constexpr std::int64_t catalog_version_known = 1;
constexpr std::size_t title_bytes_max = 1000;

std::string_view view_of(json::string_view text) {
  return {text.data(), text.size()};
}

class catalog_reader {
public:
  catalog_reader(std::string_view text, const json_source& source) : text_(text), source_(source) {}

  std::vector<catalog_item> items;
  complaints wrong;

  void read() {
    for (const auto& c : source_.repeated)
      if (wrong.size() < catalog_complaints_max)
        wrong.push_back(c);
    if (!source_.root.is_object())
      return complain("", "must be an object, found " + std::string{kind_of(source_.root)});
    const auto& root = source_.root.get_object();
    read_version(root);
    const auto* list = member(root, "items");
    if (!list || !list->is_array())
      return complain("/items", list ? "must be a list of items" : "is needed: a list of items");
    for (std::size_t i = 0; i < list->get_array().size() && !full(); ++i)
      read_item("/items/" + std::to_string(i), list->get_array()[i]);
  }

private:
  [[nodiscard]] bool full() const { return wrong.size() >= catalog_complaints_max; }

  void complain(const std::string& pointer, const std::string& message) {
    if (!full())
      wrong.push_back({pointer, message + at_position(text_, offset_of(text_, pointer))});
  }

  static const json::value* member(const json::object& from, std::string_view key) {
    const auto* v = from.if_contains(json::string_view{key.data(), key.size()});
    return v && !v->is_null() ? v : nullptr;
  }

  void read_version(const json::object& root) {
    const auto* v = member(root, "version");
    if (!v || !v->is_int64() || v->get_int64() != catalog_version_known)
      complain("/version", "must be 1, the only version that there is");
  }

  /// The text, or "" after a complaint.
  std::string read_text(const std::string& at, const json::value* v, std::string (*error)(std::string_view)) {
    if (!v || !v->is_string()) {
      complain(at, v ? "must be a string, found " + std::string{kind_of(*v)} : "is needed");
      return {};
    }
    const auto text = view_of(v->get_string());
    if (const auto why = error(text); !why.empty()) {
      complain(at, why);
      return {};
    }
    return std::string{text};
  }

  void read_item(const std::string& at, const json::value& v) {
    if (!v.is_object())
      return complain(at, "must be an object, found " + std::string{kind_of(v)});
    const auto& from = v.get_object();
    catalog_item item;
    item.title.key = read_text(at + "/key", member(from, "key"), catalog_key_error);
    if (!item.title.key.empty() && !keys_.insert(item.title.key).second)
      complain(at + "/key", "names an item twice: " + tributary::quoted(item.title.key));
    item.title.title = read_text(at + "/title", member(from, "title"), title_error);
    const auto complaints_before = wrong.size();
    read_languages(at + "/languages", member(from, "languages"), item.title.languages);
    languages_read_ = wrong.size() == complaints_before;
    const auto *seasons = member(from, "seasons"), *files = member(from, "files");
    if (!seasons == !files)
      complain(at, "must have either `seasons` or `files`");
    else if (seasons)
      read_seasons(at + "/seasons", *seasons, item);
    else
      read_paths(at + "/files", *files, item.title.languages, item.files);
    items.push_back(std::move(item));
  }

  static std::string title_error(std::string_view title) {
    if (title.find_first_not_of(' ') == std::string_view::npos)
      return "must not be empty";
    return title.size() > title_bytes_max
               ? "must not be longer than " + std::to_string(title_bytes_max) + " bytes"
               : std::string{};
  }

  static std::string lowered_language(std::string language) {
    std::ranges::transform(language, language.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return language;
  }

  void read_languages(const std::string& at, const json::value* v, std::vector<std::string>& to) {
    if (!v || !v->is_array() || v->get_array().empty())
      return complain(at, "must be a list of at least one language tag");
    for (std::size_t i = 0; i < v->get_array().size() && !full(); ++i) {
      const auto here = at + "/" + std::to_string(i);
      auto tag = lowered_language(read_text(here, &v->get_array()[i], language_error));
      if (tag.empty())
        continue;
      if (std::ranges::find(to, tag) != to.end())
        complain(here, "names a language twice");
      else
        to.push_back(std::move(tag));
    }
  }

  /// A season's or an episode's number; none after a complaint.
  std::optional<std::int32_t> number_of(const std::string& at, std::string_view key) {
    std::int32_t number = 0;
    const auto [end, failed] = std::from_chars(key.data(), key.data() + key.size(), number);
    const bool plain = failed == std::errc{} && end == key.data() + key.size() && number >= 0 &&
                       number <= catalog_number_max && std::to_string(number) == key;
    if (plain)
      return number;
    complain(at, "must be named by a number from 0 to " + std::to_string(catalog_number_max));
    return std::nullopt;
  }

  /// Walks an object whose keys are numbers; complains when it is none, or empty.
  template <class Each>
  void numbered(const std::string& at, const json::value& v, std::string_view of_what, Each each) {
    if (!v.is_object() || v.get_object().empty())
      return complain(at, "must be an object with at least one " + std::string{of_what});
    for (const auto& entry : v.get_object()) {
      if (full())
        return;
      const auto here = pointer_to(at, view_of(entry.key()));
      if (const auto number = number_of(here, view_of(entry.key())))
        each(here, *number, entry.value());
    }
  }

  void read_seasons(const std::string& at, const json::value& v, catalog_item& item) {
    numbered(at, v, "season", [&](const std::string& here, std::int32_t season, const json::value& of) {
      auto& episodes = item.seasons[season];
      numbered(
          here, of, "episode", [&](const std::string& there, std::int32_t episode, const json::value& p) {
            read_paths(there, p, item.title.languages, episodes[episode]);
          });
    });
  }

  void read_paths(
      const std::string& at, const json::value& v, const std::vector<std::string>& languages,
      language_paths& to) {
    if (!v.is_object() || v.get_object().empty())
      return complain(at, "must be an object with a path for at least one language");
    for (const auto& entry : v.get_object()) {
      if (full())
        return;
      const auto here = pointer_to(at, view_of(entry.key()));
      const auto language = lowered_language(std::string{view_of(entry.key())});
      if (languages_read_ && std::ranges::find(languages, language) == languages.end())
        complain(here, "is not one of the item's `languages`");
      auto path = read_text(here, &entry.value(), resource_path_error);
      if (!path.empty() && !to.emplace(language, std::move(path)).second)
        complain(here, "names a language twice");
    }
  }

  std::string_view text_;
  const json_source& source_;
  std::set<std::string> keys_;
  bool languages_read_ = false; ///< Of the present item; else its paths cannot be judged by them.
};

} // namespace

std::variant<catalog, complaints> parse_catalog(std::string_view text) {
  if (text.size() > catalog_bytes_max)
    return complaints{{"", "is larger than " + std::to_string(catalog_bytes_max >> 20) + " MiB"}};
  auto source = read_json(text);
  if (auto* broken = std::get_if<complaint>(&source))
    return complaints{std::move(*broken)};
  catalog_reader reader{text, std::get<json_source>(source)};
  reader.read();
  if (!reader.wrong.empty())
    return std::move(reader.wrong);
  return catalog{std::move(reader.items)};
}

} // namespace tributary
