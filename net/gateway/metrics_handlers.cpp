// GET /metrics: asks everybody at the time of the scrape, and answers when all have; nothing is counted
// twice.
#include "net/gateway/handlers.hpp"
#include "net/gateway/metric_families.hpp"

#include <prometheus/text_serializer.h>

namespace tributary::gateway {

namespace {

/// The answers that are still out, and what came so far.
struct scrape {
  call_ptr c;
  engine_figures figures;
  int missing = 0;

  void came() {
    if (--missing > 0 || !c->answer.pending())
      return;
    figures.process = read_process_figures();
    response r;
    r.content_type = "text/plain; version=0.0.4; charset=utf-8";
    r.body = prometheus::TextSerializer{}.Serialize(metric_families(figures));
    c->answer(std::move(r));
  }
};

} // namespace

void report_metrics(gateway_self self, const call_ptr& c) {
  const auto s = std::make_shared<scrape>();
  s->c = c;
  s->figures.server = self->state.server;
  /// The first that fails answers for all.
  const auto failed = [self, c](const caf::error& why) {
    if (c->answer.pending())
      answer_failure(self->state.log, *c, why);
  };
  const auto ask = [&](const auto& whom, auto what, auto take) {
    ++s->missing;
    self->request(whom, self->state.limits.ask_timeout, what).then(take, failed);
  };
  const auto& to = self->state.targets;
  ask(to.health, summary_atom_v, [s](health_summary& x) {
    s->figures.health = std::move(x);
    s->came();
  });
  ask(to.failover, stats_atom_v, [s](failover_stats& x) {
    s->figures.failover = std::move(x);
    s->came();
  });
  ask(to.jobs, stats_atom_v, [s](const queue_counts& x) {
    s->figures.jobs = x;
    s->came();
  });
  ask(to.events, get_atom_v, [s](std::uint64_t x) {
    s->figures.newest_event = x;
    s->came();
  });
  ask(to.config, get_atom_v, [s](const settings_ptr& x) {
    s->figures.settings_revision = x->revision;
    s->came();
  });
}

} // namespace tributary::gateway
