#include "config/settings_reader.hpp"

#include "config/wording.hpp"

#include <array>
#include <utility>
#include <vector>

namespace tributary {
namespace {

constexpr std::array<std::string_view, 4> sections{"version", "global", "providers", "failover"};
constexpr std::array<std::string_view, 1> failover_names{"chain"};
constexpr std::int32_t version_now = 1;
constexpr std::size_t name_bytes_max =
    255; ///< What is in a provider of a longer name is not looked at: pointers stay short.

template <class Section>
std::vector<std::string_view> names_of() {
  std::vector<std::string_view> out;
  for (const auto& key : keys_of<Section>())
    out.push_back(key.name);
  return out;
}

} // namespace

void settings_reader::complain(std::string pointer, std::string message) {
  if (found_.size() >= complaints_max) {
    ++untold_;
    return;
  }
  unsound_.insert(pointer);
  found_.push_back({std::move(pointer), std::move(message)});
}

complaints settings_reader::finish() && {
  if (untold_ > 0)
    found_.push_back({"", std::to_string(untold_) + " more complaints are left out"});
  return std::move(found_);
}

const boost::json::object* settings_reader::object(const boost::json::value& v, const std::string& pointer) {
  if (v.is_object())
    return &v.get_object();
  complain(pointer, "expected an object, found " + std::string{kind_of(v)});
  return nullptr;
}

void settings_reader::read_document(const boost::json::value& root) {
  const auto* members = object(root, "");
  if (!members)
    return;
  for (const auto& [key, value] : *members) {
    const std::string_view name = key;
    const auto pointer = pointer_to("", name);
    if (name == "version")
      read_version(value);
    else if (name == "global")
      read_global(value, pointer);
    else if (name == "providers")
      read_providers(value);
    else if (name == "failover")
      read_failover(value);
    else
      complain(pointer, "unknown section" + did_you_mean(name, sections));
  }
}

void settings_reader::read_version(const boost::json::value& v) {
  if (!v.is_number() || v.to_number<double>() != version_now)
    complain("/version", "must be " + std::to_string(version_now) + ": this version reads no other layout");
}

void settings_reader::read_global(const boost::json::value& section, const std::string& pointer) {
  if (const auto* members = object(section, pointer))
    read_section(*members, pointer, out_.global);
}

void settings_reader::read_provider(
    const boost::json::value& section, const std::string& pointer, provider_settings& out) {
  if (const auto* members = object(section, pointer))
    read_section(*members, pointer, out);
}

void settings_reader::read_providers(const boost::json::value& v) {
  const auto* members = object(v, "/providers");
  if (!members)
    return;
  for (const auto& [key, section] : *members) {
    const std::string name = key;
    const auto pointer = pointer_to("/providers", name);
    const auto name_error = provider_name_error(name);
    if (!name_error.empty())
      complain(pointer, name_error);
    if (name.size() > name_bytes_max)
      continue;
    read_new_provider(section, name);
  }
}

void settings_reader::read_new_provider(const boost::json::value& section, const std::string& name) {
  const auto pointer = pointer_to("/providers", name);
  auto& provider = out_.providers[name]; // Also when it cannot be read: the chain may name it.
  const auto* values = object(section, pointer);
  if (!values) {
    unsound_.insert(pointer + "/base_url");
    return;
  }
  read_section(*values, pointer, provider);
  if (const auto* kind = values->if_contains("kind"); !kind || kind->is_null())
    complain(pointer, "`kind` is required: write \"kind\": \"http\"");
}

void settings_reader::read_failover(const boost::json::value& v) {
  const auto* members = object(v, "/failover");
  if (!members)
    return;
  for (const auto& [name, value] : *members)
    if (name == "chain")
      read_chain(value);
    else
      complain(pointer_to("/failover", name), "unknown setting" + did_you_mean(name, failover_names));
}

void settings_reader::read_chain(const boost::json::value& v) {
  if (v.is_null())
    return; // Implicit.
  if (!v.is_array())
    return complain(
        "/failover/chain", "expected an array of provider names, found " + std::string{kind_of(v)});
  std::vector<std::string> chain;
  for (const auto& name : v.get_array()) {
    if (!name.is_string())
      complain(
          pointer_to("/failover/chain", std::to_string(chain.size())),
          "expected a provider's name, found " + std::string{kind_of(name)});
    chain.emplace_back(name.is_string() ? std::string_view{name.get_string()} : std::string_view{});
  }
  out_.chain = std::move(chain);
}

template <class Section>
void settings_reader::read_section(
    const boost::json::object& members, const std::string& pointer, Section& out) {
  for (const auto& [name, value] : members) {
    const auto at = pointer_to(pointer, name);
    if (const auto* key = find_key<Section>(name))
      assign(out, *key, value, [&](std::optional<std::string_view> entry, std::string message) {
        complain(entry ? pointer_to(at, *entry) : at, std::move(message));
      });
    else
      unknown_setting<Section>(at, name);
  }
}

template <class Section>
void settings_reader::unknown_setting(const std::string& pointer, std::string_view name) {
  constexpr bool global = std::is_same_v<Section, global_settings>;
  if (found_.size() >= complaints_max)
    ++untold_; // Spares the search for a suggestion.
  else if (!global && find_key<global_settings>(name))
    complain(pointer, "is a global setting, not one of a provider: it belongs into the section `global`");
  else if (global && find_key<provider_settings>(name))
    complain(pointer, "is a setting of a provider, not a global one");
  else
    complain(pointer, "unknown setting" + did_you_mean(name, names_of<Section>()));
}

void settings_reader::check() {
  const auto before = unsound_; // Rules do not silence each other.
  for (auto& [pointer, message] :
       check_rules(out_, [&](const std::string& at) { return !before.contains(at); }))
    complain(std::move(pointer), std::move(message));
}

} // namespace tributary
