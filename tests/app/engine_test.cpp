// The embedding API: the whole graph inside a foreign actor system, spoken to by messages only.
#include "app/demo_origin.hpp"
#include "app/state_folder.hpp"
#include "tests/app/engine_fixture.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/loopback_listener.hpp"

#include <mutex>
#include <unistd.h>

using namespace tributary;
using namespace tributary::testing;
using namespace std::chrono_literals;

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

TEST_CASE("engine: a part of it that breaks down is noticed, told once, and shown by /readyz") {
  const demo_files files{{"/a.bin", 64 * 1024}};
  demo_origin good(files, {});
  foreign_system f;
  auto o = f.options(two_mirrors(good.url(), good.url()));
  o.gateway = gateway_settings{"127.0.0.1", 0, false, {}};
  std::mutex guard;
  std::vector<std::string> told;
  o.on_broken = [&](const std::string& why) {
    const std::lock_guard hold{guard};
    told.push_back(why);
  };
  auto e = started(*f.system, std::move(o));
  CHECK(http_call(e->port(), "GET", "/readyz").status == 200);
  caf::anon_send_exit(e->handles().failover, caf::exit_reason::kill);
  CHECK(eventually(5s, [&] { return http_call(e->port(), "GET", "/readyz").status == 503; }));
  CHECK(http_call(e->port(), "GET", "/livez").status == 200);
  caf::anon_send_exit(e->handles().health, caf::exit_reason::kill);
  e->stop();
  REQUIRE(told.size() == 1); // The guard has ended: nobody else writes to it.
  CHECK(told.front().find("failover supervisor has ended") != std::string::npos);
}

TEST_CASE("engine: a start that cannot listen has begun nothing") {
  foreign_system f;
  std::uint16_t taken = 0;
  const int listener = listen_on_loopback(taken);
  auto o = f.options(two_mirrors("http://127.0.0.1:1/", "http://127.0.0.1:2/"));
  o.gateway = gateway_settings{"127.0.0.1", taken, false, {}};
  auto refused = engine::start(*f.system, std::move(o));
  REQUIRE(std::holds_alternative<start_error>(refused));
  CHECK(std::get<start_error>(refused).status == exit_cannot_listen);
  CHECK_FALSE(std::filesystem::exists(f.folder / "state/journal.db"));
  ::close(listener);
}

TEST_CASE("engine: a start with damaged token files is refused as such") {
  foreign_system f;
  write_file(f.folder / "state/tokens.json", "[{}]");
  auto o = f.options(two_mirrors("http://127.0.0.1:1/", "http://127.0.0.1:2/"));
  o.gateway = gateway_settings{"127.0.0.1", 0, false, {}};
  auto refused = engine::start(*f.system, std::move(o));
  REQUIRE(std::holds_alternative<start_error>(refused));
  CHECK(std::get<start_error>(refused).status == exit_bad_folder);
}

TEST_CASE("engine: stopping leaves no actor, thread or descriptor behind, and can be repeated") {
  const demo_files files{{"/a.bin", 64 * 1024}};
  demo_origin good(files, {});
  foreign_system f;
  const auto own_actors = f.system->registry().running();
  {
    caf::scoped_actor warm_up{*f.system}; // What the system itself opens lazily must not count.
  }
  const auto threads = entries("/proc/self/task"), descriptors = entries("/proc/self/fd");
  for (int round = 0; round < 3; ++round) {
    auto o = f.options(two_mirrors(good.url(), good.url()));
    o.gateway = gateway_settings{"127.0.0.1", 0, false, {}};
    auto e = started(*f.system, std::move(o));
    CHECK(e->port() != 0);
    CHECK(read_address(f.folder / "state") == url_of("127.0.0.1", e->port()));
    caf::scoped_actor self{*f.system};
    job_spec spec;
    spec.resource.path = "a.bin";
    spec.output = "copy" + std::to_string(round);
    CHECK(run_job(self, *e, spec) == "job.succeeded");
    e->stop();
    CHECK(e->stop() == 0);
    CHECK_FALSE(read_address(f.folder / "state"));
  }
  CHECK(eventually(5s, [&] { return f.system->registry().running() == own_actors; }));
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
