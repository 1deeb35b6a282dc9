#include "flow_fixture.hpp"
#include "tests/support/forwarding_journal.hpp"

#include "net/client/sha256.hpp"

#include <span>
#include <stdexcept>
#include <utility>

namespace tributary::testing {

std::string bytes_of(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    out[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return out;
}

std::string sha256_of(const std::string& text) {
  client::sha256_digest d;
  d.add(std::as_bytes(std::span{text}));
  return d.hex();
}

job_spec spec_of(const std::string& path) {
  job_spec s;
  s.resource.path = path;
  return s;
}

flow_fixture::flow_fixture() {
  document.global.health_check_interval_seconds = 0;
  document.global.failure_threshold = 100; // The breaker has tests of its own.
  document.global.piece_size_mib = 1;
  store = own(spawn_job_store(
      sys, std::make_unique<breakable_journal>(make_memory_journal(), journal_broken), false));
  events = own(spawn_event_hub(sys, store, 0));
}

flow_fixture::~flow_fixture() {
  stop_engine();
  caf::anon_send_exit(events, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(store, caf::exit_reason::user_shutdown);
  events = nullptr;
  store = nullptr;
  advance(5s); // Providers stop gently.
  CHECK(actors_left() == 0);
}

script_ptr flow_fixture::provider(const std::string& name, std::string body, std::int32_t priority) {
  auto& p = document.providers[name];
  p.base_url = "http://" + name + ".test/files";
  p.priority = priority;
  return script_of(name, std::move(body));
}

script_ptr flow_fixture::script_of(const std::string& name, std::string body) {
  auto s = std::make_shared<script>();
  s->body = std::move(body);
  s->etag = "\"1\"";
  scripts[name] = s;
  return s;
}

settings_ptr flow_fixture::snapshot() {
  return std::make_shared<const settings_snapshot>(settings_snapshot{++revision, document});
}

void flow_fixture::apply_settings() {
  const auto s = snapshot();
  caf::anon_send(health, s);
  caf::anon_send(supervisor, s);
  caf::anon_send(queue, s);
  run();
}

void flow_fixture::start() {
  const auto s = snapshot();
  auto recovered = *ask<recovered_state>(store, recover_atom_v);
  health = own(spawn_health_monitor(sys, {s, wall(), unit}));
  failover_supervisor_options options;
  options.initial = s;
  options.make_provider =
      [this](caf::actor_system& system, const effective_provider_ptr& p) -> provider_actor {
    const auto at = scripts.find(p->name);
    if (at == scripts.end())
      throw std::runtime_error("no script for " + p->name);
    return spawn_scripted_provider(system, at->second);
  };
  options.health = health;
  options.resources = {root, files, wall()};
  options.unit = unit;
  options.stats = recovered.stats;
  options.jobs_attempted = recovered.jobs_attempted;
  options.attempts = recovered.attempts;
  supervisor = own(spawn_failover_supervisor(sys, std::move(options)));
  queue =
      own(spawn_job_queue(sys, {s, store, supervisor, events, std::move(recovered), root, files, wall()}));
  run();
}

void flow_fixture::stop_engine(caf::exit_reason how) {
  if (!queue)
    return;
  caf::anon_send_exit(queue, how);
  caf::anon_send_exit(supervisor, how);
  caf::anon_send_exit(health, how);
  queue = nullptr;
  supervisor = nullptr;
  health = nullptr;
  run();
}

void flow_fixture::restart() {
  stop_engine();
  start();
}

job_id flow_fixture::submit(job_spec spec) {
  const auto r = ask<submit_result>(queue, submit_atom_v, std::move(spec));
  REQUIRE(r);
  return r->row.id;
}

job_id flow_fixture::submit_parked(const std::string& path) {
  document.global.failover_order = failover_order::rotate;
  document.global.retry_delay_seconds = 60;
  provider("alpha", "hello", 1)->acts = {fails(fault::refused)};
  provider("beta", "hello", 2)->otherwise = takes(10min);
  document.providers["beta"].max_concurrent_downloads = 1;
  start();
  auto at_beta = spec_of("other");
  at_beta.providers = {"beta"};
  submit(at_beta);
  return submit(path);
}

caf::error flow_fixture::refusal(job_spec spec) {
  const auto r = ask<submit_result>(queue, submit_atom_v, std::move(spec));
  return r ? caf::error{} : r.error();
}

job_view flow_fixture::view(job_id job) {
  const auto v = ask<job_view>(queue, get_atom_v, job);
  REQUIRE(v);
  return *v;
}

job_record flow_fixture::stored(job_id job) {
  const auto r = ask<job_record>(store, find_atom_v, job);
  REQUIRE(r);
  return *r;
}

job_trace flow_fixture::trace(job_id job) {
  return *ask<job_trace>(queue, trace_atom_v, job);
}
failover_stats flow_fixture::stats() {
  return *ask<failover_stats>(supervisor, stats_atom_v);
}
provider_failover_stats flow_fixture::stats(const std::string& name) {
  for (const auto& p : stats().providers)
    if (p.provider == name)
      return p;
  FAIL("no statistics of " << name);
  return {};
}

queue_counts flow_fixture::counts() {
  return *ask<queue_counts>(queue, stats_atom_v);
}

bool flow_fixture::published(const std::string& name, const std::string& body) const {
  return std::filesystem::exists(folder / name) && read_file(folder / name) == body;
}

std::vector<std::string> flow_fixture::part_files() const {
  std::vector<std::string> out;
  for (const auto& e : std::filesystem::recursive_directory_iterator(folder.path()))
    if (e.path().extension() == ".part")
      out.push_back(e.path().filename());
  return out;
}

caf::error flow_fixture::cancel(job_id job) {
  const auto v = ask<job_view>(queue, cancel_atom_v, job);
  if (!v)
    return v.error();
  CHECK(v->row.state == job_state::cancelled);
  return {};
}

std::uint32_t flow_fixture::drain() {
  const auto n = ask<std::uint32_t>(queue, drain_atom_v);
  REQUIRE(n);
  return *n;
}

std::vector<event_row> flow_fixture::all_events() {
  const auto rows = ask<std::vector<event_row>>(store, events_atom_v, std::uint64_t{0}, std::uint32_t{500});
  REQUIRE(rows);
  return *rows;
}

} // namespace tributary::testing
