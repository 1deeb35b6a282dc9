// The commands that steer a running engine, against a real one, as a shell sees them.
#include "tests/e2e/engine_process.hpp"
#include "tests/support/nginx.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <csignal>

namespace {

using namespace tributary::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

struct ended {
  int status = -1;
  std::string out, err;
};

bool has(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

/// One engine with two mirrors of one folder, and the program as a client of it.
struct fixture {
  temp_dir folder;
  engine_process::folders at{folder / "settings.json", folder / "state", folder / "downloads"};
  std::string bytes = random_bytes(300'000, 1);
  std::unique_ptr<nginx> web;
  std::unique_ptr<engine_process> engine;

  fixture() {
    write_file(folder / "www" / "a.bin", bytes);
    web = std::make_unique<nginx>(folder / "www");
    write_file(at.config, settings_text({{"first", web->url()}, {"second", web->url()}}));
    engine = std::make_unique<engine_process>(at);
    REQUIRE(engine->port() != 0);
  }

  ended run(std::vector<std::string> arguments, std::map<std::string, std::string> environment = {}) const {
    arguments.insert(arguments.begin(), TRIBUTARY_PROGRAM);
    arguments.insert(arguments.end(), {"--state", at.state.string()});
    process p(std::move(arguments), {std::move(environment), {}});
    const auto status = p.wait(30s);
    return {status.value_or(-1), p.output(), p.errors()};
  }

  json::value run_json(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    const auto e = run(std::move(arguments));
    CHECK_MESSAGE(e.status == 0, e.err);
    return json::parse(e.out);
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "client: a job is submitted, shown, listed and explained") {
  const auto submitted = run({"jobs", "submit", "--path", "a.bin", "--sha256", sha256_of(bytes)});
  CHECK_MESSAGE(submitted.status == 0, submitted.err);
  CHECK(submitted.out == "job 1: a.bin\n");
  engine->finished("1");

  const auto shown = run({"jobs", "show", "1"});
  CHECK(has(shown.out, "succeeded"));
  CHECK(has(shown.out, sha256_of(bytes)));
  const auto list = run({"jobs"});
  CHECK(list.out.starts_with("ID  STATE"));
  CHECK(has(list.out, "1  succeeded  100%"));
  CHECK_FALSE(has(list.out, "\x1b"));
  CHECK(has(run({"jobs", "list", "--job-state", "failed"}).out, "no jobs"));
  const auto trace = run({"trace", "1"});
  CHECK(has(trace.out, "asks first"));
  CHECK(has(trace.out, "attempt 1 at first: ok"));

  CHECK(run_json({"jobs"}).at("jobs").as_array().size() == 1);
  CHECK(json::value_to<std::string>(run_json({"jobs", "show", "1"}).at("state")) == "succeeded");
  CHECK_FALSE(run_json({"trace", "1"}).at("attempts").as_array().empty());
}

TEST_CASE_FIXTURE(fixture, "client: cancel answers for each job, and says why one cannot be cancelled") {
  engine->submit("a.bin");
  engine->finished("1");
  const auto late = run({"jobs", "cancel", "1"});
  CHECK(late.status == 8);
  CHECK(has(late.err, "has ended"));
  const auto unknown = run({"jobs", "show", "99"});
  CHECK(unknown.status == 8);
  CHECK(has(unknown.err, "No such job"));
}

TEST_CASE_FIXTURE(fixture, "client: a submission that is wrong is explained with every pointer") {
  const auto wrong = run({"jobs", "submit", "--path", "../x", "--priority", "11"});
  CHECK(wrong.status == 8);
  CHECK(has(wrong.err, "/resource/path"));
  CHECK(has(wrong.err, "/priority"));
  CHECK(run({"jobs", "submit"}).status == 2);
  CHECK(run({"jobs", "submit", "http://h/x", "--path", "x"}).status == 2);
}

TEST_CASE_FIXTURE(fixture, "client: health shows all providers, one in detail, and resets it") {
  engine->submit("a.bin");
  engine->finished("1");
  const auto all = run({"health"});
  CHECK(has(all.out, "first"));
  CHECK(has(all.out, "2 of 2 available"));
  CHECK(has(run({"health", "first"}).out, "success rate"));
  CHECK(run_json({"health", "first"}).at("total_requests").to_number<int>() == 1);
  CHECK(run({"health", "first", "--reset"}).status == 0);
  CHECK(run_json({"health", "first"}).at("total_requests").to_number<int>() == 0);
  CHECK(run({"health", "nobody"}).status == 8);
  CHECK(run({"health", "--reset"}).status == 2);
}

TEST_CASE_FIXTURE(fixture, "client: settings are read and changed while the engine runs") {
  CHECK(run({"config", "get", "first", "priority"}).out == "1\n");
  const auto set = run({"config", "set", "first", "priority=7", "region=7"});
  CHECK_MESSAGE(set.status == 0, set.err);
  CHECK(set.out == "priority = 7\nregion = \"7\"\n");
  CHECK(has(run({"config", "get", "first"}).out, "priority = 7\n"));
  CHECK(has(run({"config", "get"}).out, "[providers.second]"));
  CHECK(has(read_file(at.config), "\"priority\": 7"));
  const auto wrong = run({"config", "set", "first", "priorty=3"});
  CHECK(wrong.status == 8);
  CHECK(has(wrong.err, "/priorty"));
  const auto stale = run({"config", "set", "first", "priority=8", "--if-revision", "1"});
  CHECK(stale.status == 8);
  CHECK(run({"config", "get", "first", "priority"}).out == "7\n");
  CHECK(run({"config", "get", "first", "nothing"}).status == 8);
}

TEST_CASE_FIXTURE(fixture, "client: providers are added, disabled and removed while the engine runs") {
  const auto added = run({"providers", "add", "third", web->url(), "priority=5"});
  CHECK_MESSAGE(added.status == 0, added.err);
  CHECK(added.out == "added third\n");
  CHECK(run({"providers", "add", "third", web->url()}).status == 8);
  CHECK(has(run({"providers", "show", "third"}).out, "priority = 5\n"));
  CHECK(run({"providers", "available"}).out == "first\nsecond\nthird\n");
  CHECK(has(run({"providers", "best"}).out, "first  score 1"));
  CHECK(run({"providers", "disable", "first"}).out == "first is disabled\n");
  CHECK(run({"providers", "available"}).out == "second\nthird\n");
  CHECK(has(run({"providers"}).out, "first   disabled"));
  CHECK(run({"providers", "enable", "first"}).out == "first is enabled\n");
  CHECK(run_json({"providers"}).at("count").to_number<int>() == 3);
  CHECK(run({"providers", "remove", "third"}).out == "removed third\n");
  CHECK(run({"providers", "remove", "third"}).status == 8);
  CHECK(run_json({"providers"}).at("count").to_number<int>() == 2);
}

TEST_CASE_FIXTURE(fixture, "client: the chain is set, added to, taken from, and made implicit again") {
  const auto set = run({"failover", "set", "second", "first"});
  CHECK_MESSAGE(set.status == 0, set.err);
  CHECK(has(set.out, "chain as it was set"));
  CHECK(has(set.out, "1  second"));
  CHECK(has(run({"failover", "add", "first", "--position", "0"}).out, "1  first"));
  CHECK_FALSE(has(run({"failover", "remove", "second"}).out, "2  second"));
  CHECK(run({"failover", "add", "nobody"}).status == 8);
  CHECK(has(run({"failover", "set", "--implicit"}).out, "chain by priority"));
  CHECK(run({"failover", "set"}).status == 2);
}

TEST_CASE_FIXTURE(fixture, "client: settings are exported, imported after a look, and rolled back") {
  const auto file = (folder / "backup.json").string();
  CHECK(run({"config", "export", file}).status == 0);
  CHECK(has(run({"config", "export"}).out, web->url()));
  CHECK(run({"config", "set", "first", "priority=7"}).status == 0);
  const auto dry = run({"config", "import", "--dry-run", file});
  CHECK_MESSAGE(dry.status == 0, dry.err);
  CHECK(dry.out == "/providers/first/priority: 7 -> 1\n");
  CHECK(run({"config", "get", "first", "priority"}).out == "7\n");
  CHECK(run({"config", "import", file}).status == 0);
  CHECK(run({"config", "get", "first", "priority"}).out == "1\n");

  const auto revisions = run_json({"config", "history"}).at("revisions").as_array();
  REQUIRE(revisions.size() >= 2);
  CHECK(has(run({"config", "history"}).out, "admin"));
  const auto before = std::to_string(revisions[1].at("revision").to_number<std::uint64_t>());
  CHECK(run({"config", "rollback", before}).status == 0);
  CHECK(run({"config", "get", "first", "priority"}).out == "7\n");
  CHECK(run({"config", "rollback", "99999"}).status == 8);
  write_file(folder / "bad.json", R"({"version":1,"globl":{}})");
  CHECK(run({"config", "import", (folder / "bad.json").string()}).status == 8);
  CHECK(run({"config", "import", (folder / "absent.json").string()}).status == 2);
}

TEST_CASE_FIXTURE(fixture, "client: the chain is shown with its statistics") {
  const auto chain = run({"failover"});
  CHECK(has(chain.out, "chain by priority, order exhaust"));
  CHECK(has(chain.out, "1  first"));
  CHECK(has(chain.out, "2  second"));
  CHECK(has(run({"providers"}).out, web->url()));
}

TEST_CASE_FIXTURE(
    fixture, "client: a token that is missing, unknown or in a file that is none is explained") {
  const auto url = "http://127.0.0.1:" + std::to_string(engine->port());
  write_file(folder / "token", "not-the-token-of-this-engine-at-all\n");
  const auto unknown = run({"jobs", "--token-file", (folder / "token").string()});
  CHECK(unknown.status == 8);
  CHECK(has(unknown.err, "does not know the token"));
  const temp_dir empty;
  process none({TRIBUTARY_PROGRAM, "jobs", "--url", url, "--state", (empty / "s").string()});
  CHECK(none.wait(30s) == 8);
  CHECK(has(none.errors(), "--token-file"));
  process by_environment(
      {TRIBUTARY_PROGRAM, "jobs", "--url", url, "--state", (empty / "s").string()},
      {{{"TRIBUTARY_TOKEN", read_file(at.state / "admin.token").substr(0, 43)}}, {}});
  CHECK(by_environment.wait(30s) == 0);
}

TEST_CASE_FIXTURE(fixture, "client: the address stands in the state folder while the engine runs") {
  CHECK(read_file(at.state / "address") == "http://127.0.0.1:" + std::to_string(engine->port()) + "\n");
  engine->process().signal(SIGTERM);
  CHECK(engine->process().wait(30s) == 0);
  CHECK_FALSE(std::filesystem::exists(at.state / "address"));
  const auto stopped = run({"jobs", "--url", "127.0.0.1:" + std::to_string(engine->port())});
  CHECK(stopped.status == 7);
  CHECK(has(stopped.err, "tributary run"));
}

TEST_CASE_FIXTURE(
    fixture, "client: the address of a killed engine leads nowhere, and the next start replaces it") {
  engine->process().kill();
  CHECK(run({"jobs"}).status == 7);
  engine = std::make_unique<engine_process>(at);
  CHECK(run({"jobs"}).status == 0);
}
