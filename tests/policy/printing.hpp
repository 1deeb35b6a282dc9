// How failed checks show the enums of policy/: by name.
#pragma once

#include "policy/availability.hpp"
#include "policy/failover_plan.hpp"
#include "policy/outcome.hpp"

#include <doctest/doctest.h>

#include <string_view>

namespace tributary {

inline doctest::String shown(std::string_view name) {
  return {name.data(), static_cast<doctest::String::size_type>(name.size())};
}
inline doctest::String toString(outcome x) {
  return shown(to_string(x));
}
inline doctest::String toString(fault x) {
  return shown(to_string(x));
}
inline doctest::String toString(provider_state x) {
  return shown(to_string(x));
}
inline doctest::String toString(plan_action x) {
  constexpr std::string_view names[]{"grant", "wait_until", "wait_slot", "give_up"};
  return shown(names[static_cast<std::size_t>(x)]);
}

} // namespace tributary
