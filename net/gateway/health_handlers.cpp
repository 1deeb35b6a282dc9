// GET /api/providers/health.. and .../history, POST .../reset.
#include "net/gateway/handlers.hpp"
#include "net/gateway/health_json.hpp"
#include "net/gateway/history_query.hpp"

#include <boost/json.hpp>

namespace tributary::gateway {

void health_of_all(gateway_self self, const call_ptr& c) {
  self->request(self->state.targets.health, self->state.limits.ask_timeout, summary_atom_v)
      .then([c](const health_summary& s) { answer(c, to_json(s)); }, fail(self, c));
}

void health_of_one(gateway_self self, const call_ptr& c) {
  self->request(
          self->state.targets.health, self->state.limits.ask_timeout, figures_atom_v, c->asked.params.front())
      .then([c](const provider_figures& f) { answer(c, to_json(f)); }, fail(self, c));
}

void reset_health(gateway_self self, const call_ptr& c) {
  self->request(
          self->state.targets.health, self->state.limits.ask_timeout, reset_atom_v, c->asked.params.front())
      .then([c](const provider_figures& f) { answer(c, to_json(f)); }, fail(self, c));
}

void health_history(gateway_self self, const call_ptr& c) {
  const auto wish = history_query_from(c->asked.query, self->state.wall());
  if (const auto* wrong = std::get_if<problem>(&wish))
    return answer(c, *wrong);
  self->request(
          self->state.targets.health, self->state.limits.ask_timeout, history_atom_v, c->asked.params.front(),
          std::get<history_query>(wish))
      .then([c](const provider_history& h) { answer(c, to_json(h)); }, fail(self, c));
}

} // namespace tributary::gateway
