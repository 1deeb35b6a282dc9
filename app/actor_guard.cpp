#include "app/actor_guard.hpp"

#include "messages/errc.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <algorithm>

namespace tributary {

namespace {

caf::behavior guard_actor(
    caf::event_based_actor* self, guarded_actors guarded, std::function<void(const std::string&)> lost) {
  for (const auto& [name, actor] : guarded)
    self->monitor(actor);
  self->set_down_handler([self, guarded = std::move(guarded), lost = std::move(lost)](caf::down_msg& down) {
    const auto it =
        std::ranges::find(guarded, down.source, [](const auto& g) { return g.second->address(); });
    if (it == guarded.end())
      return;
    self->quit(); // The first says it all: others end because of it.
    lost("the " + it->first + " has ended: " + describe(down.reason));
  });
  return {[](caf::unit_t) {}}; // Nobody says anything: an actor without a behaviour would end.
}

} // namespace

caf::actor spawn_actor_guard(
    caf::actor_system& system, guarded_actors guarded, std::function<void(const std::string&)> lost) {
  return system.spawn(guard_actor, std::move(guarded), std::move(lost));
}

} // namespace tributary
