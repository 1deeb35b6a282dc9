// /api/jobs: submit, list, one, trace, and what is done to one.
#include "net/gateway/handlers.hpp"
#include "net/gateway/json_body.hpp"
#include "net/gateway/numbers.hpp"
#include "net/gateway/tokens.hpp"

#include "messages/job_json.hpp"
#include "messages/job_limits.hpp"

#include <boost/json.hpp>

#include <algorithm>

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

// -- submit ------------------------------------------------------------------------

/// One job, or an array of them; the other alternative is why not.
std::variant<job_submission, problem> read_submission(const json::value& body) {
  job_submission jobs;
  jobs.in_array = body.is_array();
  complaints wrong;
  const auto read_one = [&](const json::value& v, const std::string& place) {
    auto parsed = parse_job_spec(v);
    if (auto* found = std::get_if<complaints>(&parsed))
      for (auto& c : *found)
        wrong.push_back({place + c.pointer, std::move(c.message)});
    else
      jobs.specs.push_back(std::get<job_spec>(std::move(parsed)));
  };
  if (!body.is_array())
    read_one(body, "");
  else if (const auto n = body.get_array().size(); n == 0 || n > submission_jobs_max)
    wrong.push_back(
        {"", "an array must hold 1 to " + std::to_string(submission_jobs_max) + " jobs, not " +
                 std::to_string(n)});
  else
    for (std::size_t i = 0; i < n; ++i)
      read_one(body.get_array()[i], "/" + std::to_string(i));
  if (!wrong.empty())
    return invalid(kinds::invalid_job, wrong);
  return jobs;
}

/// What the header says, with whose it is; empty when it is no key.
std::optional<idempotency_key> read_key(const request& asked) {
  const auto& text = *asked.idempotency_key;
  const bool printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
  if (text.empty() || text.size() > idempotency_key_bytes_max || !printable)
    return std::nullopt;
  return idempotency_key{asked.caller + "\n" + text, to_hex(sha256_of(asked.body))};
}

void submitted_one(const call_ptr& c, const submit_result& r, header_list headers) {
  headers.emplace_back("Location", "/api/jobs/" + std::to_string(r.row.id));
  answer(c, to_json(job_view{r.row, {}, {}, {}}), r.joined ? 200 : 202, std::move(headers));
}

void submitted_all(const call_ptr& c, const submit_results& r, header_list headers) {
  json::object body;
  auto& jobs = body["jobs"].emplace_array();
  for (const auto& j : r.jobs)
    jobs.push_back(to_json(job_view{j.row, {}, {}, {}}));
  const bool all_joined = std::ranges::all_of(r.jobs, &submit_result::joined);
  answer(c, body, all_joined ? 200 : 202, std::move(headers));
}

/// Asks the queue to do that to the job in the path.
template <class What>
void ask_queue(gateway_self self, const call_ptr& c, What what) {
  if (const auto id = id_of(c))
    self->request(self->state.targets.jobs, self->state.limits.ask_timeout, what, *id)
        .then([c](const job_view& v) { answer(c, to_json(v)); }, fail(self, c));
}

} // namespace

void submit_job(gateway_self self, const call_ptr& c) {
  const auto body = read_body(c->asked.body);
  if (const auto* broken = std::get_if<problem>(&body))
    return answer(c, *broken);
  const auto& value = std::get<json::value>(body);
  auto read = read_submission(value);
  if (const auto* wrong = std::get_if<problem>(&read))
    return answer(c, *wrong);
  auto& jobs = std::get<job_submission>(read);
  if (c->asked.idempotency_key && !(jobs.key = read_key(c->asked)))
    return answer(
        c, problem{
               kinds::malformed_request, "An Idempotency-Key has 1 to " +
                                             std::to_string(idempotency_key_bytes_max) +
                                             " printable ASCII characters without spaces."});
  self->request(self->state.targets.jobs, self->state.limits.ask_timeout, submit_atom_v, std::move(jobs))
      .then(
          [c, many = value.is_array()](const submit_results& r) {
            header_list headers;
            if (r.replayed)
              headers.emplace_back("Idempotency-Replayed", "true");
            if (many)
              submitted_all(c, r, std::move(headers));
            else
              submitted_one(c, r.jobs.front(), std::move(headers));
          },
          fail(self, c));
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
  ask_queue(self, c, get_atom_v);
}

void cancel_job(gateway_self self, const call_ptr& c) {
  ask_queue(self, c, cancel_atom_v);
}

void pause_job(gateway_self self, const call_ptr& c) {
  ask_queue(self, c, pause_atom_v);
}

void resume_job(gateway_self self, const call_ptr& c) {
  ask_queue(self, c, resume_atom_v);
}

void retry_job(gateway_self self, const call_ptr& c) {
  ask_queue(self, c, retry_atom_v);
}

void trace_job(gateway_self self, const call_ptr& c) {
  if (const auto id = id_of(c))
    self->request(self->state.targets.jobs, self->state.limits.ask_timeout, trace_atom_v, *id)
        .then([c](const job_trace& t) { answer(c, to_json(t)); }, fail(self, c));
}

} // namespace tributary::gateway
