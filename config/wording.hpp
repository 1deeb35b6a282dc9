// How complaints speak of what they found: quoted safely, named by kind, with a guess at what was meant.
#pragma once

#include <boost/json/fwd.hpp>

#include <span>
#include <string>
#include <string_view>

namespace tributary {

/// The text, fit for a terminal and a log: control characters and broken UTF-8 become "?".
[[nodiscard]] std::string printable(std::string_view text);

/// The same in backticks, and cut where it is longer than 64 bytes.
[[nodiscard]] std::string quoted(std::string_view text);

/// "a string", "a whole number", "an object", "null", "true", ...
[[nodiscard]] std::string_view kind_of(const boost::json::value& v) noexcept;

/// The shortest decimal text that reads back as the same number: "0.1", "30", "1e+300".
[[nodiscard]] std::string number_text(double x);

/// POINTER/token, with the token escaped as RFC 6901 asks.
[[nodiscard]] std::string pointer_to(std::string_view pointer, std::string_view token);

/// The token as it was before pointer_to() escaped it.
[[nodiscard]] std::string pointer_token(std::string_view escaped);

/// Which of `known` was probably meant by `name`: at most two typing errors away (one in short names), or the
/// same without its unit ("timeout" for "timeout_seconds"). Empty when nothing is near.
[[nodiscard]] std::string_view nearest(std::string_view name, std::span<const std::string_view> known);

/// ", did you mean `NEAREST`?", or "" when nothing is near.
[[nodiscard]] std::string did_you_mean(std::string_view name, std::span<const std::string_view> known);

} // namespace tributary
