// Reads a submission. Types and keys are judged here, values by check_and_complete; all complaints come at
// once.
#include "messages/job_json.hpp"

#include "config/wording.hpp"
#include "messages/json_value.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>

namespace tributary {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 12> spec_keys{
    "operation",        "resource",     "output",       "sha256",   "size",        "priority",
    "deadline_seconds", "max_attempts", "max_segments", "strategy", "on_conflict", "providers"};
constexpr std::array<std::string_view, 6> resource_keys{"path",   "urls",    "key",
                                                        "season", "episode", "language"};
constexpr std::array<std::string_view, 3> strategy_names{"priority", "best", "fastest"};
constexpr std::array<std::string_view, 4> on_conflict_names{"error", "rename", "replace", "skip_if_same"};

std::string_view view_of(json::string_view text) {
  return {text.data(), text.size()};
}

class spec_reader {
public:
  explicit spec_reader(const json::object& from) : from_(from) {}

  job_spec spec;
  complaints wrong;

  void read() {
    for (const auto& member : from_)
      if (std::ranges::find(spec_keys, view_of(member.key())) == spec_keys.end())
        unknown_key("", view_of(member.key()), spec_keys);
    read_operation();
    read_resource();
    read_text("/output", present("output"), spec.output);
    if (const auto* v = present("sha256"))
      read_text("/sha256", v, spec.sha256.emplace());
    read_size();
    if (const auto* v = present("priority"))
      read_integer("/priority", *v, spec.priority);
    read_integer("/max_attempts", present("max_attempts"), spec.max_attempts);
    read_integer("/max_segments", present("max_segments"), spec.max_segments);
    read_deadline();
    read_choice("strategy", spec.strategy, strategy_names, strategy_from);
    read_choice("on_conflict", spec.on_conflict, on_conflict_names, on_conflict_from);
    read_texts("/providers", present("providers"), spec.providers);
  }

private:
  /// The value of a key; none when it is absent or null.
  const json::value* present(std::string_view key) const {
    const auto* v = from_.if_contains(json::string_view{key.data(), key.size()});
    return v && !v->is_null() ? v : nullptr;
  }

  void complain(std::string pointer, std::string message) {
    wrong.push_back({std::move(pointer), std::move(message)});
  }

  void unknown_key(const std::string& where, std::string_view key, std::span<const std::string_view> known) {
    complain(pointer_to(where, key), "unknown key " + quoted(key) + did_you_mean(key, known));
  }

  void read_operation() {
    const auto* v = present("operation");
    if (v && (!v->is_string() || v->as_string() != "download"))
      complain("/operation", "must be 'download'; other operations are not jobs");
  }

  void read_resource() {
    const auto* v = present("resource");
    if (!v || !v->is_object()) {
      complain("/resource", v ? "must be an object" : "is needed: an object with 'path', 'urls' or 'key'");
      return;
    }
    for (const auto& member : v->get_object())
      if (const auto key = view_of(member.key());
          std::ranges::find(resource_keys, key) == resource_keys.end())
        unknown_key("/resource", key, resource_keys);
    read_item(v->get_object());
    const auto* path = v->get_object().if_contains("path");
    if (path && !path->is_null() && !path->is_string())
      complain("/resource/path", "must be a string");
    else
      spec.resource.path = text_or_empty(path);
    const auto* urls = v->get_object().if_contains("urls");
    read_texts("/resource/urls", urls && !urls->is_null() ? urls : nullptr, spec.resource.urls);
  }

  void read_item(const json::object& from) {
    const auto value = [&](std::string_view key) {
      const auto* v = from.if_contains(json::string_view{key.data(), key.size()});
      return v && !v->is_null() ? v : nullptr;
    };
    const auto *key = value("key"), *season = value("season"), *episode = value("episode"),
               *language = value("language");
    if (!key && !season && !episode && !language)
      return;
    if (!key)
      complain("/resource/key", "is needed beside 'season', 'episode' and 'language'");
    auto& item = spec.resource.item.emplace();
    read_text("/resource/key", key, item.key);
    read_integer("/resource/season", season, item.season);
    read_integer("/resource/episode", episode, item.episode);
    read_text("/resource/language", language, item.language);
  }

  void read_text(const std::string& pointer, const json::value* v, std::string& to) {
    if (v && !v->is_string())
      complain(pointer, "must be a string");
    else if (v)
      to = text_from(*v);
  }

  void read_texts(const std::string& pointer, const json::value* v, std::vector<std::string>& to) {
    if (!v)
      return;
    if (!v->is_array())
      return complain(pointer, "must be a list of strings");
    for (const auto& each : v->get_array()) {
      if (!each.is_string())
        return complain(pointer + "/" + std::to_string(to.size()), "must be a string");
      to.push_back(text_from(each));
    }
  }

  template <class Integer>
  void read_integer(const std::string& pointer, const json::value& v, Integer& to) {
    json::error_code failed;
    const auto value = v.to_number<Integer>(failed); // 5.0 is a whole number, too.
    if (!v.is_number() || failed)
      complain(pointer, "must be a whole number in range");
    else
      to = value;
  }

  void read_integer(const std::string& pointer, const json::value* v, std::optional<std::int32_t>& to) {
    if (v)
      read_integer(pointer, *v, to.emplace());
  }

  void read_size() {
    const auto* v = present("size");
    if (!v)
      return;
    json::error_code failed;
    const auto value = v->to_number<std::uint64_t>(failed);
    if (!v->is_number() || failed)
      complain("/size", "must be a whole number of bytes, 0 or more");
    else
      spec.size = value;
  }

  void read_deadline() {
    const auto* v = present("deadline_seconds");
    if (v && !v->is_number())
      complain("/deadline_seconds", "must be a number of seconds");
    else if (v)
      spec.deadline_seconds = v->to_number<double>();
  }

  template <class T, class From>
  void read_choice(
      const std::string& key, std::optional<T>& to, std::span<const std::string_view> names, From from) {
    const auto* v = present(key);
    if (!v)
      return;
    const auto name = v->is_string() ? text_from(*v) : std::string{};
    if ((to = from(name)))
      return;
    std::string list;
    for (const auto each : names)
      list += (list.empty() ? "'" : ", '") + std::string{each} + "'";
    complain("/" + key, "must be one of " + list + did_you_mean(name, names));
  }

  const json::object& from_;
};

/// The first token of a pointer: what one key of the document is.
std::string_view head(std::string_view pointer) {
  return pointer.substr(0, pointer.find('/', 1));
}

} // namespace

std::variant<job_spec, complaints> parse_job_spec(const json::value& v) {
  if (!v.is_object())
    return complaints{{"", "a job must be an object"}};
  spec_reader reader{v.get_object()};
  reader.read();
  const auto unreadable = reader.wrong; // What was not read cannot be judged by its value.
  for (auto& found : check_and_complete(reader.spec)) {
    const auto same = [&](const complaint& c) { return head(c.pointer) == head(found.pointer); };
    if (std::ranges::none_of(unreadable, same))
      reader.wrong.push_back(std::move(found));
  }
  if (!reader.wrong.empty())
    return std::move(reader.wrong);
  return std::move(reader.spec);
}

} // namespace tributary
