// What comes in: answered as before where its key came before; else checked, joined to equal unfinished jobs
// or refused where it would collide, committed, and only then acknowledged. A submission of several jobs is
// accepted whole or not at all, in one commit.
#include "actors/job_queue_shell.hpp"
#include "actors/report_apply.hpp"
#include "actors/runner_records.hpp"
#include "messages/job_limits.hpp"
#include "messages/output_name.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace tributary {

namespace {

/// How long a submission waits in all for catalogues to name its outputs; the gateway waits longer.
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

std::string place_of(std::size_t wish, bool in_array) {
  return in_array ? "/" + std::to_string(wish) : std::string{};
}

} // namespace

pending_job pending_of(const job_row& row) {
  pending_job p;
  p.id = row.id;
  p.state = row.state;
  p.priority = row.spec.priority;
  p.run_no = row.run_no;
  p.created_at = wanted_since(row);
  p.output = row.spec.output;
  p.fingerprint = fingerprint_of(row.spec);
  return p;
}

caf::result<submit_result> queue_shell::submit(job_spec spec) {
  auto promise = make_response_promise<submit_result>();
  const auto t = promises_.keep(promise);
  job_submission one;
  one.specs.push_back(std::move(spec));
  one.in_array = false;
  submit_together(std::move(one), [this, t](caf::expected<submit_results> made) {
    if (made)
      promises_.answer(t, std::move(made->jobs.front()));
    else
      promises_.answer(t, std::move(made.error()));
  });
  return promise;
}

caf::result<submit_results> queue_shell::submit_all(job_submission jobs) {
  auto promise = make_response_promise<submit_results>();
  const auto t = promises_.keep(promise);
  submit_together(std::move(jobs), [this, t](caf::expected<submit_results> made) {
    if (made)
      promises_.answer(t, std::move(*made));
    else
      promises_.answer(t, std::move(made.error()));
  });
  return promise;
}

void queue_shell::submit_together(job_submission jobs, then_submitted then) {
  if (draining_)
    return then(caf::make_error(errc::shutting_down));
  if (unacknowledged_ >= submits_unacknowledged_max)
    return then(caf::make_error(
        errc::overloaded, std::to_string(submits_unacknowledged_max) + " submissions wait for their commit"));
  ++unacknowledged_;
  auto s = std::make_shared<submission>();
  s->key = std::move(jobs.key);
  s->in_array = jobs.in_array;
  s->then = [this, then = std::move(then)](caf::expected<submit_results> made) {
    --unacknowledged_;
    then(std::move(made));
  };
  for (auto& spec : jobs.specs)
    s->wishes.emplace_back().spec = std::move(spec);
  if (s->key)
    look_for_key(s);
  else
    take_in(s);
}

/// Who repeats a request is answered as before, whatever would be said to it today. Two that come at the same
/// time both find nothing: then the commit decides, which claims the key.
void queue_shell::look_for_key(const submission_ptr& s) {
  write({}, {find_claim{s->key->key, wall()}}, [this, s](caf::expected<commit_result> found) {
    if (!found)
      s->then(std::move(found.error()));
    else if (found->taken)
      replay(s, *found->taken);
    else
      take_in(s);
  });
}

void queue_shell::take_in(const submission_ptr& s) {
  auto wrong = check(*s);
  if (!wrong.empty())
    return s->then(caf::make_error(errc::invalid_job, std::move(wrong)));
  s->names_due = clock().now() + name_timeout;
  name_items(s);
}

/// Everything that is wrong with it; outputs are filled in, except those of catalogue items.
complaints queue_shell::check(submission& s) const {
  complaints wrong;
  if (s.wishes.empty() || s.wishes.size() > submission_jobs_max)
    wrong.push_back({"", "1 to " + std::to_string(submission_jobs_max) + " jobs can be submitted together"});
  else
    for (std::size_t i = 0; i < s.wishes.size(); ++i) {
      auto& spec = s.wishes[i].spec;
      auto found = check_and_complete(spec);
      check_providers(spec, settings_->document, found);
      for (auto& c : found)
        wrong.push_back({place_of(i, s.in_array) + c.pointer, std::move(c.message)});
    }
  return wrong;
}

/// Gives the catalogue items that have no output their names, one after the other; then all is settled.
void queue_shell::name_items(const submission_ptr& s) {
  for (; s->named < s->wishes.size(); ++s->named) {
    const auto& spec = s->wishes[s->named].spec;
    if (!spec.output.empty() || !spec.resource.item)
      continue;
    const auto left = s->names_due - clock().now();
    if (left <= nanoseconds{0}) {
      name_item(*s, {});
      continue;
    }
    auto named = [this, s](const catalog_reply& told) {
      name_item(*s, told);
      ++s->named;
      name_items(s);
    };
    this->request(
            options_.supervisor, left, catalog_query{catalog_operation::is_language, {}, *spec.resource.item})
        .then(named, [named](const caf::error&) { named({}); }); // No answer: by its key.
    return;
  }
  if (!s->nameless.empty())
    return s->then(caf::make_error(errc::invalid_job, std::move(s->nameless)));
  for (auto& w : s->wishes)
    w.fingerprint = fingerprint_of(w.spec);
  settle(s);
}

/// A catalogue item is called as the first catalogue that has it says; when none tells in time, by its key.
/// The job is taken in any case: who has it by then is found out when it runs.
void queue_shell::name_item(submission& s, const catalog_reply& told) {
  auto& spec = s.wishes[s.named].spec;
  const auto title = told.items.empty() ? std::string{} : told.items.front().title;
  spec.output = suggested_name_of_item(*spec.resource.item, told.path, title);
  if (spec.output.empty())
    s.nameless.push_back(
        {place_of(s.named, s.in_array) + "/output",
         "is needed: neither path, title nor key can be a file name"});
}

/// Decides what becomes of it; begins anew after each comparison, since the world may have changed meanwhile.
void queue_shell::settle(const submission_ptr& s) {
  for (auto& w : s->wishes) {
    if (w.joined)
      continue;
    for (const auto job : index_.with_fingerprint(w.fingerprint))
      if (std::ranges::find(w.compared, job) == w.compared.end()) {
        when_idle(job, [this, job, s, &w] { compare_with(job, s, w); });
        return;
      }
  }
  if (auto refused = collision_of(*s))
    s->then(std::move(refused));
  else
    insert(s);
}

void queue_shell::compare_with(job_id job, const submission_ptr& s, wish& w) {
  if (!index_.find(job)) {
    settle(s);
    return;
  }
  load(job, [this, job, s, &w](caf::expected<job_record> found) {
    if (!found) {
      s->then(std::move(found.error()));
      return;
    }
    w.compared.push_back(job);
    if (index_.find(job) && is_same_request(found->row.spec, w.spec))
      w.joined = shown(std::move(*found)).row;
    settle(s);
  });
}

/// Where several jobs would write one file, or more would wait than may.
caf::error queue_shell::collision_of(const submission& s) const {
  complaints taken;
  std::unordered_set<std::string_view> outputs;
  std::size_t fresh = 0;
  for (std::size_t i = 0; i < s.wishes.size(); ++i) {
    const auto& w = s.wishes[i];
    if (w.joined || first_equal(s, i) != i)
      continue;
    ++fresh;
    const bool is_new = outputs.insert(w.spec.output).second;
    if (w.spec.output.empty() || shares_output(w.spec))
      continue;
    if (!is_new)
      taken.push_back(
          {place_of(i, s.in_array) + "/output", "another job of this request writes " + w.spec.output});
    else if (index_.has_output(w.spec.output))
      taken.push_back(
          {place_of(i, s.in_array) + "/output", "another unfinished job writes " + w.spec.output});
  }
  if (!taken.empty())
    return caf::make_error(errc::conflict, std::move(taken));
  return fresh > 0 ? fullness(fresh) : caf::error{};
}

/// The first wish that asks for the same as this one.
std::size_t queue_shell::first_equal(const submission& s, std::size_t i) {
  for (std::size_t first = 0; first < i; ++first)
    if (s.wishes[first].fingerprint == s.wishes[i].fingerprint &&
        is_same_request(s.wishes[first].spec, s.wishes[i].spec))
      return first;
  return i;
}

bool queue_shell::shares_output(const job_spec& spec) const {
  const auto rule = spec.on_conflict.value_or(global().on_conflict);
  return rule == on_conflict::rename || rule == on_conflict::replace;
}

caf::error queue_shell::fullness(std::size_t more) const {
  const auto waiting = index_.size() - std::min(index_.size(), running_ + parked_);
  if (waiting + more <= static_cast<std::size_t>(global().max_queued_jobs))
    return {};
  return caf::make_error(errc::overloaded, std::to_string(waiting) + " jobs are queued: no more is taken");
}

/// All of it in one commit, with the key.
void queue_shell::insert(const submission_ptr& s) {
  const auto now = wall();
  submit_results made;
  store_batch batch;
  std::vector<job_id> fresh;
  for (std::size_t i = 0; i < s->wishes.size(); ++i) {
    const auto& w = s->wishes[i];
    if (const auto first = first_equal(*s, i); w.joined || first != i) {
      made.jobs.push_back({w.joined ? *w.joined : made.jobs[first].row, true});
      continue;
    }
    job_row row;
    row.id = ++last_job_;
    row.spec = w.spec;
    row.created_at = now;
    row.part = part_name_of(row);
    fresh.push_back(row.id);
    index_.insert(pending_of(row));
    batch.emplace_back(insert_job{row});
    batch.emplace_back(add_event{event_of(row, now)});
    made.jobs.push_back({std::move(row), false});
  }
  if (s->key) {
    claim_key claim{*s->key, now, {}};
    for (const auto& j : made.jobs)
      claim.jobs.push_back(j.row.id);
    batch.emplace_back(std::move(claim));
  }
  if (batch.empty()) {
    s->then(std::move(made));
    return;
  }
  write(
      fresh, std::move(batch),
      [this, s, fresh, made = std::move(made)](caf::expected<commit_result> written) mutable {
        if (!written || written->taken || written->stale) {
          for (const auto job : fresh)
            index_.erase(job);
          if (!written)
            s->then(std::move(written.error()));
          else if (written->taken)
            replay(s, *written->taken);
          else
            s->then(caf::make_error(errc::store_failed, std::string{"a new job is not new"}));
          return;
        }
        for (const auto& j : made.jobs)
          if (!j.joined && at_hand_.size() < rows_at_hand_max)
            at_hand_.emplace(j.row.id, j.row);
        s->then(std::move(made));
        for (const auto job : fresh)
          index_.make_ready(job);
        admit();
      });
}

/// The key came before: the jobs of its first request as they are now, if that was the same one.
void queue_shell::replay(const submission_ptr& s, const claimed_key& first) {
  if (first.digest != s->key->digest) {
    s->then(caf::make_error(errc::key_reused));
    return;
  }
  const auto found = std::make_shared<submit_results>();
  found->replayed = true;
  load_replayed(s, first.jobs, found);
}

void queue_shell::load_replayed(
    const submission_ptr& s, const std::vector<job_id>& jobs, const std::shared_ptr<submit_results>& found) {
  if (found->jobs.size() == jobs.size()) {
    s->then(std::move(*found));
    return;
  }
  this->request(options_.store, store_timeout, find_atom_v, jobs[found->jobs.size()])
      .then(
          [this, s, jobs, found](job_record& stored) {
            found->jobs.push_back({shown(std::move(stored)).row, true});
            load_replayed(s, jobs, found);
          },
          [s](caf::error& why) { s->then(std::move(why)); });
}

} // namespace tributary
