// A deterministic actor system for doctest: no scheduler threads, virtual time that steps from due time to
// due time. (CAF's own advance_time jumps first and fires every timer at the end point, which collapses timer
// chains.)
#pragma once

#include "messages/register.hpp"
#include "policy/time.hpp"

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <tuple>
#include <vector>

namespace tributary::testing {

struct actor_fixture {
  using clock = caf::detail::test_actor_clock;

  static caf::actor_system_config& init(caf::actor_system_config& c) {
    c.set("scheduler.policy", caf::atom("testing"));
    register_messages(c);
    return c;
  }

  caf::actor_system_config cfg;
  caf::actor_system sys{init(cfg)};
  caf::scheduler::test_coordinator& sched = dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());
  caf::scoped_actor self{sys, true}; // Hidden: not counted in registry().running().

  actor_fixture() { sched.clock().current_time += std::chrono::hours(1); }
  actor_fixture(const actor_fixture&) = delete;
  ~actor_fixture() { // Never leave jobs: ~actor_system would wait for actors for ever.
    for (auto& a : owned_)
      caf::anon_send_exit(a, caf::exit_reason::kill);
    sched.run();
    sched.clock().cancel_all(); // Delayed messages hold strong references.
    owned_.clear();
  }

  /// Kills the actor at the end of the test.
  template <class Handle>
  Handle own(Handle h) {
    owned_.push_back(caf::actor_cast<caf::actor>(h));
    return h;
  }

  /// Actors that run beside the fixture's own: 0 once a test has ended all of its actors.
  [[nodiscard]] std::size_t actors_left() { return sys.registry().running() - running_at_start_; }

  [[nodiscard]] steady_time now() const { return sched.clock().now(); }

  milliseconds wall_set{0}; ///< By how much somebody has set the wall clock, ahead or back.

  /// UTC that runs with the virtual clock, from 2026-01-01T00:00:00Z on.
  [[nodiscard]] wall_time wall_now() const {
    constexpr wall_time epoch = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
    return epoch + wall_set + std::chrono::duration_cast<milliseconds>(now().time_since_epoch());
  }
  [[nodiscard]] std::function<wall_time()> wall() const {
    return [this] { return wall_now(); };
  }

  /// Drains all mailboxes; time stands still.
  std::size_t run() { return sched.run(); }

  /// Moves virtual time event by event, so that timers that re-arm themselves fire at the right instants.
  void advance(nanoseconds d) {
    run();
    const auto end = now() + d;
    for (auto next = next_due(); next && *next <= end; next = next_due()) {
      sched.advance_time(*next > now() ? *next - now() : nanoseconds{0});
      run();
    }
    if (end > now())
      sched.advance_time(end - now());
    run();
  }

  template <class Handle, class... Ts>
  void tell(const Handle& h, Ts&&... xs) {
    caf::anon_send(h, std::forward<Ts>(xs)...);
    run();
  }

  /// The answer or the error; never waits for wall time: "no answer" when none came with the mailboxes
  /// drained.
  template <class R, class Handle, class... Ts>
  caf::expected<R> ask(const Handle& h, Ts&&... xs) {
    caf::expected<R> out{caf::make_error(caf::sec::runtime_error, "no answer after run()")};
    auto pending = self->request(h, caf::infinite, std::forward<Ts>(xs)...);
    run();
    if (!self->has_next_message())
      return out;
    pending.receive([&](R& r) { out = std::move(r); }, [&](caf::error& e) { out = std::move(e); });
    return out;
  }

private:
  struct access : clock { // schedule_ is protected: reach it through a derived class.
    static const schedule_map& map(const clock& c) { return c.*(&access::schedule_); }
  };
  [[nodiscard]] std::optional<clock::time_point> next_due() const {
    const auto& m = access::map(sched.clock());
    return m.empty() ? std::nullopt : std::optional{m.begin()->first};
  }
  std::vector<caf::actor> owned_;
  std::size_t running_at_start_ = sys.registry().running();
};

} // namespace tributary::testing
