// What comes in: checked, joined to an equal unfinished job or refused where it would collide, committed, and
// only then acknowledged.
#include "actors/job_queue_shell.hpp"
#include "actors/report_apply.hpp"
#include "messages/output_name.hpp"

#include <algorithm>
#include <utility>

namespace tributary {

namespace {

/// How long a submission waits for a catalogue to name its output; the gateway waits longer.
constexpr auto name_timeout = seconds{5};

/// Fingerprints may collide; requests are compared as they are.
bool is_same_request(const job_spec& a, const job_spec& b) {
  return a.resource == b.resource && a.output == b.output && a.sha256 == b.sha256 && a.size == b.size;
}

/// Names that cannot be a provider's have been complained of already.
void check_providers(const job_spec& spec, const settings& s, complaints& found) {
  const bool are_names =
      std::ranges::none_of(found, [](const complaint& c) { return c.pointer.starts_with("/providers"); });
  for (std::size_t i = 0; are_names && i < spec.providers.size(); ++i)
    if (!s.providers.contains(spec.providers[i]))
      found.push_back({"/providers/" + std::to_string(i), "there is no provider named " + spec.providers[i]});
}

pending_job pending_of(const job_row& row, std::uint64_t fingerprint) {
  pending_job p;
  p.id = row.id;
  p.state = row.state;
  p.priority = row.spec.priority;
  p.run_no = row.run_no;
  p.created_at = row.created_at;
  p.output = row.spec.output;
  p.fingerprint = fingerprint;
  return p;
}

} // namespace

caf::result<submit_result> queue_shell::submit(job_spec spec) {
  if (draining_)
    return errc::shutting_down;
  auto wrong = check_and_complete(spec);
  check_providers(spec, settings_->document, wrong);
  if (!wrong.empty())
    return caf::make_error(errc::invalid_job, std::move(wrong));
  if (unacknowledged_ >= submits_unacknowledged_max)
    return caf::make_error(
        errc::overloaded, std::to_string(submits_unacknowledged_max) + " submissions wait for their commit");
  ++unacknowledged_;
  auto promise = make_response_promise<submit_result>();
  submission s;
  s.spec = std::move(spec);
  s.ticket = promises_.keep(promise);
  if (s.spec.resource.item && s.spec.output.empty())
    name_item(std::move(s));
  else
    settle(std::move(s));
  return promise;
}

/// A catalogue item is called as the first catalogue that has it says; when none tells in time, by its key.
/// The job is taken in any case: who has it by then is found out when it runs.
void queue_shell::name_item(submission s) {
  auto named = [this, s](const catalog_reply& told) mutable {
    const auto title = told.items.empty() ? std::string{} : told.items.front().title;
    s.spec.output = suggested_name_of_item(*s.spec.resource.item, told.path, title);
    if (!s.spec.output.empty())
      return settle(std::move(s));
    acknowledge(
        s, caf::make_error(
               errc::invalid_job,
               complaints{{"/output", "is needed: neither path, title nor key can be a file name"}}));
  };
  this->request(
          options_.supervisor, name_timeout,
          catalog_query{catalog_operation::is_language, {}, *s.spec.resource.item})
      .then(named, [named](const caf::error&) mutable { named({}); }); // No answer: by its key.
}

template <class Answer>
void queue_shell::acknowledge(const submission& s, Answer&& a) {
  --unacknowledged_;
  promises_.answer(s.ticket, std::forward<Answer>(a));
}

/// Decides what becomes of it; begins anew after each comparison, since the world may have changed meanwhile.
void queue_shell::settle(submission s) {
  s.fingerprint = fingerprint_of(s.spec);
  for (const auto job : index_.with_fingerprint(s.fingerprint))
    if (std::ranges::find(s.compared, job) == s.compared.end()) {
      when_idle(job, [this, job, s] { compare_with(job, s); });
      return;
    }
  const auto rule = s.spec.on_conflict.value_or(global().on_conflict);
  const bool may_collide =
      rule != on_conflict::rename && rule != on_conflict::replace && !s.spec.output.empty();
  if (may_collide && index_.has_output(s.spec.output)) {
    acknowledge(s, caf::make_error(errc::conflict, "another unfinished job writes " + s.spec.output));
    return;
  }
  const auto waiting = index_.size() - std::min(index_.size(), running_ + parked_);
  if (waiting >= static_cast<std::size_t>(global().max_queued_jobs)) {
    acknowledge(
        s, caf::make_error(errc::overloaded, std::to_string(waiting) + " jobs are queued: no more is taken"));
    return;
  }
  insert(std::move(s));
}

void queue_shell::compare_with(job_id job, submission s) {
  if (!index_.find(job)) {
    settle(std::move(s));
    return;
  }
  load(job, [this, job, s = std::move(s)](caf::expected<job_record> found) mutable {
    if (!found) {
      acknowledge(s, std::move(found.error()));
    } else if (index_.find(job) && is_same_request(found->row.spec, s.spec)) {
      acknowledge(s, submit_result{shown(std::move(*found)).row, true});
    } else {
      s.compared.push_back(job);
      settle(std::move(s));
    }
  });
}

void queue_shell::insert(submission s) {
  job_row row;
  row.id = ++last_job_;
  row.spec = s.spec;
  row.created_at = wall();
  index_.insert(pending_of(row, s.fingerprint));
  store_batch batch{insert_job{row}, add_event{event_of(row, row.created_at)}};
  const auto id = row.id;
  commit(id, std::move(batch), [this, s = std::move(s), row = std::move(row)](const caf::error& failed) {
    if (failed) {
      index_.erase(row.id);
      acknowledge(s, failed);
      return;
    }
    acknowledge(s, submit_result{row, false});
    index_.make_ready(row.id);
    fresh_.emplace().row = row;
    admit();
    fresh_.reset();
  });
}

} // namespace tributary
