#include "config/settings_json.hpp"

#include "config/json_source.hpp"
#include "config/settings_reader.hpp"
#include "config/wording.hpp"

#include <algorithm>
#include <cassert>

namespace tributary {
namespace {

/// Repeated keys first, then the others in the order of the text, each with its line and column.
complaints located(complaints all, const json_source& source, std::string_view text) {
  std::vector<std::pair<std::size_t, complaint>> placed;
  for (auto& c : all)
    placed.emplace_back(offset_of(text, c.pointer), std::move(c));
  std::ranges::stable_sort(placed, {}, &std::pair<std::size_t, complaint>::first);
  auto out = source.repeated;
  for (auto& [offset, c] : placed)
    out.push_back({std::move(c.pointer), c.message + at_position(text, offset)});
  return out;
}

/// Complaints about the section that a patch was for, as seen from the patch; others say where they are.
complaints relative(complaints all, std::string_view section) {
  for (auto& c : all)
    if (c.pointer == section || c.pointer.starts_with(std::string{section} + '/'))
      c.pointer.erase(0, section.size());
    else if (!c.pointer.empty())
      c = {"", "with this change " + c.pointer + " " + c.message};
  return all;
}

settings_or_complaints patched(settings_reader&& reader, settings&& next, std::string_view section) {
  reader.check();
  if (auto wrong = std::move(reader).finish(); !wrong.empty())
    return relative(std::move(wrong), section);
  return std::move(next);
}

/// Reads the patch's text and hands its value on.
template <class Patch>
settings_or_complaints from_text(std::string_view text, Patch patch) {
  auto read = read_json(text);
  if (auto* wrong = std::get_if<complaint>(&read))
    return complaints{std::move(*wrong)};
  auto& source = std::get<json_source>(read);
  if (!source.repeated.empty())
    return std::move(source.repeated);
  return patch(source.root);
}

} // namespace

settings_or_complaints parse_settings(std::string_view text) {
  auto read = read_json(text);
  if (auto* wrong = std::get_if<complaint>(&read))
    return complaints{std::move(*wrong)};
  const auto& source = std::get<json_source>(read);
  settings out;
  settings_reader reader{out};
  reader.read_document(source.root);
  if (source.root.is_object())
    reader.check();
  auto wrong = std::move(reader).finish();
  if (wrong.empty() && source.repeated.empty())
    return out;
  return located(std::move(wrong), source, text);
}

settings_or_complaints
patch_provider(const settings& base, const std::string& name, const boost::json::value& patch) {
  assert(base.providers.contains(name));
  settings next = base;
  settings_reader reader{next};
  const auto pointer = pointer_to("/providers", name);
  auto& provider = next.providers.at(name);
  const auto kind = provider.kind;
  reader.read_provider(patch, pointer, provider);
  const auto* given = patch.is_object() ? patch.get_object().if_contains("kind") : nullptr;
  if (given && (given->is_null() || provider.kind != kind)) {
    reader.complain(
        pointer + "/kind",
        "the kind of a provider cannot be changed: it is `" + std::string{to_string(kind)} + "`");
    provider.kind = kind;
  }
  return patched(std::move(reader), std::move(next), pointer);
}

settings_or_complaints patch_global(const settings& base, const boost::json::value& patch) {
  settings next = base;
  settings_reader reader{next};
  reader.read_global(patch, "/global");
  return patched(std::move(reader), std::move(next), "/global");
}

settings_or_complaints
patch_provider_text(const settings& base, const std::string& name, std::string_view patch) {
  return from_text(patch, [&](const boost::json::value& v) { return patch_provider(base, name, v); });
}

settings_or_complaints patch_global_text(const settings& base, std::string_view patch) {
  return from_text(patch, [&](const boost::json::value& v) { return patch_global(base, v); });
}

settings_or_complaints
add_provider_text(const settings& base, const std::string& name, std::string_view section) {
  assert(!base.providers.contains(name));
  if (auto why = provider_name_error(name); !why.empty())
    return complaints{{"/name", std::move(why)}};
  return from_text(section, [&](const boost::json::value& v) {
    settings next = base;
    settings_reader reader{next};
    reader.read_new_provider(v, name);
    if (next.chain)
      next.chain->push_back(name);
    return patched(std::move(reader), std::move(next), pointer_to("/providers", name));
  });
}

settings_or_complaints replace_failover_text(const settings& base, std::string_view section) {
  return from_text(section, [&](const boost::json::value& v) {
    settings next = base;
    next.chain.reset();
    settings_reader reader{next};
    reader.read_failover(v);
    return patched(std::move(reader), std::move(next), "/failover");
  });
}

} // namespace tributary
