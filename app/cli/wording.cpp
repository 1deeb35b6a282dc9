#include "app/cli/wording.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace tributary::cli {

namespace {

const std::string unknown = "-";

std::string fixed(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string two_digits(std::uint64_t n) {
  return (n < 10 ? "0" : "") + std::to_string(n);
}

} // namespace

std::string number_text(double value, int digits) {
  auto text = fixed(value, digits);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
      text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string bytes_text(std::optional<std::uint64_t> bytes) {
  if (!bytes)
    return unknown;
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  constexpr double step = 1024, rounds_up = 1023.95; // 1023.96 KiB would be shown as 1024.0 KiB.
  auto value = static_cast<double>(*bytes);
  std::size_t unit = 0;
  while (value >= (unit == 0 ? step : rounds_up) && unit + 1 < units.size()) {
    value /= step;
    ++unit;
  }
  return (unit == 0 ? std::to_string(*bytes) : fixed(value, 1)) + " " + units[unit];
}

std::string speed_text(std::optional<double> mbps) {
  constexpr double bytes_per_mbit = 1e6 / 8;
  if (!mbps || !std::isfinite(*mbps) || *mbps < 0)
    return unknown;
  return bytes_text(static_cast<std::uint64_t>(*mbps * bytes_per_mbit)) + "/s";
}

std::string duration_text(std::optional<double> seconds) {
  constexpr double longest = 86400.0 * 10000; // Longer is as good as unknown.
  if (!seconds || !std::isfinite(*seconds) || *seconds < 0 || *seconds > longest)
    return unknown;
  if (*seconds < 9.95)
    return number_text(*seconds, 1) + "s";
  const auto whole = static_cast<std::uint64_t>(std::llround(*seconds));
  if (whole < 60)
    return std::to_string(whole) + "s";
  if (whole < 3600)
    return std::to_string(whole / 60) + "m" + two_digits(whole % 60) + "s";
  if (whole < 86400)
    return std::to_string(whole / 3600) + "h" + two_digits(whole % 3600 / 60) + "m";
  return std::to_string(whole / 86400) + "d" + two_digits(whole % 86400 / 3600) + "h";
}

std::string percent_text(std::optional<double> percent) {
  return percent ? number_text(*percent, 1) + "%" : unknown;
}

std::string milliseconds_text(std::optional<double> ms) {
  if (!ms)
    return unknown;
  return *ms < 1000 ? number_text(*ms, 1) + " ms" : fixed(*ms / 1000, 2) + " s";
}

} // namespace tributary::cli
