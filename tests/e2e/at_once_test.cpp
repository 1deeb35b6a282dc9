// Settings that hold at once, also for what runs or waits. The rest of them is proven in virtual time
// (tests/actors/settings_in_effect_test.cpp, settings_next_step_test.cpp).
#include "engine_process.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace tributary::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

struct one_provider {
  temp_dir folder;
  fault_origin origin;
  std::string body = deterministic_body(400'000);
  engine_process e{written()};

  engine_process::folders written() {
    for (const auto* path : {"/a.bin", "/b.bin"})
      origin.serve(path, {body});
    write_file(
        folder / "settings.json",
        settings_text({{"one", origin.url()}}, R"({"health_check_interval_seconds": 0})"));
    return {folder / "settings.json", folder / "state", folder / "downloads"};
  }

  void put(const std::string& whose, const std::string& settings) {
    CHECK(e.call("PUT", "/api/providers/config/" + whose, settings).status == 200);
  }
  [[nodiscard]] std::chrono::seconds patience_of(const std::string& job) {
    const auto begun = std::chrono::steady_clock::now();
    CHECK(e.finished(job).at("state") == "succeeded");
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begun);
  }
};

} // namespace

TEST_CASE_FIXTURE(one_provider, "at once: the bandwidth of the engine, and of a provider, in what runs") {
  REQUIRE(e.port() != 0);
  struct row {
    const char *whose, *key, *path;
  };
  for (const auto& [whose, key, path] :
       {row{"global", "total_bandwidth_limit_mbps", "a.bin"}, row{"one", "bandwidth_limit_mbps", "b.bin"}}) {
    CAPTURE(key);
    put(whose, json::serialize(json::object{{key, 0.04}})); // 80 s.
    const auto running = e.submit(path);
    REQUIRE(running);
    REQUIRE(eventually(20s, [&] { return e.state_of(*running) == "running"; }));
    REQUIRE(eventually(20s, [&] {
      return e.job(*running).at("bytes_done").to_number<int>() > 0 || !origin.requests().empty();
    }));
    put(whose, json::serialize(json::object{{key, nullptr}}));
    CHECK(patience_of(*running) < 20s);
  }
}

TEST_CASE_FIXTURE(one_provider, "at once: requests per second, for a job that waits") {
  REQUIRE(e.port() != 0);
  put("one", R"({"requests_per_second": 0.01})"); // One each 100 s.
  CHECK(e.finished(*e.submit("a.bin")).at("state") == "succeeded");
  const auto waits = e.submit("b.bin");
  REQUIRE(waits);
  REQUIRE(eventually(20s, [&] { return e.state_of(*waits) != "queued"; }));
  CHECK(origin.requests().size() == 1);
  put("one", R"({"requests_per_second": 100})");
  CHECK(patience_of(*waits) < 20s);
  CHECK(origin.requests().size() == 2);
}
