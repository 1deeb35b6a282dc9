// Uses the installed API only: an engine with a loader of its own, and one job through it.
//   own_loader FOLDER
#include <tributary/app/engine.hpp>
#include <tributary/app/log.hpp>
#include <tributary/net/client/part_file.hpp>

#include <caf/all.hpp>

#include <fstream>
#include <iostream>

using namespace std::chrono_literals;
using namespace tributary;

namespace {

const std::string content = "hello from a loader of my own";

struct ended_already final : transfer_handle {
  void cancel() override {}
};

struct own_loader final : loader {
  std::shared_ptr<transfer_handle>
  start(transfer_request request, std::shared_ptr<transfer_observer> observer) override {
    transfer_result r;
    r.facts.identity.size = content.size();
    observer->opened(r.facts);
    if (auto failed = request.target->open();
        failed || request.target->write(0, std::as_bytes(std::span{content})))
      r.result = outcome::local_fault;
    r.bytes = r.written_end = r.durable_end = content.size();
    observer->ended(r);
    return std::make_shared<ended_already>();
  }
  void check(std::function<void(const check_result&)> done) override {
    check_result r;
    r.passed = true;
    done(r);
  }
  void configure(const effective_provider&) override {}
};

bool ended(const job_view& v) {
  return is_final(v.row.state);
}

} // namespace

int main(int, char** argv) {
  const std::string folder = argv[1];
  set_log_level(log_level::warning);
  caf::actor_system_config config;
  register_messages(config);
  caf::actor_system system{config};
  engine_options options;
  options.state_dir = folder + "/state";
  options.downloads_dir = folder + "/downloads";
  options.initial.providers["own"].base_url = "http://own.invalid/";
  options.loaders.by_name["own"] = [](const effective_provider&) { return std::make_unique<own_loader>(); };
  auto started = engine::start(system, options);
  if (const auto* why = std::get_if<start_error>(&started)) {
    std::cerr << why->message << '\n';
    return why->status;
  }
  auto& running = *std::get<std::unique_ptr<engine>>(started);

  caf::scoped_actor self{system};
  job_spec wanted;
  wanted.resource.path = "greeting.txt";
  job_id job = 0;
  const auto give_up = [](const caf::error& why) {
    std::cerr << describe(why) << '\n';
    std::exit(1);
  };
  self->request(running.handles().jobs, 10s, submit_atom_v, wanted)
      .receive([&](const submit_result& r) { job = r.row.id; }, give_up);
  for (bool done = false; !done;)
    self->request(running.handles().jobs, 10s, get_atom_v, job)
        .receive([&](const job_view& v) { done = ended(v); }, give_up);
  running.stop();
  std::ifstream in(folder + "/downloads/greeting.txt");
  std::string text;
  std::getline(in, text);
  std::cout << "arrived: " << text << '\n';
}
