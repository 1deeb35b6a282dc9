#include "app/log_line.hpp"

#include <boost/json.hpp>

#include <optional>

namespace tributary {

namespace {

namespace json = boost::json;

/// What a "provider.state" event says.
struct told_change {
  std::string provider, from, to, reason, until;
};

std::string text_at(const json::object& o, const char* name) {
  const auto* value = o.if_contains(name);
  return value && value->is_string() ? std::string{value->get_string()} : std::string{};
}

std::optional<told_change> change_in(const event_row& e) {
  if (e.kind != "provider.state")
    return std::nullopt;
  json::error_code damaged;
  const auto data = json::parse(e.data, damaged);
  if (damaged || !data.is_object())
    return std::nullopt;
  const auto& o = data.get_object();
  return told_change{
      text_at(o, "provider"), text_at(o, "from"), text_at(o, "to"), text_at(o, "reason"),
      text_at(o, "unavailable_until")};
}

std::string in_words(const told_change& c) {
  auto out = c.provider + ": " + (c.from == c.to ? "still " : c.from + " -> ") + c.to;
  if (!c.until.empty())
    out += " until " + c.until;
  return out + ", " + c.reason;
}

} // namespace

std::string log_line(const event_row& e) {
  auto out = '#' + std::to_string(e.number) + ' ' + e.kind + ' ';
  if (const auto change = change_in(e))
    return out + in_words(*change);
  if (e.job != 0)
    out += "job " + std::to_string(e.job) + ' ';
  return out + e.data;
}

bool is_warning(const event_row& e) {
  if (e.kind == "network.down")
    return true;
  const auto change = change_in(e);
  return change && change->to == "unavailable";
}

} // namespace tributary
