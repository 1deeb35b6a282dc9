// As much of JSON Schema (draft 2020-12) as our own schemas use: does a value fit? A keyword that is not
// known here fails the test, so that nothing of a schema goes unchecked.
#pragma once

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <regex>
#include <string>

namespace tributary::testing {

/// What of an object that a schema says nothing of.
enum class unnamed_members { allowed, refused };

class schema_check {
public:
  using value = boost::json::value;
  using object = boost::json::object;

  /// References are searched in this document.
  explicit schema_check(object root, unnamed_members unnamed = unnamed_members::allowed)
      : root_(std::move(root)), unnamed_(unnamed) {}

  [[nodiscard]] bool fits(const value& v) const { return fits(v, root_); }
  [[nodiscard]] bool fits(const value& v, const value& schema) const {
    return obeys_all(v, schema) &&
           (unnamed_ == unnamed_members::allowed || !v.is_object() || names_all_of(v.get_object(), schema));
  }
  [[nodiscard]] const object& root() const { return root_; }

private:
  /// Of a part of a schema (within allOf, if, not), which need not name everything.
  [[nodiscard]] bool obeys_all(const value& v, const value& schema) const {
    if (const auto* verdict = schema.if_bool())
      return *verdict;
    const auto& s = schema.get_object();
    return std::ranges::all_of(s, [&](const auto& rule) { return obeys(v, rule.key(), rule.value(), s); });
  }

  [[nodiscard]] static bool names_all_of(const object& v, const value& schema) {
    if (schema.is_bool())
      return true;
    const auto& s = schema.get_object();
    const auto* named = s.if_contains("properties");
    return !named || s.contains("additionalProperties") || std::ranges::all_of(v, [&](const auto& member) {
      return named->get_object().contains(member.key());
    });
  }

  /// "#/a/b" -> what stands there.
  [[nodiscard]] const value& at(std::string_view reference) const {
    const object* in = &root_;
    for (reference.remove_prefix(2);;) {
      const auto name = reference.substr(0, reference.find('/'));
      const auto& found = in->at(name);
      if (name.size() == reference.size())
        return found;
      reference.remove_prefix(name.size() + 1);
      in = &found.as_object();
    }
  }

  [[nodiscard]] bool
  obeys(const value& v, std::string_view keyword, const value& rule, const object& s) const {
    for (const auto* says_nothing :
         {"$schema", "$id", "$defs", "title", "description", "default", "format", "then"})
      if (keyword == says_nothing)
        return true;
    if (keyword == "$ref")
      return fits(v, at(rule.get_string()));
    if (keyword == "type")
      return has_type(v, rule);
    if (keyword == "const")
      return same(v, rule);
    if (keyword == "enum")
      return std::ranges::any_of(rule.get_array(), [&](const value& one) { return same(v, one); });
    if (keyword == "not")
      return !obeys_all(v, rule);
    if (keyword == "allOf")
      return std::ranges::all_of(rule.get_array(), [&](const value& one) { return obeys_all(v, one); });
    if (keyword == "anyOf" || keyword == "oneOf") {
      const auto fitting =
          std::ranges::count_if(rule.get_array(), [&](const value& one) { return fits(v, one); });
      return keyword == "anyOf" ? fitting >= 1 : fitting == 1;
    }
    if (keyword == "if")
      return !obeys_all(v, rule) || obeys_all(v, s.at("then"));
    if (v.is_number() && (keyword == "minimum" || keyword == "maximum"))
      return keyword == "minimum" ? number(v) >= number(rule) : number(v) <= number(rule);
    if (v.is_string() && keyword == "minLength")
      return v.get_string().size() >= rule.to_number<std::size_t>();
    if (v.is_string() && keyword == "maxLength")
      return v.get_string().size() <= rule.to_number<std::size_t>();
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
    if (keyword == "minItems")
      return v.size() >= rule.to_number<std::size_t>();
    if (keyword == "maxItems")
      return v.size() <= rule.to_number<std::size_t>();
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
         {"minimum", "maximum", "minLength", "maxLength", "pattern", "items", "minItems", "maxItems",
          "uniqueItems", "required", "maxProperties", "propertyNames", "properties", "additionalProperties"})
      if (keyword == known)
        return true;
    return unknown(keyword);
  }
  static bool unknown(std::string_view what) {
    FAIL_CHECK("schema_check does not know " << std::string{what});
    return false;
  }

  object root_;
  unnamed_members unnamed_;
};

} // namespace tributary::testing
