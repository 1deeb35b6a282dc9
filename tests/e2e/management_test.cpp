// The management API of a running engine, and the settings file that its owner edits.
#include "engine_process.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/nginx.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <csignal>

using namespace tributary::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

/// Two mirrors of one folder; beta serves slowly.
struct two_mirrors {
  temp_dir folder, files;
  std::string small = random_bytes(10'000, 1), large = random_bytes(3 << 20, 2);
  nginx alpha{prepared()}, beta{files.path(), {"limit_rate 200k;"}};
  engine_process::folders at{folder / "settings.json", folder / "state", folder / "downloads"};

  two_mirrors() { write_file(at.config, settings_text({{"alpha", alpha.url()}, {"beta", beta.url()}})); }

  std::filesystem::path prepared() {
    write_file(files / "small.bin", small);
    write_file(files / "large.bin", large);
    return files.path();
  }
};

std::string json_text(const json::value& v) {
  return json::serialize(v);
}

/// The status of an import of this document.
int imported(engine_process& e, const std::string& document) {
  return e.call("POST", "/api/providers/config/import", document).status;
}

/// What GET /api/providers/config/{name} says of one setting, once it is that.
bool becomes(engine_process& e, const std::string& name, const std::string& key, const json::value& wanted) {
  return eventually(
      20s, [&] { return e.call("GET", "/api/providers/config/" + name).body.as_object()[key] == wanted; });
}

} // namespace

TEST_CASE("management: providers, chain and settings of a running engine, and all of it after a restart") {
  two_mirrors m;
  std::int64_t revision = 0;
  {
    engine_process e{m.at};
    REQUIRE(e.port() != 0);
    auto listed = e.call("GET", "/api/providers").body;
    CHECK(listed.at("count") == 2);
    CHECK(e.call("GET", "/api/providers/best").body.at("name") == "alpha");
    CHECK(e.call("GET", "/api/providers/available").body.at("available") == json::array{"alpha", "beta"});

    const auto gamma = json_text(
        json::object{{"name", "gamma"}, {"kind", "http"}, {"base_url", m.alpha.url()}, {"priority", 0}});
    CHECK(e.call("POST", "/api/providers", gamma).status == 201);
    CHECK(e.call("POST", "/api/providers", gamma).status == 409);
    CHECK(e.call("GET", "/api/providers/best").body.at("name") == "gamma");
    const auto id = e.submit("small.bin", sha256_of(m.small));
    REQUIRE(id);
    CHECK(e.finished(*id).at("provider") == "gamma"); // It serves at once.
    CHECK(e.call("GET", "/api/providers/gamma").body.at("health").at("successful_requests") == 1);

    const auto chain = e.call("PUT", "/api/providers/failover", R"({"chain":["beta","alpha"]})");
    CHECK(chain.status == 200);
    CHECK(chain.body.at("chain") == json::array{"beta", "alpha"});
    CHECK(chain.body.at("explicit") == true);
    CHECK(
        e.call("POST", "/api/providers/failover/gamma/add", R"({"position":1})").body.at("chain") ==
        json::array{"beta", "gamma", "alpha"});
    CHECK(e.call("DELETE", "/api/providers/failover/beta").body.at("chain") == json::array{"gamma", "alpha"});
    CHECK(e.call("DELETE", "/api/providers/failover/beta").status == 404);

    CHECK(e.call("POST", "/api/providers/config/gamma/disable").body.at("enabled") == false);
    CHECK(e.call("GET", "/api/providers/available").body.at("available") == json::array{"alpha"});
    CHECK(e.call("GET", "/api/providers/health/gamma").body.at("state") == "disabled");
    CHECK(e.call("POST", "/api/providers/config/alpha/disable").status == 200);
    CHECK(e.call("GET", "/api/providers/best").status == 503);
    CHECK(e.call("POST", "/api/providers/config/alpha/enable").status == 200);
    CHECK(e.call("PUT", "/api/providers/config/global", R"({"rise": 7})").body.at("rise") == 7);

    const auto history = e.call("GET", "/api/providers/config/history").body;
    revision = history.at("revisions").at(0).at("revision").as_int64();
    CHECK(revision == 9);
    CHECK(history.at("revisions").at(0).at("author") == "admin");
    CHECK(history.at("revisions").at(0).at("changes").at(0).at("pointer") == "/global/rise");
    CHECK(history.at("revisions").as_array().back().at("revision") == 1);

    e.process().signal(SIGTERM);
    CHECK(e.process().wait(15s) == 0);
  }
  engine_process e{m.at};
  REQUIRE(e.port() != 0);
  CHECK(e.call("GET", "/api/providers/failover").body.at("chain") == json::array{"gamma", "alpha"});
  CHECK(e.call("GET", "/api/providers/config/global").body.at("rise") == 7);
  const auto now = e.call("GET", "/api/providers/config/history").body;
  CHECK(now.at("revisions").at(0).at("revision") == revision); // Nothing was changed meanwhile.

  const auto exported = e.call("GET", "/api/providers/config/export").body;
  CHECK(exported.at("failover").at("chain") == json::array{"gamma", "alpha"});
  const auto back = e.call("POST", "/api/providers/config/rollback/1");
  CHECK(back.status == 200);
  CHECK(back.body.at("revision") == revision + 1);
  CHECK(e.call("GET", "/api/providers").body.at("count") == 2);
  CHECK(e.call("GET", "/api/providers/failover").body.at("explicit") == false);
  const auto dry = e.call("POST", "/api/providers/config/import?dry_run=true", json_text(exported));
  CHECK(dry.body.at("changes").as_array().size() == 3); // rise, gamma, the chain.
  CHECK(e.call("GET", "/api/providers").body.at("count") == 2);
  CHECK(imported(e, R"({"version": 1, "providers": {"x": {"kind": "http"}}})") == 422);
  CHECK(imported(e, json_text(exported)) == 200);
  CHECK(e.call("GET", "/api/providers/config/export").body == exported);
  CHECK(e.call("DELETE", "/api/providers/gamma").body.at("draining") == false);
  CHECK(e.call("GET", "/api/providers/gamma").status == 404);
}

TEST_CASE("management: a provider is removed while it serves: drained to the end, or cut off now") {
  two_mirrors m;
  engine_process e{m.at};
  REQUIRE(e.port() != 0);
  CHECK(e.call("PUT", "/api/providers/failover", R"({"chain":["beta","alpha"]})").status == 200);
  const auto serving = [&](const std::string& id) {
    return eventually(20s, [&] {
      const auto j = e.job(id);
      return j.at("provider") == "beta" && j.at("bytes_done") != 0;
    });
  };
  const auto first = e.submit("large.bin", sha256_of(m.large));
  REQUIRE(first);
  REQUIRE(serving(*first));
  CHECK(e.call("DELETE", "/api/providers/beta").body.at("draining") == true);
  CHECK(e.call("GET", "/api/providers/config/beta").status == 404);
  CHECK(e.call("GET", "/api/providers").body.at("providers").at(1).at("draining") == true);
  const auto done = e.finished(*first);
  CHECK(done.at("state") == "succeeded");
  CHECK(done.at("provider") == "beta");
  CHECK(eventually(10s, [&] { return e.call("GET", "/api/providers").body.at("count") == 1; }));

  CHECK(e.call("POST", "/api/providers/config/rollback/2").status == 200);
  CHECK(e.call("GET", "/api/providers/failover").body.at("chain") == json::array{"beta", "alpha"});
  const auto output = json_text(json::object{
      {"resource", {{"path", "large.bin"}}}, {"output", "again.bin"}, {"sha256", sha256_of(m.large)}});
  const std::string second{e.call("POST", "/api/jobs", output).body.at("id").as_string()};
  REQUIRE(serving(second));
  CHECK(e.call("DELETE", "/api/providers/beta?mode=now").body.at("draining") == false);
  const auto moved = e.finished(second, 10s); // From beta it would take longer.
  CHECK(moved.at("state") == "succeeded");
  CHECK(moved.at("providers_tried") == json::array{"beta", "alpha"});
  CHECK(read_file(m.at.downloads / "again.bin") == m.large);
}

TEST_CASE("management: disable, bandwidth and limits take effect in jobs that run") {
  two_mirrors m;
  engine_process e{m.at};
  REQUIRE(e.port() != 0);
  CHECK(e.call("PUT", "/api/providers/failover", R"({"chain":["alpha","beta"]})").status == 200);
  CHECK(e.call("PUT", "/api/providers/config/alpha", R"({"bandwidth_limit_mbps": 0.5})").status == 200);
  const auto id = e.submit("large.bin", sha256_of(m.large)); // 48 s at that rate.
  REQUIRE(id);
  REQUIRE(eventually(20s, [&] { return e.job(*id).at("bytes_done") != 0; }));
  CHECK(e.call("PUT", "/api/providers/config/alpha", R"({"bandwidth_limit_mbps": null})").status == 200);
  CHECK(e.finished(*id, 20s).at("state") == "succeeded"); // In the same transfer:
  CHECK(e.call("GET", "/api/jobs/" + *id).body.at("attempts") == 1);

  CHECK(e.call("PUT", "/api/providers/config/alpha", R"({"bandwidth_limit_mbps": 0.5})").status == 200);
  const auto output = json_text(json::object{{"resource", {{"path", "large.bin"}}}, {"output", "b.bin"}});
  const std::string second{e.call("POST", "/api/jobs", output).body.at("id").as_string()};
  REQUIRE(eventually(20s, [&] { return e.job(second).at("bytes_done") != 0; }));
  CHECK(e.call("POST", "/api/providers/config/alpha/disable").status == 200);
  const auto moved = e.finished(second, 40s);
  CHECK(moved.at("state") == "succeeded");
  CHECK(moved.at("provider") == "beta");
  CHECK(read_file(m.at.downloads / "b.bin") == m.large);
}

TEST_CASE(
    "management: an edited settings file is taken over; a broken one is reported and overwrites nothing") {
  two_mirrors m;
  engine_process e{m.at};
  REQUIRE(e.port() != 0);
  auto document = json::parse(read_file(m.at.config));
  auto& alpha = document.at("providers").at("alpha").as_object();
  alpha["priority"] = 42;
  write_file(m.at.config, json_text(document)); // In place.
  CHECK(becomes(e, "alpha", "priority", 42));

  alpha["priority"] = 43;
  write_file(m.folder / "fresh.json", json_text(document)); // As editors do it.
  std::filesystem::rename(m.folder / "fresh.json", m.at.config);
  CHECK(becomes(e, "alpha", "priority", 43));
  const auto history = e.call("GET", "/api/providers/config/history?limit=1").body;
  CHECK(history.at("revisions").at(0).at("author") == "file");

  const std::string broken = "{\n  \"version\": 1,\n  \"global\": {\"rise\": -1}\n}\n";
  write_file(m.at.config, broken);
  CHECK(eventually(20s, [&] {
    return e.call("PUT", "/api/providers/config/alpha", R"({"priority": 44})").status == 409;
  }));
  CHECK(read_file(m.at.config) == broken);
  CHECK(e.call("GET", "/api/providers/config/alpha").body.at("priority") != 42);

  alpha["priority"] = 45;
  write_file(m.at.config, json_text(document));
  CHECK(becomes(e, "alpha", "priority", 45));
  e.process().signal(SIGTERM);
  CHECK(e.process().wait(15s) == 0);
  const auto told = e.process().errors();
  CHECK(told.find(m.at.config.string() + ":/global/rise: ") != std::string::npos);
  CHECK(told.find("(line 3, column 14)") != std::string::npos);
}

TEST_CASE("management: SIGHUP reads the settings file again and stops nothing") {
  two_mirrors m;
  engine_process e{m.at};
  REQUIRE(e.port() != 0);
  auto document = json::parse(read_file(m.at.config));
  document.at("providers").at("beta").as_object()["region"] = "eu";
  write_file(m.at.config, json_text(document));
  e.process().signal(SIGHUP);
  e.process().signal(SIGHUP);
  CHECK(becomes(e, "beta", "region", "eu"));
  CHECK(e.call("GET", "/livez").status == 200);
  e.process().signal(SIGTERM);
  CHECK(e.process().wait(15s) == 0);
}
