// What the journal keeps of a provider's changes, as numbered events. Pure.
#pragma once

#include "messages/event.hpp"
#include "policy/availability.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tributary {

/// One change of a provider's availability. `from` == `to`: the cool-down was extended.
struct state_change {
  std::string provider;
  provider_state from = provider_state::unknown, to = provider_state::unknown;
  std::string reason;
  std::optional<wall_time> unavailable_until;
};

/// "provider.state": {"provider","from","to","reason","unavailable_until"}.
[[nodiscard]] event_row event_of(const state_change& c, wall_time now);

/// "provider.reset": {"provider"}: somebody cleared window and state.
[[nodiscard]] event_row reset_event(std::string_view provider, wall_time now);

/// "network.down" and "network.up": {"reason"}. The machine's own network, as policy/local_outage.hpp judges.
[[nodiscard]] event_row network_event(bool up, std::string_view reason, wall_time now);

} // namespace tributary
