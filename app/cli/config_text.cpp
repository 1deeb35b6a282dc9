#include "app/cli/config_text.hpp"

#include "app/cli/failure.hpp"
#include "app/cli/terminal.hpp"
#include "config/json_text.hpp"
#include "config/settings_table.hpp"

#include <boost/json.hpp>

namespace tributary::cli {

namespace json = boost::json;

namespace {

/// A text in either section: `region=007` is a text, not a number.
template <class Section>
bool is_text(std::string_view key) {
  const auto* found = find_key<Section>(key);
  return found && (std::holds_alternative<std::string Section::*>(found->member) ||
                   std::holds_alternative<std::optional<std::string> Section::*>(found->member));
}

json::value value_from(std::string_view key, bool entry, std::string_view text) {
  json::error_code why;
  auto read = json::parse(json::string_view{text.data(), text.size()}, why);
  if (why)
    return json::string{text};
  const bool text_wanted = entry || is_text<provider_settings>(key) || is_text<global_settings>(key);
  if (text_wanted && !read.is_string() && !read.is_null())
    return json::string{text};
  return read;
}

} // namespace

json::object settings_from_words(const std::vector<std::string>& words) {
  json::object out;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      throw failure(
          exit_usage, "a setting is given as KEY=VALUE, as in priority=3; got \"" + shown(word) + "\"");
    const auto dot = std::min(word.find('.'), equals);
    const auto key = word.substr(0, dot);
    const auto value = std::string_view{word}.substr(equals + 1);
    if (dot == equals) {
      if (!out.emplace(key, value_from(key, false, value)).second)
        throw failure(exit_usage, "\"" + shown(key) + "\" is given twice");
      continue;
    }
    auto& entries = out.emplace(key, json::object{}).first->value();
    const auto entry = word.substr(dot + 1, equals - dot - 1);
    if (!entries.is_object() || !entries.get_object().emplace(entry, value_from(key, true, value)).second)
      throw failure(exit_usage, "\"" + shown(word.substr(0, equals)) + "\" is given twice");
  }
  return out;
}

std::string section_text(const std::string& head, json_view section) {
  std::string out = head.empty() ? "" : "[" + shown(head) + "]\n";
  for (const auto& member : section.members()) {
    const auto& value = member.value();
    const bool nested = value.is_object() && !value.get_object().empty();
    out += shown(member.key()) + " = " + shown(nested ? json::serialize(value) : pretty_json(value)) + '\n';
  }
  return out;
}

std::string document_text(json_view document) {
  auto out = section_text("global", document["global"]);
  for (const auto& member : document["providers"].members())
    out += "\n" + section_text("providers." + std::string{member.key()}, member.value());
  if (document["failover"].exists())
    out += "\n" + section_text("failover", document["failover"]);
  return out;
}

} // namespace tributary::cli
