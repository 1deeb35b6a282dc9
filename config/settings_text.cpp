// Settings as text for the file and as JSON objects for GET.
#include "config/settings_json.hpp"

#include "config/json_text.hpp"
#include "config/settings_table.hpp"

#include <boost/json/object.hpp>

namespace tributary {
namespace {

/// Every key of the table with its value.
template <class Section>
boost::json::object all_values(const Section& section) {
  boost::json::object out;
  for (const auto& key : keys_of<Section>())
    out.emplace(key.name, value_of(section, key));
  return out;
}

/// Only what is not the default; `kind` is always said.
template <class Section>
boost::json::object set_values(const Section& section) {
  boost::json::object out;
  for (const auto& key : keys_of<Section>())
    if (key.name == "kind" || !has_default(section, key))
      out.emplace(key.name, value_of(section, key));
  return out;
}

} // namespace

boost::json::object document_json(const settings& s) {
  boost::json::object providers;
  for (const auto& [name, provider] : s.providers)
    providers.emplace(name, set_values(provider));
  boost::json::object document{{"version", s.version}};
  if (auto global = set_values(s.global); !global.empty())
    document.emplace("global", std::move(global));
  document.emplace("providers", std::move(providers));
  if (s.chain)
    document.emplace(
        "failover", boost::json::object{{"chain", boost::json::array(s.chain->begin(), s.chain->end())}});
  return document;
}

std::string to_text(const settings& s) {
  return pretty_json(document_json(s)) + '\n';
}

boost::json::object effective_json(const settings& s, const std::string& name) {
  return all_values(effective(s, name).own);
}

boost::json::object effective_global_json(const settings& s) {
  return all_values(s.global);
}

} // namespace tributary
