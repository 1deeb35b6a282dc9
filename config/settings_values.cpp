// One setting at a time, by its line in the table: set from JSON with all checks, shown as JSON.
#include "config/setting_choices.hpp"
#include "config/settings_table.hpp"
#include "config/text_rules.hpp"
#include "config/wording.hpp"

#include <array>
#include <cmath>

namespace tributary {
namespace {

std::string expected(std::string_view what, const boost::json::value& found) {
  return "expected " + std::string{what} + ", found " + std::string{kind_of(found)};
}

/// Reads values for one table line; each overload complains and returns false, or sets `out`.
template <class Section>
struct value_reader {
  const setting_key<Section>& key;
  const boost::json::value& value;
  const value_complaint& complain;

  bool read(bool& out) const {
    if (!value.is_bool())
      return wrong(expected("true or false", value));
    out = value.get_bool();
    return true;
  }

  bool read(double& out) const {
    if (!value.is_number())
      return wrong(expected("a number", value));
    const auto number = value.to_number<double>();
    const auto& range = std::get<number_range>(key.allowed);
    if (!(number >= range.min && number <= range.max)) // Not a number fails both.
      return wrong(
          "must be between " + number_text(range.min) + " and " + number_text(range.max) + ", is " +
          number_text(number));
    out = number;
    return true;
  }

  bool read(std::int32_t& out) const {
    if (!value.is_number())
      return wrong(expected("a whole number", value));
    const auto number = value.to_number<double>();
    if (number != std::floor(number))
      return wrong("expected a whole number, found " + number_text(number));
    double checked = 0;
    if (!read(checked))
      return false;
    out = static_cast<std::int32_t>(checked); // Every table line's range lies within.
    return true;
  }

  bool read(std::string& out) const {
    if (!value.is_string())
      return wrong(expected("a string", value));
    const std::string_view text = value.get_string();
    if (auto why = std::get<text_rule>(key.allowed)(text); !why.empty())
      return wrong(std::move(why));
    out = text;
    return true;
  }

  bool read(text_map& out) const {
    if (!value.is_object())
      return wrong(expected("an object", value));
    const auto& entries = value.get_object();
    if (entries.size() > entries_max)
      return wrong("has more than " + std::to_string(entries_max) + " entries");
    text_map read;
    bool good = true;
    for (const auto& [name, entry] : entries)
      if (auto why = entry_error(name, entry, read); why.empty())
        read.emplace(name, entry.get_string());
      else {
        complain(name, std::move(why));
        good = false;
      }
    if (good)
      out = std::move(read);
    return good;
  }

  template <class Enum>
  requires std::is_enum_v<Enum>
  bool read(Enum& out) const {
    std::string names;
    for (const auto choice : choices<Enum>::all) {
      if (value.is_string() && std::string_view{value.get_string()} == to_string(choice)) {
        out = choice;
        return true;
      }
      names += (names.empty() ? "`" : ", `") + std::string{to_string(choice)} + "`";
    }
    return wrong(
        value.is_string() ? "must be one of " + names + ", is " + quoted(value.get_string())
                          : expected("one of " + names, value));
  }

  template <class T>
  bool read(std::optional<T>& out) const {
    T plain{};
    if (!read(plain))
      return false;
    out = std::move(plain);
    return true;
  }

private:
  bool wrong(std::string message) const {
    complain(std::nullopt, std::move(message));
    return false;
  }

  std::string
  entry_error(std::string_view name, const boost::json::value& entry, const text_map& read) const {
    if (!entry.is_string())
      return expected("a string", entry);
    const auto rule = std::get<entry_rule>(key.allowed);
    if (rule == header_error)
      for (const auto& [other, ignored] : read)
        if (same_header(other, name))
          return "is the same header as " + quoted(other) + ": keep one of them";
    return rule(name, entry.get_string());
  }
};

boost::json::value shown(bool x) {
  return x;
}
boost::json::value shown(std::int32_t x) {
  return x;
}
boost::json::value shown(double x) {
  // Exact up to 2^53, and no setting is larger.
  return x == std::floor(x) ? boost::json::value(static_cast<std::int64_t>(x)) : boost::json::value(x);
}
boost::json::value shown(const std::string& x) {
  return x.empty() ? boost::json::value(nullptr) : boost::json::value(x);
}
boost::json::value shown(const text_map& x) {
  boost::json::object out;
  for (const auto& [name, text] : x)
    out.emplace(name, text);
  return out;
}
template <class Enum>
requires std::is_enum_v<Enum> boost::json::value shown(Enum x) {
  return boost::json::string(to_string(x));
}
template <class T>
boost::json::value shown(const std::optional<T>& x) {
  return x ? shown(*x) : boost::json::value(nullptr);
}

} // namespace

template <class Section>
void assign(
    Section& section, const setting_key<Section>& key, const boost::json::value& value,
    const value_complaint& complain) {
  std::visit(
      [&](auto member) {
        if (value.is_null())
          section.*member = Section{}.*member;
        else
          value_reader<Section>{key, value, complain}.read(section.*member);
      },
      key.member);
}

template <class Section>
boost::json::value value_of(const Section& section, const setting_key<Section>& key) {
  return std::visit([&](auto member) { return shown(section.*member); }, key.member);
}

template <class Section>
bool has_default(const Section& section, const setting_key<Section>& key) {
  static const Section defaults;
  return std::visit([&](auto member) { return section.*member == defaults.*member; }, key.member);
}

template void assign(
    provider_settings&, const setting_key<provider_settings>&, const boost::json::value&,
    const value_complaint&);
template void assign(
    global_settings&, const setting_key<global_settings>&, const boost::json::value&, const value_complaint&);
template boost::json::value value_of(const provider_settings&, const setting_key<provider_settings>&);
template boost::json::value value_of(const global_settings&, const setting_key<global_settings>&);
template bool has_default(const provider_settings&, const setting_key<provider_settings>&);
template bool has_default(const global_settings&, const setting_key<global_settings>&);

} // namespace tributary
