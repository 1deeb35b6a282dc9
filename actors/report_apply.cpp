#include "actors/report_apply.hpp"

#include "messages/utf8.hpp"

#include <array>
#include <cstdio>
#include <utility>

namespace tributary {

namespace {

/// A server may send what it likes as a reason; so much of it goes into an event.
constexpr std::size_t message_bytes_max = 1024;

/// A JSON string literal: valid UTF-8, whatever the text holds.
std::string json_literal(std::string_view text) {
  std::string out{'"'};
  for (const char c : repaired_utf8(text)) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
      out += escape.data();
    } else {
      out += c;
    }
  }
  return out += '"';
}

template <class T>
void set_if(T& field, const std::optional<T>& value) {
  if (value)
    field = *value;
}

} // namespace

void move_to(job_row& row, job_state state, wall_time now) {
  row.state = state;
  if (state != job_state::waiting)
    row.next_attempt_at.reset();
  if (is_final(state))
    row.finished_at = now;
  if (state != job_state::failed && state != job_state::waiting)
    row.error.reset();
}

event_row event_of(const job_row& row, wall_time now) {
  event_row e;
  e.at = now;
  e.kind = "job." + std::string{to_string(row.state)};
  e.job = row.id;
  e.data = "{\"id\":\"" + std::to_string(row.id) + "\",\"state\":" + json_literal(to_string(row.state)) +
           ",\"output\":" + json_literal(row.spec.output) +
           ",\"bytes_done\":" + std::to_string(row.bytes_done);
  if (row.identity.size)
    e.data += ",\"size\":" + std::to_string(*row.identity.size);
  if (!row.provider.empty())
    e.data += ",\"provider\":" + json_literal(row.provider);
  if (row.error)
    e.data += ",\"error\":{\"class\":" + json_literal(to_string(row.error->result)) +
              ",\"message\":" + json_literal(row.error->message.substr(0, message_bytes_max)) + '}';
  e.data += '}';
  return e;
}

event_row least_bad_event(job_id job, const decision_row& d) {
  event_row e;
  e.at = d.at;
  e.kind = "job.least_bad";
  e.job = job;
  e.data = "{\"id\":\"" + std::to_string(job) + "\",\"provider\":" + json_literal(d.chosen) +
           ",\"message\":" + json_literal(d.message.substr(0, message_bytes_max)) + '}';
  return e;
}

job_change change_of(job_row row, wall_time now) {
  job_change c;
  c.batch = {save_job{row}, add_event{event_of(row, now)}};
  c.row = std::move(row);
  return c;
}

job_change apply_report(const job_row& before, job_report r, wall_time now) {
  auto row = before;
  if (r.state)
    move_to(row, *r.state, now);
  set_if(row.identity, r.identity);
  set_if(row.part, r.part);
  set_if(row.target, r.target);
  set_if(row.sha256, r.sha256);
  set_if(row.inode, r.inode);
  set_if(row.bytes_done, r.bytes_done);
  if (r.next_attempt_at)
    row.next_attempt_at = r.next_attempt_at;
  if (r.error)
    row.error = r.error;
  set_if(row.provider, r.provider);
  row.attempts += static_cast<std::uint32_t>(r.attempts.size());

  job_change c;
  c.batch.emplace_back(save_job{row});
  for (auto& a : r.attempts)
    c.batch.emplace_back(add_attempt{row.id, std::move(a)});
  for (auto& d : r.decisions) {
    if (d.least_bad)
      c.batch.emplace_back(add_event{least_bad_event(row.id, d)});
    c.batch.emplace_back(add_decision{row.id, std::move(d)});
  }
  if (!r.extents.empty() || r.extents_anew)
    c.batch.emplace_back(save_extents{row.id, std::move(r.extents), r.extents_anew});
  if (row.state != before.state)
    c.batch.emplace_back(add_event{event_of(row, now)});
  c.row = std::move(row);
  return c;
}

std::vector<event_row> committed_events(const store_batch& batch, std::uint64_t first_number) {
  std::vector<event_row> out;
  for (const auto& op : batch)
    if (const auto* e = std::get_if<add_event>(&op)) {
      out.push_back(e->row);
      out.back().number = first_number++;
    }
  return out;
}

} // namespace tributary
