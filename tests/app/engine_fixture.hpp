// What the tests of the embedding API share: a foreign actor system with folders, and jobs run by messages
// only.
#pragma once

#include "app/engine.hpp"
#include "app/log.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

#include <caf/all.hpp>
#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace tributary::testing {

inline constexpr std::uint64_t mib = 1u << 20;

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

inline settings two_mirrors(const std::string& first, const std::string& second) {
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

inline std::size_t entries(const char* folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

/// Forwards events to the test as they come.
inline event_watcher_actor::behavior_type forward(event_watcher_actor::pointer, caf::actor to) {
  return {[to](const std::vector<event_row>& events) { caf::anon_send(to, events); }};
}

/// Submits and waits for the job's final event; its kind.
inline std::string run_job(caf::scoped_actor& self, const engine& e, job_spec spec) {
  auto watcher = self->spawn(forward, caf::actor_cast<caf::actor>(self));
  self->send(e.handles().events, watch_atom_v, event_watcher_actor{watcher}, std::uint64_t{0});
  job_id id = 0;
  self->request(e.handles().jobs, std::chrono::seconds{10}, submit_atom_v, std::move(spec))
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
        caf::after(std::chrono::seconds{30}) >> [&] { timed_out = true; });
  self->send_exit(watcher, caf::exit_reason::user_shutdown);
  return last;
}

inline std::unique_ptr<engine> started(caf::actor_system& system, engine_options o) {
  auto made = engine::start(system, std::move(o));
  if (const auto* why = std::get_if<start_error>(&made))
    FAIL(why->message);
  return std::get<std::unique_ptr<engine>>(std::move(made));
}

} // namespace tributary::testing
