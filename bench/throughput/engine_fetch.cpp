// Downloads a list through the whole engine (journal, metrics, traces on) and ends: the program that
// bench/throughput/compare times beside curl, aria2 and wget2.
//   bench_engine_fetch PAIRS OUT CONNECTIONS [full|fast]      PAIRS: URL<TAB>output name, one a line
#include "app/engine.hpp"
#include "app/log.hpp"
#include "messages/register.hpp"

#include <caf/all.hpp>

#include <fstream>
#include <iostream>

namespace {

using namespace tributary;
using namespace std::chrono_literals;

constexpr std::size_t submits_in_flight = 512; // Below the queue's own limit of 1024.

struct arguments {
  std::vector<job_spec> jobs;
  engine_options engine;
};

arguments parse(int argc, char** argv) {
  if (argc < 4)
    throw std::invalid_argument("usage: bench_engine_fetch PAIRS OUT CONNECTIONS [full|fast]");
  arguments a;
  std::ifstream in(argv[1]);
  for (std::string line; std::getline(in, line);) {
    const auto tab = line.find('\t');
    job_spec spec;
    spec.resource.urls = {line.substr(0, tab)};
    spec.output = line.substr(tab + 1);
    a.jobs.push_back(std::move(spec));
  }
  const int connections = std::stoi(argv[3]);
  a.engine.downloads_dir = argv[2];
  a.engine.state_dir = std::string(argv[2]) + ".state";
  auto& global = a.engine.initial.global;
  global.max_concurrent_downloads = connections;
  global.max_running_jobs = connections * 2;
  global.durability = argc > 4 && std::string(argv[4]) == "full" ? durability::full : durability::fast;
  return a;
}

struct end_counter {
  end_counter() = default;
  std::uint64_t succeeded = 0, ended = 0;
};

/// Sends one submission after the other, a bounded number unanswered, and stops when the last job ended.
void submit_all(caf::scoped_actor& self, const job_queue_actor& queue, const std::vector<job_spec>& jobs) {
  std::size_t sent = 0, answered = 0;
  const auto send_one = [&] { self->send(queue, submit_atom_v, jobs[sent++]); };
  while (sent < jobs.size() && sent < submits_in_flight)
    send_one();
  while (answered < jobs.size())
    self->receive(
        [&](const submit_result&) {
          ++answered;
          if (sent < jobs.size())
            send_one();
        },
        [](const caf::error& e) { throw std::runtime_error("a submission failed: " + describe(e)); });
}

/// Counts final events as they are committed, and tells how many jobs succeeded once all have ended.
event_watcher_actor::behavior_type
count_ends(event_watcher_actor::stateful_pointer<end_counter> self, std::size_t jobs, caf::actor to) {
  return {[=](const std::vector<event_row>& events) {
    auto& s = self->state;
    for (const auto& e : events) {
      s.succeeded += e.kind == "job.succeeded";
      s.ended += e.kind == "job.succeeded" || e.kind == "job.failed" || e.kind == "job.cancelled";
    }
    if (s.ended == jobs)
      caf::anon_send(to, s.succeeded);
  }};
}

} // namespace

int main(int argc, char** argv) {
  try {
    auto a = parse(argc, argv);
    set_log_level(log_level::warning);
    caf::actor_system_config config;
    register_messages(config);
    caf::actor_system system{config};
    auto started = engine::start(system, std::move(a.engine));
    if (const auto* why = std::get_if<start_error>(&started))
      throw std::runtime_error(why->message);
    auto& e = *std::get<std::unique_ptr<engine>>(started);
    caf::scoped_actor self{system};
    auto counter = self->spawn(count_ends, a.jobs.size(), caf::actor_cast<caf::actor>(self));
    self->send(e.handles().events, watch_atom_v, event_watcher_actor{counter}, std::uint64_t{0});
    submit_all(self, e.handles().jobs, a.jobs);
    std::uint64_t succeeded = 0;
    self->receive([&](std::uint64_t n) { succeeded = n; });
    e.stop();
    return succeeded == a.jobs.size() ? 0 : 1;
  } catch (const std::exception& e) {
    std::cerr << "bench_engine_fetch: " << e.what() << '\n';
    return 2;
  }
}
