// As much of JSON Schema (draft 2020-12) as the settings' schema uses: does a value fit? A keyword that is
// not known here fails the test, so that nothing of the schema goes unchecked.
#pragma once

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <regex>
#include <string>

namespace tributary::testing {

class schema_check {
public:
  explicit schema_check(boost::json::object schema) : root_(std::move(schema)) {}

  [[nodiscard]] bool fits(const boost::json::value& v) const { return fits(v, root_); }

private:
  using value = boost::json::value;
  using object = boost::json::object;

  [[nodiscard]] bool fits(const value& v, const value& schema) const {
    if (const auto* verdict = schema.if_bool())
      return *verdict;
    const auto& s = schema.get_object();
    for (const auto& [keyword, rule] : s)
      if (!obeys(v, keyword, rule, s))
        return false;
    return true;
  }

  [[nodiscard]] bool
  obeys(const value& v, std::string_view keyword, const value& rule, const object& s) const {
    for (const auto* says_nothing :
         {"$schema", "$id", "$defs", "title", "description", "default", "format", "then"})
      if (keyword == says_nothing)
        return true;
    if (keyword == "$ref") {
      const std::string_view target = rule.get_string();
      return fits(v, root_.at("$defs").at(target.substr(std::string_view{"#/$defs/"}.size())));
    }
    if (keyword == "type")
      return has_type(v, rule);
    if (keyword == "const")
      return same(v, rule);
    if (keyword == "enum")
      return std::ranges::any_of(rule.get_array(), [&](const value& one) { return same(v, one); });
    if (keyword == "not")
      return !fits(v, rule);
    if (keyword == "allOf")
      return std::ranges::all_of(rule.get_array(), [&](const value& one) { return fits(v, one); });
    if (keyword == "if")
      return !fits(v, rule) || fits(v, s.at("then"));
    if (v.is_number() && (keyword == "minimum" || keyword == "maximum"))
      return keyword == "minimum" ? number(v) >= number(rule) : number(v) <= number(rule);
    if (v.is_string() && keyword == "minLength")
      return v.get_string().size() >= rule.to_number<std::size_t>();
    if (v.is_string() && keyword == "pattern")
      return std::regex_search(std::string{v.get_string()}, std::regex{std::string{rule.get_string()}});
    if (v.is_array())
      return obeys_array(v.get_array(), keyword, rule);
    if (v.is_object())
      return obeys_object(v.get_object(), keyword, rule, s);
    return is_known(keyword); // It says nothing about values of this type.
  }

  [[nodiscard]] bool
  obeys_array(const boost::json::array& v, std::string_view keyword, const value& rule) const {
    if (keyword == "items")
      return std::ranges::all_of(v, [&](const value& one) { return fits(one, rule); });
    if (keyword == "uniqueItems")
      for (auto at = v.begin(); at != v.end(); ++at)
        if (std::find(v.begin(), at, *at) != at)
          return false;
    return is_known(keyword);
  }

  [[nodiscard]] bool
  obeys_object(const object& v, std::string_view keyword, const value& rule, const object& s) const {
    if (keyword == "required")
      return std::ranges::all_of(
          rule.get_array(), [&](const value& name) { return v.contains(name.get_string()); });
    if (keyword == "maxProperties")
      return v.size() <= rule.to_number<std::size_t>();
    if (keyword == "propertyNames")
      return std::ranges::all_of(v, [&](const auto& member) { return fits(value(member.key()), rule); });
    if (keyword == "properties")
      return std::ranges::all_of(v, [&](const auto& member) {
        const auto* known = rule.get_object().if_contains(member.key());
        return !known || fits(member.value(), *known);
      });
    if (keyword == "additionalProperties") {
      const auto* known = s.if_contains("properties");
      return std::ranges::all_of(v, [&](const auto& member) {
        return (known && known->get_object().contains(member.key())) || fits(member.value(), rule);
      });
    }
    return is_known(keyword);
  }

  static bool has_type(const value& v, const value& rule) {
    if (const auto* any = rule.if_array())
      return std::ranges::any_of(*any, [&](const value& one) { return has_type(v, one); });
    const std::string_view type = rule.get_string();
    return type == "null"      ? v.is_null()
           : type == "boolean" ? v.is_bool()
           : type == "string"  ? v.is_string()
           : type == "array"   ? v.is_array()
           : type == "object"  ? v.is_object()
           : type == "number"  ? v.is_number()
           : type == "integer" ? v.is_number() && number(v) == std::floor(number(v))
                               : unknown(type);
  }

  static bool same(const value& a, const value& b) {
    return a.is_number() && b.is_number() ? number(a) == number(b) : a == b;
  }
  static double number(const value& v) { return v.to_number<double>(); }

  static bool is_known(std::string_view keyword) {
    for (const auto* known :
         {"minimum", "maximum", "minLength", "pattern", "items", "uniqueItems", "required", "maxProperties",
          "propertyNames", "properties", "additionalProperties"})
      if (keyword == known)
        return true;
    return unknown(keyword);
  }
  static bool unknown(std::string_view what) {
    FAIL_CHECK("schema_check does not know " << std::string{what});
    return false;
  }

  object root_;
};

} // namespace tributary::testing
