// What is said about jobs. Values only: no handles, no behaviour. Field names follow the API's JSON.
#pragma once

#include "config/complaint.hpp"
#include "config/settings.hpp"
#include "messages/caf_compat.hpp"
#include "messages/catalog_messages.hpp"
#include "policy/failover_plan.hpp"
#include "policy/identity.hpp"
#include "policy/outcome.hpp"
#include "policy/time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tributary {

/// Assigned by the store, ascending, never reused. The API writes it as a decimal string.
using job_id = std::uint64_t;

/// Stored and sent by name; append only.
enum class job_state : std::uint8_t {
  queued,
  running,
  waiting,
  paused,
  verifying,
  publishing,
  succeeded,
  failed,
  cancelled
};

[[nodiscard]] std::string_view to_string(job_state x) noexcept;
[[nodiscard]] std::optional<job_state> job_state_from(std::string_view name) noexcept;
[[nodiscard]] constexpr bool is_final(job_state x) noexcept {
  return x == job_state::succeeded || x == job_state::failed || x == job_state::cancelled;
}

/// What a job wants. Exactly one of the three is set.
struct resource {
  std::string path;                ///< Relative to every provider's base; not percent-encoded.
  std::vector<std::string> urls;   ///< Absolute http(s) URLs; list order is chain order.
  std::optional<catalog_ref> item; ///< Each provider finds its path in its own catalogue.
  friend bool operator==(const resource&, const resource&) = default;
};

/// What was asked for, as it was asked. Only resource is required; output is filled in at submission.
struct job_spec {
  tributary::resource resource;
  /// Relative to the download root; "" in a request: the resource's last name. It stays "" where a URL has
  /// none that can be used: then the source names the file (Content-Disposition), else it is "download".
  std::string output;
  std::optional<std::string> sha256; ///< 64 lower-case hex digits.
  std::optional<std::uint64_t> size; ///< Bytes.
  std::int32_t priority = 5;         ///< 0-9, high first.
  std::optional<double> deadline_seconds;
  std::optional<std::int32_t> max_attempts, max_segments;
  std::optional<tributary::strategy> strategy;
  std::optional<tributary::on_conflict> on_conflict;
  std::vector<std::string> providers; ///< Only these may serve it; empty: all.
};

struct job_error {
  outcome result = outcome::invalid; ///< `class` in the API.
  std::string message;
  std::string provider; ///< The last one that failed, "" when none did.
  std::optional<double> retry_after_seconds;
};

/// A run of bytes, within one piece, that one attempt wrote and that is on the disk: the journal's unit of
/// progress and of provenance.
struct extent {
  std::uint64_t offset = 0, length = 0;
  std::string provider;
  std::uint32_t attempt = 0;
  std::string validator;             ///< The strong ETag that came with the bytes, else "".
  std::optional<std::uint64_t> xxh3; ///< XXH3-64 of the bytes; none in journals of older versions.
};

/// One job, as it is stored.
struct job_row {
  job_id id = 0;
  job_spec spec;
  job_state state = job_state::queued;
  std::uint32_t run_no = 0;     ///< Fence: a report of an older run changes nothing.
  file_identity identity;       ///< Of the bytes in the part file.
  std::uint64_t bytes_done = 0; ///< Verified or durable bytes in the part file.
  std::string part;   ///< The part file's name relative to the download root; "" when there is none.
  std::string target; ///< The published (or about to be published) name; "" before.
  std::uint64_t inode =
      0; ///< Of the part file, set with `publishing`: recovery recognises the renamed file by it.
  std::string sha256;   ///< Of the whole file once known, lower-case hex; else "".
  std::string provider; ///< Who gave, or gives, most bytes.
  std::uint32_t attempts = 0;
  std::uint32_t crashes = 0; ///< Of its runner; the third fails the job.
  std::optional<wall_time> next_attempt_at;
  std::optional<job_error> error;
  wall_time created_at{};
  std::optional<wall_time> started_at, finished_at;
  std::optional<wall_time>
      retried_at; ///< Attempts before it count no more, and its deadline runs from there.
};

/// Since when the job has been wanted: its deadline and its place in the queue go by it.
[[nodiscard]] inline wall_time wanted_since(const job_row& row) {
  return row.retried_at.value_or(row.created_at);
}

/// One attempt of a job, as it is stored and traced.
struct attempt_row {
  std::uint32_t number = 0; ///< From 1, over all runs of the job.
  std::string provider;
  outcome result = outcome::ok;
  fault cause = fault::none;
  int status = 0;          ///< HTTP status, 0: none came.
  std::string message;     ///< What went wrong; also where the provider's catalogue led.
  std::uint64_t bytes = 0; ///< Body bytes received.
  bool progressed = false;
  std::optional<wall_time> retry_after;
  wall_time started_at{}, finished_at{};
};

/// One decision of the supervisor, as it is stored and traced.
struct decision_row {
  wall_time at{};
  std::vector<considered> candidates;
  std::string chosen; ///< "" when nobody was.
  plan_action action = plan_action::give_up;
  std::optional<wall_time> wait_until;
  bool least_bad = false, afresh = false;
  std::string message;
  std::uint64_t config_revision = 0;
};

/// A job with its history, as a run begins from it.
struct job_record {
  job_row row;
  std::vector<extent> extents;
  std::vector<attempt_row> attempts;
};

/// Attempts before the newest retry are history: they number on, and nothing else.
[[nodiscard]] inline bool counts(const attempt_row& a, const job_row& row) {
  return !row.retried_at || a.started_at >= *row.retried_at;
}

/// The stored explanation of a job.
struct job_trace {
  job_id job = 0;
  std::vector<decision_row> decisions;
  std::vector<attempt_row> attempts;
};

/// The answer to a submission.
struct submit_result {
  job_row row;
  bool joined =
      false; ///< The same content and destination was asked for and is unfinished: this is that job.
};

/// Names one request of one client, so that it may be sent again without being done again.
struct idempotency_key {
  std::string key;    ///< With whose it is: keys of different callers never meet.
  std::string digest; ///< Of the request: the same key with another one is a mistake.
};

/// Jobs that are accepted together or not at all.
struct job_submission {
  std::vector<job_spec> specs; ///< 1 to submission_jobs_max.
  std::optional<idempotency_key> key;
  bool in_array = true; ///< In complaints, a pointer begins with the job's place: /3/output.
};

struct submit_results {
  std::vector<submit_result> jobs; ///< In the order of the specs.
  bool replayed = false;           ///< The key was known: these are the jobs of its first request.
};

/// What one runner tells the queue; everything set is written in one commit.
struct job_report {
  job_id job = 0;
  std::uint32_t run_no = 0;
  std::optional<job_state> state; ///< Move there.
  std::vector<attempt_row> attempts;
  std::vector<decision_row> decisions;
  std::vector<extent> extents; ///< Come to the stored ones; one with the offset of a stored one replaces it.
  bool extents_anew = false;   ///< The stored ones are forgotten first.
  std::optional<std::string> provider; ///< Who gave most bytes.
  std::optional<file_identity> identity;
  std::optional<std::string> part, target, sha256;
  std::optional<std::uint64_t> inode, bytes_done;
  std::optional<wall_time> next_attempt_at;
  std::optional<job_error> error;
};

/// Live figures of a running job: shown, never stored.
struct job_progress {
  job_id job = 0;
  std::uint32_t run_no = 0;
  std::uint64_t bytes_done = 0;
  double rate_mbps = 0;
  std::string provider;      ///< Who gives most at the moment.
  std::uint32_t streams = 0; ///< At work.
};

/// A job as the API shows it: the stored row and, while it runs, its live figures.
struct job_view {
  job_row row;
  std::optional<double> rate_mbps, eta_seconds;
  std::vector<std::string> providers_tried;
};

struct job_filter {
  std::optional<job_state> state;
  std::uint32_t limit = 50;     ///< 1-500.
  std::optional<job_id> before; ///< Keyset cursor: only ids below it (newest first).
};

struct job_page {
  std::vector<job_view> jobs;
  std::optional<job_id> next; ///< The next page's `before`; none: this was the last.
};

/// Why a path cannot be one beneath a provider's base, as the rest of a sentence; "" when it can.
[[nodiscard]] std::string resource_path_error(std::string_view path);

/// Everything that is wrong with a spec (pointers as in POST /api/jobs); fills in `output` where it is empty,
/// except for a catalogue item: its name comes from a catalogue.
[[nodiscard]] complaints check_and_complete(job_spec& spec);

template <class Inspector>
auto inspect(Inspector& f, complaint& x) {
  return compat::fields(f, "complaint", x.pointer, x.message);
}
template <class Inspector>
auto inspect(Inspector& f, file_identity& x) {
  return compat::fields(f, "file_identity", x.size, x.etag, x.digest, x.last_modified);
}
template <class Inspector>
auto inspect(Inspector& f, selection_terms& x) {
  return compat::fields(
      f, "selection_terms", x.position, x.ok, x.tried, x.throughput_mbps, x.first_byte_ms, x.leases);
}
template <class Inspector>
auto inspect(Inspector& f, considered& x) {
  return compat::fields(f, "considered", x.provider, x.score, x.terms, x.skipped);
}
template <class Inspector>
auto inspect(Inspector& f, resource& x) {
  return compat::fields(f, "resource", x.path, x.urls, x.item);
}
template <class Inspector>
auto inspect(Inspector& f, job_spec& x) {
  return compat::fields(
      f, "job_spec", x.resource, x.output, x.sha256, x.size, x.priority, x.deadline_seconds, x.max_attempts,
      x.max_segments, x.strategy, x.on_conflict, x.providers);
}
template <class Inspector>
auto inspect(Inspector& f, job_error& x) {
  return compat::fields(f, "job_error", x.result, x.message, x.provider, x.retry_after_seconds);
}
template <class Inspector>
auto inspect(Inspector& f, extent& x) {
  return compat::fields(f, "extent", x.offset, x.length, x.provider, x.attempt, x.validator, x.xxh3);
}
template <class Inspector>
auto inspect(Inspector& f, job_row& x) {
  return compat::fields(
      f, "job_row", x.id, x.spec, x.state, x.run_no, x.identity, x.bytes_done, x.part, x.target, x.inode,
      x.sha256, x.provider, x.attempts, x.crashes, x.next_attempt_at, x.error, x.created_at, x.started_at,
      x.finished_at, x.retried_at);
}
template <class Inspector>
auto inspect(Inspector& f, attempt_row& x) {
  return compat::fields(
      f, "attempt_row", x.number, x.provider, x.result, x.cause, x.status, x.message, x.bytes, x.progressed,
      x.retry_after, x.started_at, x.finished_at);
}
template <class Inspector>
auto inspect(Inspector& f, decision_row& x) {
  return compat::fields(
      f, "decision_row", x.at, x.candidates, x.chosen, x.action, x.wait_until, x.least_bad, x.afresh,
      x.message, x.config_revision);
}
template <class Inspector>
auto inspect(Inspector& f, job_record& x) {
  return compat::fields(f, "job_record", x.row, x.extents, x.attempts);
}
template <class Inspector>
auto inspect(Inspector& f, job_trace& x) {
  return compat::fields(f, "job_trace", x.job, x.decisions, x.attempts);
}
template <class Inspector>
auto inspect(Inspector& f, submit_result& x) {
  return compat::fields(f, "submit_result", x.row, x.joined);
}
template <class Inspector>
auto inspect(Inspector& f, idempotency_key& x) {
  return compat::fields(f, "idempotency_key", x.key, x.digest);
}
template <class Inspector>
auto inspect(Inspector& f, job_submission& x) {
  return compat::fields(f, "job_submission", x.specs, x.key, x.in_array);
}
template <class Inspector>
auto inspect(Inspector& f, submit_results& x) {
  return compat::fields(f, "submit_results", x.jobs, x.replayed);
}
template <class Inspector>
auto inspect(Inspector& f, job_report& x) {
  return compat::fields(
      f, "job_report", x.job, x.run_no, x.state, x.attempts, x.decisions, x.extents, x.extents_anew,
      x.provider, x.identity, x.part, x.target, x.sha256, x.inode, x.bytes_done, x.next_attempt_at, x.error);
}
template <class Inspector>
auto inspect(Inspector& f, job_progress& x) {
  return compat::fields(f, "job_progress", x.job, x.run_no, x.bytes_done, x.rate_mbps, x.provider, x.streams);
}
template <class Inspector>
auto inspect(Inspector& f, job_view& x) {
  return compat::fields(f, "job_view", x.row, x.rate_mbps, x.eta_seconds, x.providers_tried);
}
template <class Inspector>
auto inspect(Inspector& f, job_filter& x) {
  return compat::fields(f, "job_filter", x.state, x.limit, x.before);
}
template <class Inspector>
auto inspect(Inspector& f, job_page& x) {
  return compat::fields(f, "job_page", x.jobs, x.next);
}

} // namespace tributary
