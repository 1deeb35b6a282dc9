// GET /api/events: a stream of server-sent events. There is no actor per stream: its connection asks for one
// part after the other, each when the one before was sent, so a slow reader holds one page and no more.
#include "net/gateway/event_text.hpp"
#include "net/gateway/handlers.hpp"
#include "net/gateway/numbers.hpp"

#include <algorithm>

namespace tributary::gateway {

namespace {

constexpr std::size_t kinds_max = 32;

struct stream_query {
  event_filter filter;
  std::optional<std::uint64_t> after; ///< None: from now on.
};

/// "job.failed,provider" -> its names; false when one is empty or there are too many.
bool split_kinds(std::string_view list, std::vector<std::string>& out) {
  while (true) {
    const auto end = list.find(',');
    const auto name = list.substr(0, end);
    if (name.empty() || out.size() == kinds_max)
      return false;
    out.emplace_back(name);
    if (end == std::string_view::npos)
      return true;
    list.remove_prefix(end + 1);
  }
}

void read_parameter(
    stream_query& q, const std::string& name, const std::string& value, std::vector<problem_error>& errors) {
  if (name == "kind") {
    if (!split_kinds(value, q.filter.kinds))
      errors.push_back(
          {name,
           "1 to " + std::to_string(kinds_max) + " names with commas between, as in job.failed,provider",
           true});
  } else if (name == "job") {
    if (q.filter.job = number_from<job_id>(value); !q.filter.job)
      errors.push_back({name, "not the id of a job", true});
  } else if (q.after = number_from<std::uint64_t>(value); !q.after) { // after, last_event_id
    errors.push_back({name, "not the id of an event", true});
  }
}

/// The header wins: a browser that comes back sends it with the address that it began with.
std::variant<stream_query, problem> read_query(const request& asked) {
  stream_query q;
  std::vector<problem_error> errors;
  for (const auto& [name, value] : asked.query)
    read_parameter(q, name, value, errors);
  if (!errors.empty())
    return problem{
        kinds::bad_query, "The query parameter \"" + errors.front().where + "\" is wrong.",
        std::move(errors)};
  if (asked.last_event_id && !asked.last_event_id->empty())
    if (q.after = number_from<std::uint64_t>(*asked.last_event_id); !q.after)
      return problem{kinds::malformed_request, "Last-Event-ID is not the id of an event."};
  return q;
}

response part(std::string body, std::uint64_t resume) {
  response r;
  r.content_type = "text/event-stream";
  r.headers = {{"X-Accel-Buffering", "no"}}; // nginx would hold events back.
  r.body = std::move(body);
  r.resume = resume;
  return r;
}

/// An id that this journal has not reached comes from another one: such a client hears what is new.
void open_stream(gateway_self self, const call_ptr& c, std::optional<std::uint64_t> after) {
  self->request(self->state.targets.events, self->state.limits.ask_timeout, get_atom_v)
      .then(
          [c, after](std::uint64_t newest) {
            const auto from = std::min(after.value_or(newest), newest);
            c->answer(part(stream_opening(from), from));
          },
          fail(self, c));
}

void next_part(gateway_self self, const call_ptr& c, event_filter filter) {
  const auto& limits = self->state.limits;
  const auto after = *c->asked.resume;
  self->request(
          self->state.targets.events, limits.stream_heartbeat + limits.ask_timeout, poll_atom_v, after,
          limits.stream_page_events, limits.stream_heartbeat)
      .then(
          [c, after, filter = std::move(filter)](const std::vector<event_row>& page) {
            c->answer(
                page.empty() ? part(std::string{stream_heartbeat}, after)
                             : part(stream_part(filter, page), page.back().number));
          },
          fail(self, c));
}

} // namespace

void follow_events(gateway_self self, const call_ptr& c) {
  auto read = read_query(c->asked);
  if (const auto* wrong = std::get_if<problem>(&read))
    return answer(c, *wrong);
  auto& q = std::get<stream_query>(read);
  if (c->asked.resume)
    next_part(self, c, std::move(q.filter));
  else
    open_stream(self, c, q.after);
}

} // namespace tributary::gateway
