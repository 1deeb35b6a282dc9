// "Them or me" with a real cable: the engine and its two mirrors live in network namespaces whose link goes
// down and comes back.
#include "tests/e2e/engine_process.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/network_pair.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <utility>

namespace {

using namespace tributary::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

constexpr std::size_t mib = 1u << 20;

struct far_mirrors {
  std::unique_ptr<fault_origin> alpha, beta;
};

struct watcher {
  engine_process& engine;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  std::string transcript{};

  json::object health(const std::string& provider) {
    const auto r = engine.call("GET", "/api/providers/health/" + provider);
    return r.status == 200 ? r.body.as_object() : json::object{};
  }
  bool network_is_down() {
    const auto f = health("alpha");
    return f.contains("own_network_down") && f.at("own_network_down").as_bool();
  }
  std::string state(const std::string& provider) {
    const auto f = health(provider);
    return f.contains("state") ? std::string(f.at("state").as_string()) : "";
  }
  std::int64_t faults(const std::string& provider) {
    return health(provider).at("outcomes").at("provider_fault").to_number<std::int64_t>();
  }
  /// Waits until so many checks of alpha have ended.
  bool checks(int n) {
    auto last = health("alpha").at("last_check_time");
    for (int i = 0; i < n; ++i)
      if (!eventually(10s, [&] {
            const auto now = health("alpha").at("last_check_time");
            return now != std::exchange(last, now);
          }))
        return false;
    return true;
  }
  void note(const std::string& what) {
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    transcript += "  " + std::to_string(ms.count()) + " ms: " + what + '\n';
  }
};

} // namespace

TEST_CASE(
    "network_down: a pulled cable marks nobody, jobs wait and go on; a death meanwhile is still found") {
  network_pair net;
  if (!net.refusal().empty()) {
    MESSAGE("skipped: " << net.refusal());
    return;
  }
  far_mirrors far;
  const auto body = deterministic_body(3 * mib);
  net.at_far_end([&] {
    far.alpha = std::make_unique<fault_origin>(fault_origin::options{"", "", "10.77.1.1"});
    far.beta = std::make_unique<fault_origin>(fault_origin::options{"", "", "10.77.2.1"});
    for (int i = 0; i < 20; ++i)
      for (auto* mirror : {far.alpha.get(), far.beta.get()})
        mirror->serve("/f" + std::to_string(i), {body});
  });
  temp_dir folder;
  const engine_process::folders at{folder / "settings.json", folder / "state", folder / "downloads"};
  write_file(
      at.config,
      settings_text(
          {{"alpha", "http://10.77.1.1:" + std::to_string(far.alpha->port())},
           {"beta", "http://10.77.2.1:" + std::to_string(far.beta->port())}},
          R"({"health_check_interval_seconds": 1, "failure_threshold": 3, "cooldown_base_seconds": 1,
              "max_attempts": 3, "max_retries": 1, "retry_delay_seconds": 0.05, "timeout_seconds": 10})"));
  engine_process engine{at};
  REQUIRE(engine.port() != 0);
  watcher see{engine};

  const auto first = engine.submit("f0");
  REQUIRE(first);
  CHECK(engine.finished(*first).at("state") == "succeeded");
  REQUIRE(
      eventually(10s, [&] { return see.state("alpha") == "available" && see.state("beta") == "available"; }));
  see.note("both mirrors are available, one job succeeded");

  net.pull_cable();
  see.note("the cable is pulled");
  std::vector<std::string> waiting;
  for (int i = 1; i <= 5; ++i) {
    const auto id = engine.submit("f" + std::to_string(i));
    REQUIRE(id);
    waiting.push_back(*id);
  }
  CHECK(eventually(10s, [&] { return see.network_is_down(); }));
  see.note("the engine says that its own network is down");
  const auto before = see.faults("alpha") + see.faults("beta");
  CHECK(see.checks(6)); // More than `fall`, and longer than all retries of the settings together.
  for (const auto& id : waiting)
    CHECK(engine.state_of(id) != "failed");
  for (const auto* name : {"alpha", "beta"})
    CHECK(see.state(name) == "available");
  CHECK(see.faults("alpha") + see.faults("beta") == before);
  see.note("6 checks later: nobody is marked, 5 jobs wait");

  net.plug_in();
  see.note("the cable is back");
  CHECK(eventually(20s, [&] { return !see.network_is_down(); }));
  see.note("the engine says that its own network is up");
  for (const auto& id : waiting)
    CHECK(engine.finished(id).at("state") == "succeeded");
  see.note("the 5 jobs succeeded");
  CHECK(see.checks(3)); // For two seconds after an answer nothing is suspected.

  net.pull_cable();
  net.remove_far_address("10.77.1.1");
  see.note("the cable is pulled again, and alpha's host dies");
  const auto job = engine.submit("f6");
  REQUIRE(job);
  // Connections that were kept open fall silent until their timeout; only new ones find no way.
  CHECK(eventually(60s, [&] { return see.network_is_down(); }));
  see.note("the engine says that its own network is down");
  net.plug_in();
  see.note("the cable is back");
  CHECK(eventually(60s, [&] { return see.state("alpha") == "unavailable"; }));
  see.note("alpha is unavailable: " + json::serialize(see.health("alpha")["state_reason"]));
  CHECK(see.state("beta") == "available");
  const auto ended = engine.finished(*job);
  CHECK(ended.at("state") == "succeeded");
  CHECK(ended.at("provider") == "beta");
  see.note("beta is available, the job succeeded there");
  MESSAGE("transcript:\n" << see.transcript);
  net.at_far_end([&] { far = {}; });
}
