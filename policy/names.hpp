// Looks an enum up by its name in the table that prints it. Internal to policy/.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace tributary {

/// The enumerator whose number is the place of `name` in `names`; empty when it is not there.
template <class Enum, std::size_t N>
[[nodiscard]] constexpr std::optional<Enum>
named(const std::array<std::string_view, N>& names, std::string_view name) noexcept {
  const auto at = std::ranges::find(names, name);
  return at == names.end() ? std::nullopt : std::optional{static_cast<Enum>(at - names.begin())};
}

} // namespace tributary
