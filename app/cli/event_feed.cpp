#include "app/cli/event_feed.hpp"

#include "app/cli/session.hpp"

#include <chrono>
#include <iostream>
#include <thread>
#include <utility>

namespace tributary::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto silence_max = 45s; ///< Three heartbeats.
constexpr auto come_back_after = 2s;

std::string target_of(const feed_query& q, const std::string& after) {
  std::string target = "/api/events";
  char before = '?';
  if (!q.filter.empty())
    target.append(1, std::exchange(before, '&')).append(q.filter);
  if (!after.empty())
    target.append(1, before).append("after=").append(segment(after));
  return target;
}

} // namespace

bool frame_reader::feed(std::string_view bytes, const take_event& take) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    line_.append(bytes.substr(0, end));
    if (line_.size() + data_.size() > frame_bytes_max)
      return false;
    if (end == std::string_view::npos)
      return true;
    bytes.remove_prefix(end + 1);
    if (!end_line(take))
      return false;
  }
  return true;
}

/// WHATWG HTML section 9.2.6, as far as our own server goes: fields end with a line feed, a frame with an
/// empty line.
bool frame_reader::end_line(const take_event& take) {
  const auto line = std::exchange(line_, {});
  const auto value_of = [&](std::string_view name) { return line.substr(name.size()); };
  if (line.empty()) {
    const auto data = std::exchange(data_, {});
    return data.empty() || take(data);
  }
  if (line.starts_with("id: "))
    last_id_ = value_of("id: ");
  else if (line.starts_with("data: "))
    data_.append(data_.empty() ? "" : "\n").append(value_of("data: "));
  return true;
}

void follow_events(session& s, const feed_query& q, const take_event& take) {
  frame_reader frames;
  auto after = q.after;
  bool enough = false, connected = false, told = false;
  while (true) {
    frames.restart();
    const auto ended =
        s.client().stream({"GET", target_of(q, after), {}, {}}, silence_max, [&](std::string_view bytes) {
          if (!std::exchange(connected, true) && q.opened)
            q.opened();
          told = false;
          enough = !frames.feed(bytes, take);
          return !enough;
        });
    if (enough)
      return;
    if (const auto* reply = std::get_if<api_reply>(&ended); reply && !reply->ok() && reply->status < 500)
      throw explain(*reply, s.client().endpoint());
    if (!connected) {
      if (const auto* why = std::get_if<api_failure>(&ended))
        throw explain(*why, s.client().endpoint());
      throw explain(std::get<api_reply>(ended), s.client().endpoint());
    }
    if (!frames.last_id().empty())
      after = frames.last_id();
    if (!std::exchange(told, true))
      std::cerr << "tributary: the event stream ended; waiting for the engine to come back\n";
    std::this_thread::sleep_for(come_back_after);
  }
}

} // namespace tributary::cli
