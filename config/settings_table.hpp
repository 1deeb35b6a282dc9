// Every setting once: its name, where it is stored, what is allowed. Reading, checking, writing and showing
// settings all walk these tables, so a new setting is one field in settings.hpp and one line here.
#pragma once

#include "config/settings.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace tributary {

using text_map = std::map<std::string, std::string>;

/// Both ends are allowed.
struct number_range {
  double min = std::numeric_limits<double>::lowest(), max = std::numeric_limits<double>::max();
};

/// Returns "" when the text is fine, else what is wrong with it.
using text_rule = std::string (*)(std::string_view text);
/// The same for one entry of a map.
using entry_rule = std::string (*)(std::string_view name, std::string_view value);

template <class Section>
using setting_member = std::variant<
    bool Section::*, std::int32_t Section::*, double Section::*, std::string Section::*,
    std::optional<std::int32_t> Section::*, std::optional<double> Section::*,
    std::optional<std::string> Section::*, text_map Section::*, provider_kind Section::*, strategy Section::*,
    failover_order Section::*, all_unavailable Section::*, on_conflict Section::*, durability Section::*>;

template <class Section>
struct setting_key {
  std::string_view name;
  setting_member<Section> member;
  std::variant<std::monostate, number_range, text_rule, entry_rule> allowed; ///< By the member's type.
  std::string_view about; ///< What it does, for people: a sentence.
};

/// In the order in which they are written. A name that stands in both is a provider setting with a global
/// default.
[[nodiscard]] std::span<const setting_key<provider_settings>> provider_keys() noexcept;
[[nodiscard]] std::span<const setting_key<global_settings>> global_keys() noexcept;

template <class Section>
[[nodiscard]] std::span<const setting_key<Section>> keys_of() noexcept;
template <>
[[nodiscard]] inline std::span<const setting_key<provider_settings>> keys_of() noexcept {
  return provider_keys();
}
template <>
[[nodiscard]] inline std::span<const setting_key<global_settings>> keys_of() noexcept {
  return global_keys();
}

/// Null when there is no such key.
template <class Section>
[[nodiscard]] const setting_key<Section>* find_key(std::string_view name) noexcept {
  for (const auto& key : keys_of<Section>())
    if (key.name == name)
      return &key;
  return nullptr;
}

/// Hears what is wrong with a value: the entry within a map (none: the value itself), and the complaint.
using value_complaint = std::function<void(std::optional<std::string_view> entry, std::string message)>;

/// Sets one setting from JSON; null sets the default. A value that is not allowed is complained of and
/// changes nothing.
template <class Section>
void assign(
    Section& section, const setting_key<Section>& key, const boost::json::value& value,
    const value_complaint& complain);

/// The setting as JSON: null when it is not set, whole numbers without a fraction.
template <class Section>
[[nodiscard]] boost::json::value value_of(const Section& section, const setting_key<Section>& key);

template <class Section>
[[nodiscard]] bool has_default(const Section& section, const setting_key<Section>& key);

} // namespace tributary
