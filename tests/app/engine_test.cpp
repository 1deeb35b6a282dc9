// The embedding API: the whole graph inside a foreign actor system, spoken to by messages only.
#include "app/demo_origin.hpp"
#include "app/engine.hpp"
#include "app/log.hpp"
#include "messages/register.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

#include <caf/all.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

namespace {

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

constexpr std::uint64_t mib = 1u << 20;

struct foreign_system {
  foreign_system() {
    set_log_level(log_level::quiet);
    register_messages(config);
    system = std::make_unique<caf::actor_system>(config);
  }
  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
  temp_dir folder;

  [[nodiscard]] engine_options options(settings initial = {}) const {
    engine_options o;
    o.state_dir = folder / "state";
    o.downloads_dir = folder / "downloads";
    o.initial = std::move(initial);
    return o;
  }
};

settings two_mirrors(const std::string& first, const std::string& second) {
  settings s;
  s.global.retry_delay_seconds = 0.02;
  s.global.max_retries = 0;
  s.global.piece_size_mib = 1;
  for (const auto& [name, url] : {std::pair{"first", first}, std::pair{"second", second}}) {
    s.providers[name].base_url = url;
    s.providers[name].priority = static_cast<std::int32_t>(s.providers.size());
  }
  return s;
}

std::size_t entries(const char* folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

/// Forwards events to the test as they come.
event_watcher_actor::behavior_type forward(event_watcher_actor::pointer, caf::actor to) {
  return {[to](const std::vector<event_row>& events) { caf::anon_send(to, events); }};
}

/// Submits and waits for the job's final event; its kind.
std::string run_job(caf::scoped_actor& self, const engine& e, job_spec spec) {
  auto watcher = self->spawn(forward, caf::actor_cast<caf::actor>(self));
  self->send(e.handles().events, watch_atom_v, event_watcher_actor{watcher}, std::uint64_t{0});
  job_id id = 0;
  self->request(e.handles().jobs, 10s, submit_atom_v, std::move(spec))
      .receive(
          [&](const submit_result& r) { id = r.row.id; },
          [](const caf::error& why) { FAIL("refused: " << describe(why)); });
  std::string last;
  bool timed_out = false;
  while (last != "job.succeeded" && last != "job.failed" && last != "job.cancelled" && !timed_out)
    self->receive(
        [&](const std::vector<event_row>& events) {
          for (const auto& event : events)
            if (event.job == id)
              last = event.kind;
        },
        caf::after(30s) >> [&] { timed_out = true; });
  self->send_exit(watcher, caf::exit_reason::user_shutdown);
  return last;
}

std::unique_ptr<engine> started(caf::actor_system& system, engine_options o) {
  auto made = engine::start(system, std::move(o));
  if (const auto* why = std::get_if<start_error>(&made))
    FAIL(why->message);
  return std::get<std::unique_ptr<engine>>(std::move(made));
}

} // namespace

TEST_CASE("engine: runs inside a foreign actor system, driven by messages only") {
  const demo_files files{{"/a.bin", 3 * mib}};
  demo_origin breaking(files, {.bytes_per_second = {}, .breaks_after = mib}), good(files, {});
  foreign_system f;
  auto e = started(*f.system, f.options(two_mirrors(breaking.url(), good.url())));
  caf::scoped_actor self{*f.system};

  job_spec spec;
  spec.resource.path = "a.bin";
  spec.sha256 = demo_sha256("/a.bin", 3 * mib);
  CHECK(run_job(self, *e, spec) == "job.succeeded");
  CHECK(std::filesystem::file_size(f.folder / "downloads" / "a.bin") == 3 * mib);

  self->request(e->handles().health, 5s, figures_atom_v, std::string{"first"})
      .receive(
          [](const provider_figures& p) { CHECK(p.failed_requests >= 1); },
          [](const caf::error& why) { FAIL(describe(why)); });
}

TEST_CASE("engine: stopping leaves no actor, thread or descriptor behind, and can be repeated") {
  const demo_files files{{"/a.bin", 64 * 1024}};
  demo_origin good(files, {});
  foreign_system f;
  {
    caf::scoped_actor warm_up{*f.system}; // What the system itself opens lazily must not count.
  }
  const auto threads = entries("/proc/self/task"), descriptors = entries("/proc/self/fd");
  for (int round = 0; round < 3; ++round) {
    auto o = f.options(two_mirrors(good.url(), good.url()));
    o.gateway = gateway_settings{"127.0.0.1", 0, false};
    auto e = started(*f.system, std::move(o));
    CHECK(e->port() != 0);
    caf::scoped_actor self{*f.system};
    job_spec spec;
    spec.resource.path = "a.bin";
    spec.output = "copy" + std::to_string(round);
    CHECK(run_job(self, *e, spec) == "job.succeeded");
    e->stop();
    CHECK(e->stop() == 0);
  }
  f.system->registry().await_running_count_equal(0);
  // The store's own thread ends a moment after its actor is counted out.
  CHECK(eventually(5s, [&] { return entries("/proc/self/task") == threads; }));
  CHECK(eventually(5s, [&] { return entries("/proc/self/fd") == descriptors; }));
}

TEST_CASE("engine: a job that runs when the engine stops goes on at the next start from what is durable") {
  const demo_files files{{"/long.bin", 8 * mib}};
  demo_origin slow(files, {.bytes_per_second = 16.0 * mib, .breaks_after = {}});
  foreign_system f;
  job_id id = 0;
  {
    auto e = started(*f.system, f.options(two_mirrors(slow.url(), slow.url())));
    caf::scoped_actor self{*f.system};
    job_spec spec;
    spec.resource.path = "long.bin";
    self->request(e->handles().jobs, 10s, submit_atom_v, spec)
        .receive(
            [&](const submit_result& r) { id = r.row.id; },
            [](const caf::error& why) { FAIL(describe(why)); });
    std::uint64_t done = 0;
    while (done < 2 * mib)
      self->request(e->handles().jobs, 10s, get_atom_v, id)
          .receive(
              [&](const job_view& v) { done = v.row.bytes_done; },
              [](const caf::error& why) { FAIL(describe(why)); });
    CHECK(e->stop() == 1);
  }
  auto e = started(*f.system, f.options(two_mirrors(slow.url(), slow.url())));
  caf::scoped_actor self{*f.system};
  job_spec same;
  same.resource.path = "long.bin";
  CHECK(run_job(self, *e, same) == "job.succeeded"); // Joins the job of before.
  self->request(e->handles().jobs, 10s, get_atom_v, id)
      .receive(
          [](const job_view& v) {
            CHECK(v.row.state == job_state::succeeded);
            CHECK(v.row.attempts >= 2);
          },
          [](const caf::error& why) { FAIL(describe(why)); });
}

TEST_CASE("engine: two engines cannot share a state folder") {
  foreign_system f;
  auto first = started(*f.system, f.options());
  auto second = engine::start(*f.system, f.options());
  REQUIRE(std::holds_alternative<start_error>(second));
  CHECK(std::get<start_error>(second).status == exit_state_in_use);
}

TEST_CASE("engine: a bad settings file refuses the start with every complaint") {
  foreign_system f;
  auto o = f.options();
  o.settings_file = f.folder / "settings.json";
  write_file(o.settings_file, R"({"version": 1, "global": {"rise": 0, "fal": 3}})");
  auto e = engine::start(*f.system, o);
  REQUIRE(std::holds_alternative<start_error>(e));
  const auto& why = std::get<start_error>(e);
  CHECK(why.status == exit_bad_settings);
  CHECK(why.message.find("/global/rise") != std::string::npos);
  CHECK(why.message.find("`fall`") != std::string::npos);
}
