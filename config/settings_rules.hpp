// Rules that need more than one value: pairs that must agree, what a kind of provider requires, references
// between sections, and what this version cannot do yet.
#pragma once

#include "config/complaint.hpp"
#include "config/settings.hpp"

#include <functional>
#include <string>

namespace tributary {

inline constexpr std::size_t complaints_max = 100; ///< More than that are counted, not told.

/// Whether the value at this pointer was read well. Rules about values that were complained of already are
/// skipped.
using is_sound = std::function<bool(const std::string& pointer)>;

/// Everything that is wrong; pointers are those of the whole document.
[[nodiscard]] complaints check_rules(const settings& s, const is_sound& sound);

} // namespace tributary
