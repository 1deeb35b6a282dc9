// How a job is written as JSON: for the API, and its spec also for the journal, which reads it back
// unchecked.
#include "messages/job_json.hpp"

#include "messages/json_value.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace tributary {

namespace json = boost::json;

json::object to_json(const catalog_ref& ref) {
  json::object out{{"key", json_text(ref.key)}};
  if (ref.season)
    out["season"] = *ref.season;
  if (ref.episode)
    out["episode"] = *ref.episode;
  if (!ref.language.empty())
    out["language"] = json_text(ref.language);
  return out;
}

namespace {

json::object resource_json(const resource& wanted) {
  if (!wanted.path.empty())
    return {{"path", json_text(wanted.path)}};
  if (wanted.item)
    return to_json(*wanted.item);
  json::array urls;
  for (const auto& url : wanted.urls)
    urls.emplace_back(json_text(url));
  return {{"urls", std::move(urls)}};
}

json::value sha256_json(const job_row& row) {
  return row.sha256.empty() ? json_optional(row.spec.sha256) : json::value(row.sha256);
}

} // namespace

json::object to_json(const job_spec& s) {
  json::object out{{"operation", "download"}, {"resource", resource_json(s.resource)}};
  if (!s.output.empty())
    out["output"] = json_text(s.output);
  if (s.sha256)
    out["sha256"] = *s.sha256;
  if (s.size)
    out["size"] = *s.size;
  out["priority"] = s.priority;
  if (s.deadline_seconds)
    out["deadline_seconds"] = *s.deadline_seconds;
  if (s.max_attempts)
    out["max_attempts"] = *s.max_attempts;
  if (s.max_segments)
    out["max_segments"] = *s.max_segments;
  if (s.strategy)
    out["strategy"] = json_name(to_string(*s.strategy));
  if (s.on_conflict)
    out["on_conflict"] = json_name(to_string(*s.on_conflict));
  if (!s.providers.empty()) {
    auto& names = out["providers"].emplace_array();
    for (const auto& name : s.providers)
      names.emplace_back(json_text(name));
  }
  return out;
}

json::object to_json(const job_error& e) {
  return {
      {"class", json_name(to_string(e.result))},
      {"message", json_text(e.message)},
      {"provider", json_text_or_null(e.provider)},
      {"retry_after_seconds", json_optional(e.retry_after_seconds)}};
}

json::object to_json(const job_view& v) {
  const auto& row = v.row;
  json::array tried;
  for (const auto& name : v.providers_tried)
    tried.emplace_back(json_text(name));
  return {
      {"id", std::to_string(row.id)},
      {"operation", "download"},
      {"resource", resource_json(row.spec.resource)},
      {"state", json_name(to_string(row.state))},
      {"output", json_text(row.target.empty() ? row.spec.output : row.target)},
      {"size", json_optional(row.identity.size ? row.identity.size : row.spec.size)},
      {"bytes_done", row.bytes_done},
      {"rate_mbps", json_optional(v.rate_mbps)},
      {"eta_seconds", json_optional(v.eta_seconds)},
      {"provider", json_text_or_null(row.provider)},
      {"providers_tried", std::move(tried)},
      {"attempts", row.attempts},
      {"next_attempt_at", json_time(row.next_attempt_at)},
      {"sha256", sha256_json(row)},
      {"error", row.error ? json::value(to_json(*row.error)) : json::value()},
      {"created_at", json_time(row.created_at)},
      {"started_at", json_time(row.started_at)},
      {"finished_at", json_time(row.finished_at)}};
}

job_spec spec_from_json(const json::value& v) {
  const auto& from = v.as_object();
  job_spec out;
  const auto& wanted = from.at("resource").as_object();
  if (const auto* path = wanted.if_contains("path"))
    out.resource.path = text_from(*path);
  if (const auto* urls = wanted.if_contains("urls"))
    for (const auto& url : urls->as_array())
      out.resource.urls.push_back(text_from(url));
  if (const auto* key = wanted.if_contains("key"))
    out.resource.item = {
        text_from(*key), optional_number<std::int32_t>(wanted.if_contains("season")),
        optional_number<std::int32_t>(wanted.if_contains("episode")),
        text_or_empty(wanted.if_contains("language"))};
  out.output = text_or_empty(from.if_contains("output"));
  out.sha256 = optional_text(from.if_contains("sha256"));
  out.size = optional_number<std::uint64_t>(from.if_contains("size"));
  out.priority = from.at("priority").to_number<std::int32_t>();
  out.deadline_seconds = optional_number<double>(from.if_contains("deadline_seconds"));
  out.max_attempts = optional_number<std::int32_t>(from.if_contains("max_attempts"));
  out.max_segments = optional_number<std::int32_t>(from.if_contains("max_segments"));
  if (const auto* name = from.if_contains("strategy"))
    out.strategy = named(*name, strategy_from);
  if (const auto* name = from.if_contains("on_conflict"))
    out.on_conflict = named(*name, on_conflict_from);
  if (const auto* names = from.if_contains("providers"))
    for (const auto& name : names->as_array())
      out.providers.push_back(text_from(name));
  return out;
}

job_error error_from_json(const json::value& v) {
  const auto& from = v.as_object();
  return {
      named(from.at("class"), outcome_from), text_from(from.at("message")),
      text_or_empty(from.if_contains("provider")),
      optional_number<double>(from.if_contains("retry_after_seconds"))};
}

} // namespace tributary
