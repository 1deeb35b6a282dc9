// Collects the writes that wait in the mailbox and commits them as one transaction; a read commits what was
// collected first, so that everybody reads their own writes.
#include "actors/job_store.hpp"

#include "actors/crash.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>

namespace tributary {

namespace {

/// Batches in one commit; the next one begins a new commit.
constexpr std::size_t group_batches_max = 4096;

/// What the actor tells itself: commit what was collected.
TRIBUTARY_ATOM(flush);

using own_actor = job_store_actor::extend<caf::reacts_to<flush_atom>>;
using commit_promise = caf::typed_response_promise<commit_result>;

struct job_store_state {
  job_store_state() = default;
  job_store_state(const job_store_state&) = delete;
  ~job_store_state() { answer_all(errc::shutting_down); }

  static inline const char* name = "job_store";

  std::unique_ptr<journal> body; ///< Empty once closed.
  std::vector<store_batch> batches;
  std::vector<commit_promise> promises; ///< One per batch.

  void answer_all(const caf::error& why) {
    for (auto& promise : promises)
      promise.deliver(why);
    promises.clear();
    batches.clear();
  }

  /// Commits what was collected, and answers everybody.
  void flush() {
    if (batches.empty())
      return;
    try {
      const auto results = body->commit(batches);
      for (std::size_t i = 0; i < results.size(); ++i)
        if (results[i].impossible.empty())
          promises[i].deliver(results[i]);
        else
          promises[i].deliver(caf::make_error(errc::store_failed, results[i].impossible));
      promises.clear();
      batches.clear();
    } catch (const journal_error& e) {
      answer_all(caf::make_error(errc::store_failed, std::string{e.what()}));
    }
  }

  /// Closes the journal. The error says why it could not be done cleanly; nothing committed is lost by that.
  caf::error close() {
    flush();
    try {
      body->close();
      body.reset();
      return {};
    } catch (const journal_error& e) {
      return caf::make_error(errc::store_failed, std::string{e.what()});
    }
  }

  /// Reads after what was collected is committed. `how` answers a caf::result.
  template <class Read>
  auto read(Read how) -> decltype(how(*body)) {
    flush();
    try {
      return how(*body);
    } catch (const journal_error& e) {
      return caf::make_error(errc::store_failed, std::string{e.what()});
    }
  }
};

/// The value, or that there is none.
template <class T>
caf::result<T> known(std::optional<T> value, errc otherwise = errc::unknown_job) {
  if (!value)
    return otherwise;
  return std::move(*value);
}

own_actor::behavior_type job_store(
    own_actor::stateful_pointer<job_store_state> self,
    const std::shared_ptr<std::unique_ptr<journal>>& body) {
  auto& state = self->state;
  state.body = std::move(*body);
  self->set_exception_handler(crashed);
  self->set_exit_handler([self](caf::exit_msg& why) {
    auto failed = self->state.close();
    self->quit(failed ? std::move(failed) : std::move(why.reason));
  });
  return {
      [self](write_atom, store_batch& batch) {
        auto& st = self->state;
        if (st.batches.empty())
          self->send(self, flush_atom_v); // Comes after all that waits in the mailbox now.
        st.batches.push_back(std::move(batch));
        st.promises.push_back(self->make_response_promise<commit_result>());
        auto answer = st.promises.back();
        if (st.batches.size() >= group_batches_max)
          st.flush();
        return answer;
      },
      [self](find_atom, job_id job) {
        return self->state.read([=](journal& from) { return known(from.find(job)); });
      },
      [self](trace_atom, job_id job) {
        return self->state.read([=](journal& from) { return known(from.trace(job)); });
      },
      [self](list_atom, const job_filter& filter) {
        return self->state.read([&](journal& from) -> caf::result<stored_page> { return from.list(filter); });
      },
      [self](events_atom, std::uint64_t after, std::uint32_t limit) {
        return self->state.read([=](journal& from) -> caf::result<std::vector<event_row>> {
          return from.events_after(after, limit);
        });
      },
      [self](recover_atom) {
        return self->state.read([](journal& from) -> caf::result<recovered_state> { return from.recover(); });
      },
      [self](history_atom, const std::string& provider, const history_query& what) {
        return self->state.read([&](journal& from) -> caf::result<std::vector<stored_rollup>> {
          return from.history(provider, what);
        });
      },
      [self](revision_atom, std::uint64_t number) {
        return self->state.read(
            [=](journal& from) { return known(from.revision(number), errc::unknown_revision); });
      },
      [self](revision_atom, std::uint64_t before, std::uint32_t limit) {
        return self->state.read([=](journal& from) -> caf::result<std::vector<settings_revision>> {
          return from.revisions(before, limit);
        });
      },
      [self](flush_atom) { self->state.flush(); },
  };
}

} // namespace

job_store_actor spawn_job_store(caf::actor_system& system, std::unique_ptr<journal> body, bool detached) {
  auto handed =
      std::make_shared<std::unique_ptr<journal>>(std::move(body)); // CAF copies what it spawns with.
  if (detached)
    return system.spawn<caf::detached>(job_store, std::move(handed));
  return system.spawn(job_store, std::move(handed));
}

} // namespace tributary
