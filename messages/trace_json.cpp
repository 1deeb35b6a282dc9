// Decisions and attempts as JSON: the stored explanation of a job. A decision reads back exactly as it was
// written, so that the choice can be recomputed from it.
#include "messages/job_json.hpp"

#include "messages/json_value.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>

namespace tributary {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 4> action_names{"grant", "wait_until", "wait_slot", "give_up"};

std::string_view name_of(plan_action x) {
  return action_names.at(static_cast<std::size_t>(x));
}

std::optional<plan_action> action_from(std::string_view name) {
  const auto found = std::ranges::find(action_names, name);
  if (found == action_names.end())
    return std::nullopt;
  return static_cast<plan_action>(found - action_names.begin());
}

json::object terms_json(const selection_terms& t) {
  return {
      {"position", t.position},
      {"ok", t.ok},
      {"tried", t.tried},
      {"throughput_mbps", json_optional(t.throughput_mbps)},
      {"first_byte_ms", json_optional(t.first_byte_ms)},
      {"leases", t.leases}};
}

selection_terms terms_from(const json::object& from) {
  return {
      from.at("position").to_number<std::uint32_t>(),
      from.at("ok").to_number<std::uint64_t>(),
      from.at("tried").to_number<std::uint64_t>(),
      optional_number<double>(from.if_contains("throughput_mbps")),
      optional_number<double>(from.if_contains("first_byte_ms")),
      from.at("leases").to_number<std::uint32_t>()};
}

/// The grant that began this attempt, searched from `from` on: the last one for its provider that is not
/// later than its start, and of those in the same millisecond the first.
std::size_t
grant_of(const attempt_row& attempt, const std::vector<decision_row>& decisions, std::size_t from) {
  auto found = decisions.size();
  for (auto i = from; i < decisions.size() && decisions[i].at <= attempt.started_at; ++i) {
    const auto& d = decisions[i];
    const bool its = d.action == plan_action::grant && d.chosen == attempt.provider;
    if (its && (found == decisions.size() || decisions[found].at < d.at))
      found = i;
  }
  return found;
}

json::object attempt_json(const attempt_row& a, std::optional<milliseconds> next_delay) {
  return {
      {"number", a.number},
      {"provider", json_text(a.provider)},
      {"outcome", json_name(to_string(a.result))},
      {"fault", a.cause == fault::none ? json::value() : json::value(json_name(to_string(a.cause)))},
      {"status", a.status == 0 ? json::value() : json::value(a.status)},
      {"message", json_text_or_null(a.message)},
      {"bytes", a.bytes},
      {"started_at", json_time(a.started_at)},
      {"finished_at", json_time(a.finished_at)},
      {"next_delay_ms", next_delay ? json::value(next_delay->count()) : json::value()}};
}

} // namespace

json::object to_json(const decision_row& d) {
  json::array candidates;
  for (const auto& c : d.candidates)
    candidates.emplace_back(json::object{
        {"provider", json_text(c.provider)},
        {"score", json_number(c.score)},
        {"terms", terms_json(c.terms)},
        {"skipped", json_text_or_null(c.skipped)}});
  return {
      {"at", json_time(d.at)},
      {"candidates", std::move(candidates)},
      {"chosen", json_text_or_null(d.chosen)},
      {"action", json_name(name_of(d.action))},
      {"wait_until", json_time(d.wait_until)},
      {"least_bad", d.least_bad},
      {"afresh", d.afresh},
      {"message", json_text(d.message)},
      {"config_revision", d.config_revision}};
}

decision_row decision_from_json(const json::value& v) {
  const auto& from = v.as_object();
  decision_row out;
  out.at = optional_time(&from.at("at")).value_or(wall_time{});
  for (const auto& each : from.at("candidates").as_array()) {
    const auto& c = each.as_object();
    out.candidates.push_back(
        {text_from(c.at("provider")), optional_number<double>(&c.at("score")).value_or(0),
         terms_from(c.at("terms").as_object()), text_or_empty(&c.at("skipped"))});
  }
  out.chosen = text_or_empty(&from.at("chosen"));
  out.action = named(from.at("action"), action_from);
  out.wait_until = optional_time(&from.at("wait_until"));
  out.least_bad = from.at("least_bad").as_bool();
  out.afresh = from.at("afresh").as_bool();
  out.message = text_from(from.at("message"));
  out.config_revision = from.at("config_revision").to_number<std::uint64_t>();
  return out;
}

json::object to_json(const job_trace& t) {
  json::array decisions, attempts;
  for (const auto& d : t.decisions)
    decisions.emplace_back(to_json(d));
  std::size_t next = 0; // The first decision after the previous attempt's grant.
  for (const auto& a : t.attempts) {
    std::optional<milliseconds> delay;
    if (const auto grant = grant_of(a, t.decisions, next); grant < t.decisions.size()) {
      next = grant + 1;
      if (next < t.decisions.size() && t.decisions[next].wait_until)
        delay = std::max(milliseconds{0}, *t.decisions[next].wait_until - a.finished_at);
    }
    attempts.emplace_back(attempt_json(a, delay));
  }
  return {
      {"job", std::to_string(t.job)}, {"decisions", std::move(decisions)}, {"attempts", std::move(attempts)}};
}

} // namespace tributary
