// Reads answers of the API without fear: what is absent, null or of another type is simply not there.
#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tributary::cli {

/// A look at a value that somebody else keeps.
class json_view {
public:
  json_view(const boost::json::value* v) : value_(v) {}
  json_view(const boost::json::value& v) : value_(&v) {}

  [[nodiscard]] bool exists() const noexcept { return value_ && !value_->is_null(); }
  [[nodiscard]] json_view operator[](std::string_view name) const noexcept {
    const auto* object = value_ ? value_->if_object() : nullptr;
    return object ? object->if_contains(name) : nullptr;
  }

  /// "" when it is no text.
  [[nodiscard]] std::string text() const {
    const auto* text = value_ ? value_->if_string() : nullptr;
    return text ? std::string{text->data(), text->size()} : std::string{};
  }
  [[nodiscard]] std::optional<double> number() const noexcept {
    return value_ && value_->is_number() ? std::optional{value_->to_number<double>()} : std::nullopt;
  }
  /// Whole and not negative.
  [[nodiscard]] std::optional<std::uint64_t> count() const noexcept {
    if (value_ && value_->is_uint64())
      return value_->get_uint64();
    if (value_ && value_->is_int64() && value_->get_int64() >= 0)
      return static_cast<std::uint64_t>(value_->get_int64());
    return std::nullopt;
  }
  [[nodiscard]] bool flag() const noexcept { return value_ && value_->is_bool() && value_->get_bool(); }

  /// Empty ones when it is another type.
  [[nodiscard]] const boost::json::array& items() const noexcept {
    static const boost::json::array none;
    const auto* array = value_ ? value_->if_array() : nullptr;
    return array ? *array : none;
  }
  [[nodiscard]] const boost::json::object& members() const noexcept {
    static const boost::json::object none;
    const auto* object = value_ ? value_->if_object() : nullptr;
    return object ? *object : none;
  }

private:
  const boost::json::value* value_;
};

} // namespace tributary::cli
