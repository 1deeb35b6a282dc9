#include "app/cli/event_line.hpp"

#include "app/cli/table.hpp"

namespace tributary::cli {

namespace {

tone tone_of(const std::string& kind, json_view data) {
  const auto now = kind == "provider.state" ? data["to"].text() : kind.substr(kind.find('.') + 1);
  if (now == "failed" || now == "unavailable")
    return tone::bad;
  if (now == "succeeded" || now == "available")
    return tone::good;
  return now == "waiting" || now == "least_bad" || now == "probation" ? tone::warning : tone::plain;
}

void add(std::string& line, std::string_view before, const std::string& what) {
  if (!what.empty())
    line.append(before).append(shown(what));
}

} // namespace

std::string event_line(json_view event, const terminal& on) {
  const auto data = event["data"];
  const auto kind = event["kind"].text();
  std::string line = shown(event["at"].text());
  add(line, "  #", event["id"].text());
  line.append("  ").append(painted(shown(kind), tone_of(kind, data), on));
  add(line, "  job ", event["job"].text());
  add(line, "  ", data["output"].text());
  add(line, event["job"].exists() ? "  from " : "  ", data["provider"].text());
  add(line, " ", data["from"].text());
  add(line, " -> ", data["to"].text());
  add(line, ": ", data["error"]["message"].text());
  add(line, ": ", data["message"].text());
  add(line, ": ", data["reason"].text());
  add(line, ", until ", data["unavailable_until"].text());
  return line;
}

} // namespace tributary::cli
