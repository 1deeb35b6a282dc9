// /api/jobs: submit, list, one, cancel, trace.
#include "net/gateway/handlers.hpp"
#include "net/gateway/json_body.hpp"
#include "net/gateway/numbers.hpp"

#include "messages/job_json.hpp"

#include <boost/json.hpp>

namespace tributary::gateway {

namespace {

namespace json = boost::json;

constexpr std::uint32_t list_limit_max = 500;

/// The id in the path; answers 404 itself when it cannot be one.
std::optional<job_id> id_of(const call_ptr& c) {
  const auto id = number_from<job_id>(c->asked.params.front());
  if (!id)
    answer(c, problem{kinds::unknown_job, "A job's id is a decimal number."});
  return id;
}

std::variant<job_filter, problem> filter_of(const query_params& query) {
  job_filter filter;
  std::vector<problem_error> errors;
  for (const auto& [name, value] : query) {
    if (name == "state") {
      filter.state = job_state_from(value);
      if (!filter.state)
        errors.push_back({name, "not the name of a job state", true});
    } else if (name == "limit") {
      const auto limit = number_from<std::uint32_t>(value);
      if (limit && *limit >= 1 && *limit <= list_limit_max)
        filter.limit = *limit;
      else
        errors.push_back({name, "must be a whole number from 1 to " + std::to_string(list_limit_max), true});
    } else if (name == "cursor") {
      filter.before = number_from<job_id>(value);
      if (!filter.before)
        errors.push_back({name, "not a cursor; take \"next\" of the page before", true});
    }
  }
  if (!errors.empty())
    return problem{
        kinds::bad_query, "The query parameter \"" + errors.front().where + "\" is wrong.",
        std::move(errors)};
  return filter;
}

void submitted(const call_ptr& c, const submit_result& r) {
  const header_list where{{"Location", "/api/jobs/" + std::to_string(r.row.id)}};
  answer(c, to_json(job_view{r.row, {}, {}, {}}), r.joined ? 200 : 202, where);
}

} // namespace

void submit_job(gateway_self self, const call_ptr& c) {
  const auto body = read_body(c->asked.body);
  if (const auto* broken = std::get_if<problem>(&body))
    return answer(c, *broken);
  auto parsed = parse_job_spec(std::get<json::value>(body));
  if (const auto* wrong = std::get_if<complaints>(&parsed))
    return answer(c, invalid(kinds::invalid_job, *wrong));
  self->request(
          self->state.targets.jobs, self->state.limits.ask_timeout, submit_atom_v,
          std::get<job_spec>(std::move(parsed)))
      .then([c](const submit_result& r) { submitted(c, r); }, fail(self, c));
}

void list_jobs(gateway_self self, const call_ptr& c) {
  auto filter = filter_of(c->asked.query);
  if (const auto* wrong = std::get_if<problem>(&filter))
    return answer(c, *wrong);
  self->request(
          self->state.targets.jobs, self->state.limits.ask_timeout, list_atom_v,
          std::get<job_filter>(std::move(filter)))
      .then(
          [c](const job_page& page) {
            json::object body;
            auto& jobs = body["jobs"].emplace_array();
            for (const auto& v : page.jobs)
              jobs.push_back(to_json(v));
            body["next"] = page.next ? json::value(std::to_string(*page.next)) : json::value(nullptr);
            answer(c, body);
          },
          fail(self, c));
}

void get_job(gateway_self self, const call_ptr& c) {
  if (const auto id = id_of(c))
    self->request(self->state.targets.jobs, self->state.limits.ask_timeout, get_atom_v, *id)
        .then([c](const job_view& v) { answer(c, to_json(v)); }, fail(self, c));
}

void cancel_job(gateway_self self, const call_ptr& c) {
  if (const auto id = id_of(c))
    self->request(self->state.targets.jobs, self->state.limits.ask_timeout, cancel_atom_v, *id)
        .then([c](const job_view& v) { answer(c, to_json(v)); }, fail(self, c));
}

void trace_job(gateway_self self, const call_ptr& c) {
  if (const auto id = id_of(c))
    self->request(self->state.targets.jobs, self->state.limits.ask_timeout, trace_atom_v, *id)
        .then([c](const job_trace& t) { answer(c, to_json(t)); }, fail(self, c));
}

} // namespace tributary::gateway
