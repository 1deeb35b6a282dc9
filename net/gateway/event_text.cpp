// Writes events. The data of an event is JSON already and goes out as it is.
#include "net/gateway/event_text.hpp"

#include "messages/job_json.hpp"
#include "messages/utf8.hpp"

#include <algorithm>

namespace tributary::gateway {

namespace {

constexpr std::string_view reconnect_after_ms = "2000";

/// Outside of strings, where alone JSON may hold them, line breaks mean no more than spaces; in a frame they
/// would end the field.
std::string on_one_line(std::string_view json) {
  auto text = repaired_utf8(json);
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

void append_frame(std::string& out, const event_row& e) {
  out.append("id: ").append(std::to_string(e.number)).append("\nevent: ").append(on_one_line(e.kind));
  out.append("\ndata: ").append(event_json(e)).append("\n\n");
}

} // namespace

bool matches(const event_filter& f, const event_row& e) {
  const auto is_of = [&](std::string_view kind) {
    return e.kind == kind ||
           (e.kind.size() > kind.size() && e.kind.starts_with(kind) && e.kind[kind.size()] == '.');
  };
  return (!f.job || *f.job == e.job) && (f.kinds.empty() || std::ranges::any_of(f.kinds, is_of));
}

std::string event_json(const event_row& e) {
  std::string out;
  out.reserve(e.data.size() + 128);
  out.append("{\"id\":\"").append(std::to_string(e.number));
  out.append("\",\"at\":\"").append(to_iso8601(e.at));
  out.append("\",\"kind\":\"").append(on_one_line(e.kind)).append("\",\"job\":");
  if (e.job == 0)
    out += "null";
  else
    out.append(1, '"').append(std::to_string(e.job)).append(1, '"');
  out.append(",\"data\":").append(e.data.empty() ? "{}" : on_one_line(e.data)).append(1, '}');
  return out;
}

std::string stream_opening(std::uint64_t after) {
  std::string out{"retry: "};
  return out.append(reconnect_after_ms).append("\nid: ").append(std::to_string(after)).append("\n\n");
}

std::string stream_part(const event_filter& f, const std::vector<event_row>& page) {
  std::string out;
  for (const auto& e : page)
    if (matches(f, e))
      append_frame(out, e);
  if (!matches(f, page.back()))
    out.append("id: ").append(std::to_string(page.back().number)).append("\n\n");
  return out;
}

} // namespace tributary::gateway
