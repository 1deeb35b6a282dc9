#include "config/settings_schema.hpp"

#include "config/json_text.hpp"
#include "config/setting_choices.hpp"
#include "config/settings_table.hpp"
#include "config/text_rules.hpp"

#include <boost/json/object.hpp>

#include <cmath>

namespace tributary {
namespace {

namespace json = boost::json;

json::value number(double x) {
  return x == std::floor(x) ? json::value(static_cast<std::int64_t>(x)) : json::value(x);
}

void limit(json::object& to, const number_range& range) {
  to["minimum"] = number(range.min);
  to["maximum"] = number(range.max);
}

/// As much of a rule for texts as a schema can say.
void constrain(json::object& to, text_rule rule) {
  if (rule == base_url_error)
    to.insert({{"format", "uri"}, {"pattern", "^[Hh][Tt][Tt][Pp][Ss]?://."}});
  else if (rule == absolute_path_error)
    to["pattern"] = "^/";
  else
    to["minLength"] = 1;
}

/// What one setting may be, by its type and its line in the table; null stands for its default.
template <class Section>
struct described {
  const setting_key<Section>& key;
  json::object& to;

  void type(json::string_view name) const { to["type"] = json::array{name, "null"}; }

  void of(const bool&) const { type("boolean"); }
  void of(const std::int32_t&) const {
    type("integer");
    limit(to, std::get<number_range>(key.allowed));
  }
  void of(const double&) const {
    type("number");
    limit(to, std::get<number_range>(key.allowed));
  }
  void of(const std::string&) const {
    type("string");
    constrain(to, std::get<text_rule>(key.allowed));
  }
  void of(const text_map&) const {
    type("object");
    to["maxProperties"] = entries_max;
    to["propertyNames"] = json::object{{"minLength", 1}};
    to["additionalProperties"] = json::object{{"type", "string"}};
  }
  template <class T>
  void of(const std::optional<T>&) const {
    of(T{});
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void of(const Enum&) const {
    json::array names;
    for (const auto choice : choices<Enum>::all)
      names.emplace_back(to_string(choice));
    if constexpr (!std::is_same_v<Enum, provider_kind>) // Which must be said.
      names.emplace_back(nullptr);
    to["enum"] = std::move(names);
  }
};

template <class Section>
json::object properties_of() {
  static const Section defaults;
  json::object out;
  for (const auto& key : keys_of<Section>()) {
    json::object one{{"description", key.about}};
    std::visit([&](auto member) { described<Section>{key, one}.of(defaults.*member); }, key.member);
    if (auto value = value_of(defaults, key); key.name != "kind" && !value.is_null())
      one["default"] = std::move(value);
    out[key.name] = std::move(one);
  }
  return out;
}

json::object closed(json::object properties) {
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
}

/// A provider of this kind needs that setting, and cannot have the other kind's (an empty map is none).
json::object
needs(provider_kind kind, json::string_view own, std::initializer_list<json::string_view> foreign) {
  json::object properties{{own, json::object{{"type", "string"}}}};
  for (const auto key : foreign)
    properties[key] = json::object{{"type", json::array{"null", "object"}}, {"maxProperties", 0}};
  const json::object is_of_kind{
      {"properties", json::object{{"kind", json::object{{"const", to_string(kind)}}}}}};
  return {
      {"if", is_of_kind},
      {"then", json::object{{"required", json::array{own}}, {"properties", std::move(properties)}}}};
}

json::object provider_schema() {
  auto out = closed(properties_of<provider_settings>());
  out["required"] = json::array{"kind"};
  out["allOf"] = json::array{
      needs(provider_kind::http, "base_url", {"directory"}),
      needs(
          provider_kind::directory, "directory", {"base_url", "custom_headers", "custom_params", "ca_file"})};
  return out;
}

} // namespace

json::object settings_schema() {
  const json::object name{{"$ref", "#/$defs/name"}};
  const json::object chain{
      {"description",
       "The providers that may be used, first choice first; null: all enabled ones by priority."},
      {"type", json::array{"array", "null"}},
      {"items", json::object{{"type", "string"}}},
      {"uniqueItems", true}};
  auto document = closed(
      {{"version", json::object{{"const", 1}, {"description", "The layout of this document."}}},
       {"global", closed(properties_of<global_settings>())},
       {"providers",
        json::object{
            {"type", "object"},
            {"propertyNames", name},
            {"additionalProperties", json::object{{"$ref", "#/$defs/provider"}}}}},
       {"failover", closed({{"chain", chain}})}});
  json::array reserved;
  for (const auto word : reserved_provider_names())
    reserved.emplace_back(word);
  json::object out{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"$id", "urn:tributary:settings:1"},
      {"title", "Tributary settings"}};
  for (auto& member : document)
    out.insert(member);
  out["$defs"] = json::object{
      {"name",
       json::object{
           {"pattern", "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"},
           {"not", json::object{{"enum", std::move(reserved)}}}}},
      {"provider", provider_schema()}};
  return out;
}

std::string settings_schema_text() {
  return pretty_json(settings_schema()) + '\n';
}

} // namespace tributary
