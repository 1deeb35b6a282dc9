#include "net/gateway/history_query.hpp"

#include "messages/job_json.hpp"

#include <charconv>
#include <string>

namespace tributary::gateway {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t seconds_max = 253'402'300'799; ///< Until the end of the year 9999.
constexpr std::int64_t step_seconds_max = 366 * 86'400;
constexpr auto default_span = 24h;

std::optional<std::int64_t> whole_number_from(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, why] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (why != std::errc{} || end != text.data() + text.size() || text.empty())
    return std::nullopt;
  return n;
}

} // namespace

std::optional<wall_time> time_from(std::string_view text) {
  if (const auto seconds_since = whole_number_from(text))
    return *seconds_since >= 0 && *seconds_since <= seconds_max
               ? std::optional{wall_time{seconds{*seconds_since}}}
               : std::nullopt;
  constexpr std::string_view date = "0000-00-00", date_and_time = "0000-00-00T00:00:00Z";
  std::string whole{text};
  if (text.size() == date.size())
    whole += "T00:00:00.000Z";
  else if (text.size() == date_and_time.size() && text.ends_with('Z'))
    whole.insert(whole.size() - 1, ".000");
  return from_iso8601(whole);
}

std::variant<history_query, problem> history_query_from(const query_params& query, wall_time now) {
  std::vector<problem_error> errors;
  std::optional<wall_time> from, to;
  milliseconds step{0};
  for (const auto& [name, value] : query) {
    if (name == "step") {
      const auto n = whole_number_from(value);
      if (n && *n >= 1 && *n <= step_seconds_max)
        step = seconds{*n};
      else
        errors.push_back(
            {name, "must be a whole number of seconds from 1 to " + std::to_string(step_seconds_max), true});
      continue;
    }
    auto& time = name == "from" ? from : to;
    time = time_from(value);
    if (!time)
      errors.push_back(
          {name, "must be a time like 2026-11-24T13:00:00Z, a date, or whole seconds since 1970", true});
  }
  if (errors.empty()) {
    const auto end = to.value_or(now);
    const auto begin = from.value_or(end - default_span);
    if (begin < end)
      return history_query{begin, end, step};
    errors.push_back(
        {"from", "must be before \"to\"" + std::string{to ? "" : ", which is now when it is left out"},
         true});
  }
  return problem{
      kinds::bad_query, "The query parameter \"" + errors.front().where + "\" is wrong.", std::move(errors)};
}

} // namespace tributary::gateway
