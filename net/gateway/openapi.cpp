#include "net/gateway/openapi.hpp"

#include "net/gateway/embedded.hpp"
#include "net/gateway/openapi_operations.hpp"
#include "net/gateway/response.hpp"
#include "net/gateway/text.hpp"

#include "config/settings_schema.hpp"

#include <boost/json.hpp>

namespace tributary::gateway {

namespace {

namespace json = boost::json;

constexpr std::string_view schemas = "#/components/schemas/";

json::object ref(std::string_view section, std::string_view name) {
  return {{"$ref", std::string{"#/components/"}.append(section).append(name)}};
}

json::object content(std::string_view media_type, json::object schema) {
  return {{media_type, json::object{{"schema", std::move(schema)}}}};
}

template <class Each>
void for_each_word(std::string_view words, Each each) {
  while (!words.empty()) {
    const auto word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(words.size(), word.size() + 1));
    each(word);
  }
}

json::array parameters_of(const route& r, const operation& op) {
  json::array out;
  auto rest = r.pattern;
  for (auto at = rest.find('{'); at != std::string_view::npos; at = rest.find('{')) {
    rest.remove_prefix(at);
    const auto name = rest.substr(1, rest.find('}') - 1);
    out.push_back(ref("parameters/path.", name));
    rest.remove_prefix(name.size());
  }
  const auto add = [&](std::string_view name) { out.push_back(ref("parameters/", name)); };
  for_each_word(r.query, add);
  for_each_word(op.fields, add);
  return out;
}

json::object headers_of(const operation& op) {
  json::object out;
  for_each_word(op.tells, [&](std::string_view name) { out[name] = ref("headers/", name); });
  return out;
}

json::object responses_of(const route& r, const operation& op) {
  json::object out;
  for (const auto& [status, schema] : op.gives)
    if (status != 0)
      out[std::to_string(status)] = json::object{
          {"description", reason_of(status)},
          {"headers", headers_of(op)},
          {"content", schema.empty() ? content(op.media_type, {{"type", "string"}})
                                     : content("application/json", ref("schemas/", schema))}};
  const auto refuse = [&](std::string_view status) { out[status] = ref("responses/", "problem"); };
  for_each_word(op.refuses, refuse);
  if (r.needs)
    for_each_word("401 403", refuse);
  refuse("default");
  return out;
}

/// A name that generators of code can use: "get_api_jobs_id".
std::string id_of(const route& r) {
  std::string id{r.method};
  for (const char c : r.pattern) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_letter)
      id += c;
    else if (id.back() != '_' && c != '}')
      id += '_';
  }
  std::ranges::transform(id, id.begin(), lower);
  return id;
}

json::object describe(const route& r, const operation& op) {
  json::object out{
      {"tags", json::array{op.tag}},
      {"summary", op.summary},
      {"operationId", id_of(r)},
      {"responses", responses_of(r, op)}};
  if (auto parameters = parameters_of(r, op); !parameters.empty())
    out["parameters"] = std::move(parameters);
  if (!op.takes.empty())
    out["requestBody"] = json::object{
        {"required", !op.may_lack_body}, {"content", content("application/json", ref("schemas/", op.takes))}};
  if (r.needs)
    out["security"] = json::array{json::object{{"token", json::array{to_string(*r.needs)}}}};
  else
    out["security"] = json::array{};
  return out;
}

json::object paths() {
  json::object out;
  for (const auto& op : operations) {
    const auto& r = *std::ranges::find(routes, op.what, &route::what);
    auto& path = out[r.pattern];
    if (!path.is_object())
      path.emplace_object();
    std::string method{r.method};
    std::ranges::transform(method, method.begin(), lower);
    path.get_object()[method] = describe(r, op);
  }
  return out;
}

/// "#/$defs/x" -> "#/components/schemas/x", for a schema that moves into this document.
void move_refs(json::value& v, const json::object& names) {
  if (auto* a = v.if_array())
    for (auto& each : *a)
      move_refs(each, names);
  auto* o = v.if_object();
  if (!o)
    return;
  if (auto* target = o->if_contains("$ref"))
    *target = std::string{schemas}.append(names.at(target->as_string()).as_string());
  for (auto& [key, each] : *o)
    move_refs(each, names);
}

/// The settings' own schema, made from the tables that validation uses, in parts that can be referred to.
void add_settings(json::object& to) {
  const json::object names{{"#/$defs/name", "provider_name"}, {"#/$defs/provider", "provider_settings"}};
  json::value whole = settings_schema();
  move_refs(whole, names);
  auto& document = whole.get_object();
  auto parts = std::move(document.at("$defs").get_object());
  for (const auto* only_for_files : {"$schema", "$id", "$defs"})
    document.erase(only_for_files);
  auto& global = document.at("properties").at("global");
  to["global_settings"] = std::exchange(global, ref("schemas/", "global_settings"));
  to["provider_name"] = std::move(parts.at("name"));
  auto& provider = parts.at("provider").get_object();
  auto patch = provider; // What a whole one must have a change may leave out.
  patch.erase("required");
  patch.erase("allOf");
  to["provider_patch"] = std::move(patch);
  to["provider_settings"] = std::move(provider);
  to["settings"] = std::move(document);
}

/// What stands in the files of openapi/, and the settings.
json::object components() {
  json::object out;
  for (const auto& file : embedded_files()) {
    if (!file.name.starts_with("openapi/"))
      continue;
    const auto part = json::parse(json::string_view{file.text.data(), file.text.size()});
    for (const auto& [section, members] : part.as_object()) {
      auto& together = out[section];
      if (!together.is_object())
        together.emplace_object();
      for (const auto& member : members.as_object())
        together.get_object().insert(member);
    }
  }
  add_settings(out.at("schemas").as_object());
  return out;
}

} // namespace

json::object openapi_document() {
  return {
      {"openapi", "3.1.0"},
      {"info",
       json::object{
           {"title", "Tributary"},
           {"version", TRIBUTARY_VERSION},
           {"summary", "A download engine that fails over between providers."},
           {"description",
            "Times are ISO 8601 in UTC, sizes are bytes, rates Mbit/s, ids strings; what is unknown is "
            "null. HEAD is answered wherever GET is."}}},
      {"servers", json::array{json::object{{"url", "/"}}}},
      {"paths", paths()},
      {"components", components()}};
}

} // namespace tributary::gateway
