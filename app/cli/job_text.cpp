#include "app/cli/job_text.hpp"

#include "app/cli/wording.hpp"

#include <algorithm>
#include <iostream>

namespace tributary::cli {

namespace {

/// "45%", or what is there where the size is unknown.
std::string progress_of(json_view job) {
  const auto done = job["bytes_done"].number(), size = job["size"].number();
  if (job["state"].text() == "succeeded")
    return "100%";
  if (!done || !size || *size <= 0)
    return bytes_text(job["bytes_done"].count());
  return number_text(100.0 * std::min(*done, *size) / *size, 0) + "%";
}

std::string resource_of(json_view job) {
  const auto resource = job["resource"];
  if (auto path = resource["path"].text(); !path.empty())
    return path;
  if (auto key = resource["key"].text(); !key.empty()) {
    for (const char* part : {"season", "episode"})
      if (const auto n = resource[part].count())
        key += std::string{" "} + part + " " + std::to_string(*n);
    const auto language = resource["language"].text();
    return key + (language.empty() ? "" : " in " + language);
  }
  std::string text;
  for (const json_view url : resource["urls"].items())
    text += (text.empty() ? "" : " ") + url.text();
  return text;
}

std::string names_of(json_view array) {
  std::string text;
  for (const json_view name : array.items())
    text += (text.empty() ? "" : ", ") + name.text();
  return text;
}

void print_field(const char* name, const std::string& value, tone colour, const terminal& on) {
  constexpr std::size_t name_columns = 14;
  if (value.empty() || value == "-")
    return;
  std::string head{name};
  head.resize(std::max(head.size() + 1, name_columns), ' ');
  std::cout << painted(head, tone::faint, on) << painted(shown(value), colour, on) << '\n';
}

/// "20:48:31.250" of "2026-11-23T20:48:31.250Z".
std::string time_of_day(const std::string& iso8601) {
  constexpr std::size_t begin = 11, length = 12;
  return iso8601.size() >= begin + length ? iso8601.substr(begin, length) : iso8601;
}

void print_decision(json_view d, const terminal& on) {
  const auto chosen = d["chosen"].text(), action = d["action"].text();
  std::cout << shown(time_of_day(d["at"].text())) << "  ";
  if (!chosen.empty())
    std::cout << painted("asks " + shown(chosen), tone::good, on);
  else
    std::cout << painted(shown(action), tone::warning, on);
  if (d["least_bad"].flag())
    std::cout << ", the least bad one";
  if (d["afresh"].flag())
    std::cout << ", from the beginning";
  if (const auto until = d["wait_until"].text(); !until.empty())
    std::cout << " until " << shown(time_of_day(until));
  if (const auto message = d["message"].text(); !message.empty())
    std::cout << ": " << shown(message);
  std::cout << painted(
                   "  (settings " + std::to_string(d["config_revision"].count().value_or(0)) + ")",
                   tone::faint, on)
            << '\n';
  for (const json_view c : d["candidates"].items()) {
    const auto skipped = c["skipped"].text();
    std::cout << "                " << shown(c["provider"].text()) << ": "
              << (skipped.empty() ? "score " + number_text(c["score"].number().value_or(0), 3)
                                  : "skipped, " + shown(skipped))
              << '\n';
  }
}

void print_attempt(json_view a, const terminal& on) {
  const auto outcome = a["outcome"].text();
  std::cout << shown(time_of_day(a["started_at"].text())) << "  attempt " << a["number"].count().value_or(0)
            << " at " << shown(a["provider"].text()) << ": "
            << painted(shown(outcome), outcome == "ok" ? tone::good : tone::bad, on) << ", "
            << bytes_text(a["bytes"].count());
  if (const auto status = a["status"].count())
    std::cout << ", HTTP " << *status;
  if (const auto message = a["message"].text(); !message.empty())
    std::cout << ", " << shown(message);
  std::cout << ", ended " << shown(time_of_day(a["finished_at"].text())) << '\n';
}

} // namespace

tone tone_of_state(std::string_view state) {
  if (state == "succeeded" || state == "available" || state == "running")
    return tone::good;
  if (state == "failed" || state == "unavailable")
    return tone::bad;
  if (state == "waiting" || state == "paused" || state == "probation")
    return tone::warning;
  return state == "cancelled" || state == "disabled" ? tone::faint : tone::plain;
}

table jobs_table(json_view page) {
  table t{{">ID", "STATE", ">DONE", ">SIZE", ">SPEED", ">LEFT", ">TRIES", "PROVIDER", "OUTPUT"}};
  for (const json_view job : page["jobs"].items()) {
    const auto state = job["state"].text();
    auto output = job["output"].text();
    if (const auto why = job["error"]["message"].text(); !why.empty())
      output += ": " + why;
    t.add(
        {job["id"].text(), cell{state, tone_of_state(state)}, progress_of(job),
         bytes_text(job["size"].count()), speed_text(job["rate_mbps"].number()),
         duration_text(job["eta_seconds"].number()), std::to_string(job["attempts"].count().value_or(0)),
         job["provider"].text(), output});
  }
  return t;
}

void print_job(json_view job, const terminal& on) {
  const auto state = job["state"].text();
  const auto field = [&](const char* name, const std::string& value, tone colour = tone::plain) {
    print_field(name, value, colour, on);
  };
  field("id", job["id"].text());
  field("state", state, tone_of_state(state));
  field("resource", resource_of(job));
  field("output", job["output"].text());
  field(
      "done", progress_of(job) + " (" + bytes_text(job["bytes_done"].count()) + " of " +
                  bytes_text(job["size"].count()) + ")");
  field("speed", speed_text(job["rate_mbps"].number()));
  field("left", duration_text(job["eta_seconds"].number()));
  field("provider", job["provider"].text());
  field("tried", names_of(job["providers_tried"]));
  field("attempts", std::to_string(job["attempts"].count().value_or(0)));
  field("next attempt", job["next_attempt_at"].text());
  field("sha256", job["sha256"].text());
  if (const auto error = job["error"]; error.exists()) {
    field("error", error["class"].text() + ": " + error["message"].text(), tone::bad);
    field("retry after", duration_text(error["retry_after_seconds"].number()));
  }
  field("created", job["created_at"].text());
  field("started", job["started_at"].text());
  field("finished", job["finished_at"].text());
}

void print_trace(json_view trace, const terminal& on) {
  std::cout << "job " << shown(trace["job"].text()) << '\n';
  const auto& decisions = trace["decisions"].items();
  const auto& attempts = trace["attempts"].items();
  auto d = decisions.begin();
  for (const json_view a : attempts) {
    const auto began = a["started_at"].text(); // ISO 8601 in UTC sorts as text.
    for (; d != decisions.end() && json_view{*d}["at"].text() <= began; ++d)
      print_decision(*d, on);
    print_attempt(a, on);
  }
  for (; d != decisions.end(); ++d)
    print_decision(*d, on);
}

} // namespace tributary::cli
