// Retry-After and the dates of HTTP: never in the past, never longer than a week.
#include "tests/fuzz/property.hpp"

#include "net/client/header_values.hpp"

using namespace tributary;
using tributary::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::text_of(data, size);
  const wall_time now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + std::chrono::hours{12};
  if (auto wait = client::parse_retry_after(text, now)) {
    must(*wait >= seconds{0}, "never in the past");
    must(*wait <= std::chrono::weeks{1}, "a week at most");
  }
  if (auto at = client::parse_http_date(text, now)) {
    auto year = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(*at)}.year();
    must(year >= std::chrono::year{0} && year <= std::chrono::year{10'000}, "a year of four digits");
    must(client::parse_retry_after(text, now).has_value(), "a date is a time to retry after");
  }
  if (auto number = client::parse_decimal(text)) {
    must(text.find_first_not_of("0123456789") == std::string_view::npos, "digits only");
    must(client::parse_retry_after(text, now).has_value(), "a number is a time to retry after");
  }
  return 0;
}
