// Amounts as people read them. All of them "-" where the value is unknown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tributary::cli {

/// "512 B", "1.5 KiB", "3.2 GiB"
[[nodiscard]] std::string bytes_text(std::optional<std::uint64_t> bytes);
/// Mbit/s as bytes a second: "10.2 MiB/s". (Downloads are read in bytes; the API's unit stays in --json.)
[[nodiscard]] std::string speed_text(std::optional<double> mbps);
/// "0.4s", "12s", "3m05s", "2h07m", "4d03h"
[[nodiscard]] std::string duration_text(std::optional<double> seconds);
/// "97.5%"
[[nodiscard]] std::string percent_text(std::optional<double> percent);
/// "12.3 ms", "1.20 s"
[[nodiscard]] std::string milliseconds_text(std::optional<double> ms);
/// Rounded to `digits` after the point, without trailing zeros.
[[nodiscard]] std::string number_text(double value, int digits);

} // namespace tributary::cli
