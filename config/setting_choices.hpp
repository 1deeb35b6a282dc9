// What the settings of an enum type may be, and how many entries a map may have. Internal to config/.
#pragma once

#include "config/settings.hpp"

#include <array>
#include <cstddef>

namespace tributary {

inline constexpr std::size_t entries_max = 64; ///< In one map of headers or parameters.

template <class Enum>
struct choices;
template <>
struct choices<provider_kind> {
  static constexpr std::array all{provider_kind::http, provider_kind::directory};
};
template <>
struct choices<strategy> {
  static constexpr std::array all{strategy::priority, strategy::best, strategy::fastest};
};
template <>
struct choices<failover_order> {
  static constexpr std::array all{failover_order::exhaust, failover_order::rotate};
};
template <>
struct choices<all_unavailable> {
  static constexpr std::array all{all_unavailable::least_bad, all_unavailable::fail, all_unavailable::wait};
};
template <>
struct choices<on_conflict> {
  static constexpr std::array all{
      on_conflict::error, on_conflict::rename, on_conflict::replace, on_conflict::skip_if_same};
};
template <>
struct choices<durability> {
  static constexpr std::array all{durability::full, durability::fast};
};

} // namespace tributary
