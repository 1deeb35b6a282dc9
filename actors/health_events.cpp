#include "actors/health_events.hpp"

#include "messages/json_value.hpp"

#include <boost/json.hpp>

namespace tributary {

namespace {

event_row change_event(std::string kind, const boost::json::object& data, wall_time now) {
  event_row e;
  e.at = now;
  e.kind = std::move(kind);
  e.data = boost::json::serialize(data);
  return e;
}

} // namespace

event_row event_of(const state_change& c, wall_time now) {
  return change_event(
      "provider.state",
      {{"provider", json_text(c.provider)},
       {"from", json_name(to_string(c.from))},
       {"to", json_name(to_string(c.to))},
       {"reason", json_text(c.reason)},
       {"unavailable_until", json_time(c.unavailable_until)}},
      now);
}

event_row reset_event(std::string_view provider, wall_time now) {
  return change_event("provider.reset", {{"provider", json_text(provider)}}, now);
}

event_row network_event(bool up, std::string_view reason, wall_time now) {
  return change_event(up ? "network.up" : "network.down", {{"reason", json_text(reason)}}, now);
}

} // namespace tributary
