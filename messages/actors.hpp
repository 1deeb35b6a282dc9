// The switchboard: who can be told what. Read this page first. Signatures only.
// `void` answers nothing; everything else answers once, with the value or an error of messages/errc.hpp.
#pragma once

#include "messages/caf_compat.hpp"
#include "messages/catalog_messages.hpp"
#include "messages/errc.hpp"
#include "messages/event.hpp"
#include "messages/failover.hpp"
#include "messages/health.hpp"
#include "messages/job.hpp"
#include "messages/settings_change.hpp"
#include "messages/store.hpp"
#include "messages/transfer.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

namespace tributary {

TRIBUTARY_ATOM(add);
TRIBUTARY_ATOM(blame);
TRIBUTARY_ATOM(cancel);
TRIBUTARY_ATOM(change);
TRIBUTARY_ATOM(check);
TRIBUTARY_ATOM(denied);
TRIBUTARY_ATOM(drain);
TRIBUTARY_ATOM(ended);
TRIBUTARY_ATOM(events);
TRIBUTARY_ATOM(figures);
TRIBUTARY_ATOM(find);
TRIBUTARY_ATOM(get);
TRIBUTARY_ATOM(granted);
TRIBUTARY_ATOM(history);
TRIBUTARY_ATOM(judge);
TRIBUTARY_ATOM(list);
TRIBUTARY_ATOM(opened);
TRIBUTARY_ATOM(parked);
TRIBUTARY_ATOM(pause);
TRIBUTARY_ATOM(preview);
TRIBUTARY_ATOM(poll);
TRIBUTARY_ATOM(progress);
TRIBUTARY_ATOM(publish);
TRIBUTARY_ATOM(recover);
TRIBUTARY_ATOM(release);
TRIBUTARY_ATOM(remove);
TRIBUTARY_ATOM(report);
TRIBUTARY_ATOM(reset);
TRIBUTARY_ATOM(resume);
TRIBUTARY_ATOM(retry);
TRIBUTARY_ATOM(revision);
TRIBUTARY_ATOM(run);
TRIBUTARY_ATOM(stats);
TRIBUTARY_ATOM(stop);
TRIBUTARY_ATOM(submit);
TRIBUTARY_ATOM(summary);
TRIBUTARY_ATOM(trace);
TRIBUTARY_ATOM(transfer);
TRIBUTARY_ATOM(want);
TRIBUTARY_ATOM(verified);
TRIBUTARY_ATOM(watch);
TRIBUTARY_ATOM(write);
TRIBUTARY_ATOM(yield);

/// Told of every new settings version; who joins late gets the current one at once.
using settings_watcher_actor = compat::typed_actor<caf::result<void>(settings_ptr)>;

/// CONFIG MANAGER: the one settings document, its revision, its file.
using config_manager_actor = compat::typed_actor<
    // The current version.
    caf::result<settings_ptr>(get_atom),
    // Validates, saves, journals, broadcasts, then answers with the new version. The text is the author's
    // name. errc::invalid_settings (context: complaints), unknown_provider, provider_exists, not_in_chain,
    // unknown_revision, stale, file_changed (context: text), io_failed, store_failed, overloaded.
    caf::result<settings_outcome>(change_atom, std::string, settings_change),
    // The same without doing it.
    caf::result<settings_outcome>(preview_atom, settings_change),
    // Kept revisions below a number, newest first, at most so many, without their documents.
    caf::result<std::vector<settings_revision>>(revision_atom, std::uint64_t, std::uint32_t),
    // Sends the current version and every later one until the watcher ends.
    caf::result<void>(watch_atom, settings_watcher_actor)>;

/// TRANSFER SINK: hears of one or more transfers. `ended` comes exactly once per accepted transfer, last.
using transfer_sink_actor = compat::typed_actor<
    caf::result<void>(opened_atom, transfer_id, source_facts),
    caf::result<void>(progress_atom, transfer_id, transfer_progress),
    caf::result<void>(ended_atom, transfer_id, transfer_result)>;

/// PROVIDER: one source of resources. Its monitored wrapper has the same interface.
using provider_actor = compat::typed_actor<
    // Starts a transfer and answers its id at once, or errc::busy; never queues. The sink hears of it; when
    // the owner ends, the transfer is cancelled and its slot freed.
    caf::result<transfer_id>(transfer_atom, transfer_request, transfer_sink_actor, caf::strong_actor_ptr),
    // Stops a transfer; it still ends, as cancelled. Unknown ids are ignored.
    caf::result<void>(cancel_atom, transfer_id),
    // One active check: is it there, and what can it do?
    caf::result<check_result>(check_atom),
    // New settings; limits hold at once, the rest from the next transfer on.
    caf::result<void>(effective_provider_ptr),
    // One catalogue operation, answered by its own catalogue. What went wrong at the source stands in the
    // reply; errc::busy, overloaded, shutting_down: nothing was asked of it.
    caf::result<catalog_reply>(catalog_query)>;

/// Told of every change in a provider's standing.
using standing_watcher_actor = compat::typed_actor<caf::result<void>(provider_standing)>;

/// HEALTH MONITOR: rolling windows, availability states, active checks.
using health_monitor_actor = compat::typed_actor<
    // Counts one finished operation. Never answered: a provider must not wait for its own bookkeeping.
    caf::result<void>(request_metric),
    // The same for an operation that ended in a way that may be our own network's doing. Answers within a few
    // seconds: true when that is so (it is counted as fault::own_network then, and nobody is marked).
    caf::result<bool>(judge_atom, request_metric),
    // So many further pieces of a running transfer were verified.
    caf::result<void>(verified_atom, std::string, std::uint32_t),
    // Begins to watch a provider: its name, whom to check, and whether it is configured (else ephemeral: not
    // listed).
    caf::result<void>(add_atom, std::string, provider_actor, bool),
    // Forgets a provider.
    caf::result<void>(remove_atom, std::string),
    // Everybody configured, over the window.
    caf::result<health_summary>(summary_atom),
    // One provider, or errc::unknown_provider.
    caf::result<provider_figures>(figures_atom, std::string),
    // Clears one provider's window and state, and answers with the fresh figures.
    caf::result<provider_figures>(reset_atom, std::string),
    // Its stored history, or errc::unknown_provider, store_failed.
    caf::result<provider_history>(history_atom, std::string, history_query),
    // Sends every standing now and each later change, until the watcher ends.
    caf::result<void>(watch_atom, standing_watcher_actor), caf::result<void>(settings_ptr)>;

/// The supervisor's permission for one stream at one provider; freed by release, or when its runner ends.
struct lease {
  transfer_id id = 0;
  job_id job = 0;
  std::uint32_t attempt = 0; ///< Number of the attempt that begins, from 1.
  std::string provider;
  provider_actor handle; ///< The monitored wrapper.
  std::string path, url; ///< What to ask it for: see transfer_request; both "": the job's catalogue item.
  bool afresh = false;   ///< Start over in an empty part file.
  decision_row decision;
};

/// JOB RUNNER: one running job. It is the sink of its own transfers.
using job_runner_actor = compat::typed_actor<
    caf::result<void>(opened_atom, transfer_id, source_facts),
    caf::result<void>(progress_atom, transfer_id, transfer_progress),
    caf::result<void>(ended_atom, transfer_id, transfer_result), caf::result<void>(granted_atom, lease),
    caf::result<void>(denied_atom, denial),
    // Others wait and hold nothing: that stream ends at the next piece border.
    caf::result<void>(yield_atom, transfer_id), caf::result<void>(stop_atom, stop_reason)>;

/// JOB QUEUE: accepted jobs and their admission; the only one that changes a job's state, in the store first.
using job_queue_actor = compat::typed_actor<
    // Answers after the commit. errc::invalid_job (context: complaints), conflict, overloaded, store_failed,
    // shutting_down.
    caf::result<submit_result>(submit_atom, job_spec),
    // The same for several, all or none, in one commit; with a key, for the first request that brings it.
    // conflict has complaints, too; and errc::key_reused.
    caf::result<submit_results>(submit_atom, job_submission), caf::result<job_view>(get_atom, job_id),
    caf::result<job_page>(list_atom, job_filter), caf::result<job_trace>(trace_atom, job_id),
    // Cancelled, committed; errc::wrong_state when it is final or being published. Cancelling twice is fine.
    caf::result<job_view>(cancel_atom, job_id),
    // Paused, committed, its runner gone and its bytes kept; errc::wrong_state when it is final or being
    // published. Pausing twice is fine.
    caf::result<job_view>(pause_atom, job_id),
    // Queued again, committed. An unfinished job that is not paused stays as it is; errc::wrong_state when it
    // is final.
    caf::result<job_view>(resume_atom, job_id),
    // A failed or cancelled job begins anew, committed: what it tried before counts no more, the bytes that
    // it has do. errc::wrong_state when it is another's state, conflict, overloaded, shutting_down.
    caf::result<job_view>(retry_atom, job_id),
    // From a runner. False: a newer run exists (or the job is final), nothing was changed: stop.
    caf::result<bool>(report_atom, job_report), caf::result<void>(job_progress),
    // From the supervisor: the runner of this run is gone; the text is "" or why it crashed.
    caf::result<void>(ended_atom, job_id, std::uint32_t, std::string),
    // From the supervisor: the runner of this run waits for its first lease (true) or has got it (false).
    caf::result<void>(parked_atom, job_id, std::uint32_t, bool), caf::result<queue_counts>(stats_atom),
    // Stops admission and all runners, and answers how many jobs were put back once nothing runs.
    caf::result<std::uint32_t>(drain_atom), caf::result<void>(settings_ptr)>;

/// FAILOVER SUPERVISOR: chain, leases, retry budgets, statistics; parent of the provider pairs and of the
/// runners.
using failover_supervisor_actor = compat::typed_actor<
    // Runs a job: starts its runner, which reports to that queue.
    caf::result<void>(run_atom, job_record, job_queue_actor),
    // Stops a job's runner, if it has one.
    caf::result<void>(stop_atom, job_id, stop_reason),
    // Answers with granted or denied to the runner; waits while every usable provider is full. A job has one
    // open wish at most: a further one takes the place of the one before. Each lease is one stream's.
    caf::result<void>(want_atom, lease_request, job_runner_actor),
    // Gives a lease back with what became of it.
    caf::result<void>(release_atom, transfer_id, attempt_row),
    // Bytes that a provider gave earlier turned out to be wrong: counts as an attempt of its own.
    caf::result<void>(blame_atom, job_id, attempt_row), caf::result<failover_stats>(stats_atom),
    caf::result<void>(provider_standing),
    // A provider that is in the settings no more drains: its transfers go on, and it gets no new ones. Others
    // whose provider was disabled move to another one where one can take them now.
    caf::result<void>(settings_ptr),
    // The chain as a new job would use it now, first choice first.
    caf::result<provider_ranking>(list_atom),
    // Ends the transfers of a provider that drains; their jobs fail over. False: nothing of that name drains.
    caf::result<bool>(remove_atom, std::string),
    // One catalogue operation at the providers of the chain, one after the other until one can answer; within
    // catalog_route_max (actors/catalog_router.hpp). errc::unknown_item: nobody has it; no_provider: nobody
    // could say.
    caf::result<catalog_reply>(catalog_query)>;

/// JOB STORE: the journal. Confirms only what is committed.
using job_store_actor = compat::typed_actor<
    // Writes all of it in one transaction (grouped with what waits beside it).
    caf::result<commit_result>(write_atom, store_batch),
    // One job with its history, or errc::unknown_job.
    caf::result<job_record>(find_atom, job_id), caf::result<job_trace>(trace_atom, job_id),
    caf::result<stored_page>(list_atom, job_filter),
    // Events after a number, at most so many.
    caf::result<std::vector<event_row>>(events_atom, std::uint64_t, std::uint32_t),
    // What the engine needs to go on after a start.
    caf::result<recovered_state>(recover_atom),
    // A provider's stored history in steps, those left out of which nothing is known.
    caf::result<std::vector<stored_rollup>>(history_atom, std::string, history_query),
    // One revision of the settings with its document, or errc::unknown_revision.
    caf::result<settings_revision>(revision_atom, std::uint64_t),
    // Kept revisions below a number, newest first, at most so many, without their documents.
    caf::result<std::vector<settings_revision>>(revision_atom, std::uint64_t, std::uint32_t)>;

using event_watcher_actor = compat::typed_actor<caf::result<void>(std::vector<event_row>)>;

/// EVENT HUB: the numbered events and their watchers.
using event_hub_actor = compat::typed_actor<
    // Committed events, in order.
    caf::result<void>(publish_atom, std::vector<event_row>),
    // Everything after a number (from the store), then all that comes, in order and without gaps, until the
    // watcher ends.
    caf::result<void>(watch_atom, event_watcher_actor, std::uint64_t),
    // Number of the newest event; 0: there is none yet.
    caf::result<std::uint64_t>(get_atom),
    // For who takes events at its own pace: those after a number, at most so many (1-500), in order. Waits at
    // most so long for the first of them, then answers with none. errc::store_failed.
    caf::result<std::vector<event_row>>(poll_atom, std::uint64_t, std::uint32_t, milliseconds)>;

} // namespace tributary

// These carry pointers or handles of this process and never leave it.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::settings_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::effective_provider_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::settings_change)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::settings_outcome)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::settings_revision)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<tributary::settings_revision>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::transfer_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::source_facts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::transfer_progress)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::transfer_result)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::lease)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::store_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::commit_result)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::stored_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::recovered_state)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tributary::stored_rollup)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<tributary::stored_rollup>)
