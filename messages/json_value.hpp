// Small conversions between our values and JSON ones; for the *_json files of this room.
#pragma once

#include "messages/job_json.hpp"
#include "messages/utf8.hpp"

#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tributary {

/// Texts may come from servers and disks: what is no UTF-8 in them is replaced, JSON must not carry it.
inline boost::json::string json_text(std::string_view text) {
  if (is_utf8(text))
    return boost::json::string{text};
  return boost::json::string{repaired_utf8(text)};
}

/// Names of our own enums.
inline boost::json::string json_name(std::string_view name) {
  return boost::json::string{name};
}

inline boost::json::value json_text_or_null(std::string_view text) {
  return text.empty() ? boost::json::value() : boost::json::value(json_text(text));
}

/// JSON knows no infinity: null.
inline boost::json::value json_number(double x) {
  return std::isfinite(x) ? boost::json::value(x) : boost::json::value();
}

template <class T>
boost::json::value json_optional(const std::optional<T>& x) {
  if constexpr (std::is_same_v<T, double>)
    return x ? json_number(*x) : boost::json::value();
  else
    return x ? boost::json::value(*x) : boost::json::value();
}

inline boost::json::value json_time(const std::optional<wall_time>& t) {
  return t ? boost::json::value(to_iso8601(*t)) : boost::json::value();
}

inline std::string text_from(const boost::json::value& v) {
  const auto& text = v.as_string();
  return {text.data(), text.size()};
}

/// Absent and null: nothing.
inline std::optional<std::string> optional_text(const boost::json::value* v) {
  return v && !v->is_null() ? std::optional{text_from(*v)} : std::nullopt;
}
inline std::string text_or_empty(const boost::json::value* v) {
  return optional_text(v).value_or("");
}

template <class T>
std::optional<T> optional_number(const boost::json::value* v) {
  return v && !v->is_null() ? std::optional{v->to_number<T>()} : std::nullopt;
}

inline std::optional<wall_time> optional_time(const boost::json::value* v) {
  if (!v || v->is_null())
    return std::nullopt;
  if (auto time = from_iso8601(text_from(*v)))
    return time;
  throw std::invalid_argument("not a time: " + text_from(*v));
}

/// The enum value of a stored name. `from` answers an optional. @throws std::invalid_argument for another
/// name.
template <class From>
auto named(const boost::json::value& v, From from) {
  if (auto value = from(text_from(v)))
    return *value;
  throw std::invalid_argument("unknown name: " + text_from(v));
}

} // namespace tributary
