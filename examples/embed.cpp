// The engine inside a program of yours: it runs in your actor system, and you speak to it by messages alone.
//   example_embed FOLDER URL [MIRROR...]      downloads one file into FOLDER/downloads
#include <tributary/app/engine.hpp>
#include <tributary/app/log.hpp>

#include <caf/all.hpp>

#include <iostream>

using namespace std::chrono_literals;
using namespace tributary;

// Looks at the job four times a second until it has ended.
caf::behavior follow(caf::event_based_actor* self, job_queue_actor jobs, job_id job) {
  self->send(self, caf::tick_atom::value);
  return {[=](caf::tick_atom tick) {
    self->request(jobs, 5s, get_atom_v, job).then([=](const job_view& now) {
      caf::aout(self) << std::string{to_string(now.row.state)} << ", " << now.row.bytes_done << " bytes\n";
      is_final(now.row.state) ? self->quit() : self->delayed_send(self, 250ms, tick);
    });
  }};
}

// Hears of every change in what a provider is thought to be.
standing_watcher_actor::behavior_type watch_health(standing_watcher_actor::pointer self) {
  return {[=](const provider_standing& s) {
    caf::aout(self) << s.provider << " is " << std::string{to_string(s.state)} << ": " << s.reason << "\n";
  }};
}

int main(int argc, char** argv) {
  caf::actor_system_config config;
  register_messages(config);
  caf::actor_system system{config};
  if (argc < 3)
    return 2;
  set_log_level(log_level::warning);
  engine_options options;
  options.state_dir = std::string{argv[1]} + "/state";
  options.downloads_dir = std::string{argv[1]} + "/downloads";
  auto started = engine::start(system, options);
  if (const auto* why = std::get_if<start_error>(&started))
    return std::cerr << why->message << '\n', why->status;
  auto& running = *std::get<std::unique_ptr<engine>>(started);
  const auto& [jobs, health, settings, failover, events] = running.handles();

  caf::scoped_actor self{system};
  const standing_watcher_actor watcher = self->spawn(watch_health);
  self->send(health, watch_atom_v, watcher);
  job_spec wanted;
  wanted.resource.urls.assign(argv + 2, argv + argc); // Mirrors of one file, first choice first.
  self->request(jobs, 10s, submit_atom_v, wanted)
      .receive(
          [&](const submit_result& r) { self->wait_for(self->spawn(follow, jobs, r.row.id)); },
          [&](const caf::error& why) { std::cerr << describe(why) << '\n'; });
  self->send_exit(watcher, caf::exit_reason::user_shutdown);
  running.stop(); // Leaves no actor, thread or descriptor behind; the system is yours again.
}
