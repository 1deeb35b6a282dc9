#include "config/settings_diff.hpp"

#include "config/json_text.hpp"
#include "config/settings_json.hpp"
#include "config/wording.hpp"

#include <boost/json/object.hpp>

#include <algorithm>

namespace tributary {
namespace {

namespace json = boost::json;

std::size_t depth_of(const std::string& pointer) {
  return static_cast<std::size_t>(std::ranges::count(pointer, '/'));
}

/// A provider is one value when it stands on one side only; so is everything that is no object on both.
void compare(
    const std::string& pointer, const json::value* before, const json::value* after, settings_diff& out) {
  if (before && after && *before == *after)
    return;
  const auto* from = before ? before->if_object() : nullptr;
  const auto* to = after ? after->if_object() : nullptr;
  const bool section = depth_of(pointer) < 2; // "", "/global", "/providers", "/failover"
  if ((from && to) || (section && (from || to))) {
    const json::object nothing;
    const auto& old = from ? *from : nothing;
    const auto& now = to ? *to : nothing;
    for (const auto& [key, value] : old)
      compare(pointer_to(pointer, key), &value, now.if_contains(key), out);
    for (const auto& [key, value] : now)
      if (!old.contains(key))
        compare(pointer_to(pointer, key), nullptr, &value, out);
    return;
  }
  settings_difference d{pointer, {}, {}};
  if (before)
    d.before = compact_json(*before);
  if (after)
    d.after = compact_json(*after);
  out.push_back(std::move(d));
}

} // namespace

settings_diff diff_of(const settings& before, const settings& after) {
  settings_diff out;
  const json::value old = document_json(before), now = document_json(after);
  compare("", &old, &now, out);
  return out;
}

std::string to_text(const settings_diff& diff) {
  std::string out = "[";
  for (const auto& d : diff) {
    out += out.size() > 1 ? "," : "";
    out += "{\"pointer\":" + compact_json(json::string(d.pointer)) +
           ",\"before\":" + d.before.value_or("null") + ",\"after\":" + d.after.value_or("null") + "}";
  }
  return out + "]";
}

} // namespace tributary
