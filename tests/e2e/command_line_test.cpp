// The program as a shell sees it: exit statuses and what it says when something is wrong. docs/cli.md is the
// table.
#include "tests/e2e/engine_process.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace tributary::testing;
using namespace std::chrono_literals;

struct ended {
  int status = -1;
  std::string said;
};

ended run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), TRIBUTARY_PROGRAM);
  process p(std::move(arguments));
  const auto status = p.wait(30s);
  return {status.value_or(-1), p.output() + p.errors()};
}

ended run_engine(const temp_dir& d, const std::vector<std::string>& more) {
  std::vector<std::string> arguments{
      "run",      "--state",    (d / "state").string(), "--downloads", (d / "downloads").string(),
      "--listen", "127.0.0.1:0"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run(arguments);
}

bool says(const ended& e, const std::string& what) {
  return e.said.find(what) != std::string::npos;
}

} // namespace

TEST_CASE("command line: wrong words end with status 2 and say what is wrong") {
  CHECK(run({}).status == 2);
  CHECK(run({"runn"}).status == 2);
  CHECK(run({"run", "--listne", "x"}).status == 2);
  const auto listen = run({"run", "--listen", "nowhere"});
  CHECK(listen.status == 2);
  CHECK(says(listen, "HOST:PORT"));
  CHECK(run({"--help"}).status == 0);
  CHECK(run({"--version"}).status == 0);
}

TEST_CASE("command line: the settings' schema is printed without an engine") {
  const auto printed = run({"config", "schema"});
  CHECK(printed.status == 0);
  const auto schema = boost::json::parse(printed.said);
  CHECK(schema.at("$schema") == "https://json-schema.org/draft/2020-12/schema");
  CHECK(schema.at("properties").as_object().contains("providers"));
}

TEST_CASE("command line: a bad settings file ends with status 3, names line or pointer, and is left alone") {
  temp_dir d;
  struct row {
    const char* text;
    const char* says;
  };
  for (const auto& [text, what] : {
           row{R"({"version":1,"globl":{}})", "global"},
           row{R"({"version":1,"providers":{"a":{"kind":"http","base_url":"http://h/","max_retrys":1}}})",
               "max_retries"},
           row{R"({"version":1,"providers":{"a":{"kind":"http","base_url":"http://h/","priority":"x"}}})",
               "/providers/a/priority"},
           row{R"({"version":1,"providers":{"a":{"kind":"http","base_url":"http://h/","priority":10001}}})",
               "10000"},
           row{R"({"version":1,"providers":{"health":{"kind":"http","base_url":"http://h/"}}})", "health"},
           row{R"({"version":1,"providers":{"a":{"kind":"http","base_url":"ftp://h/"}}})", "base_url"},
           row{"{\"version\":1,\n\"version\":1}", "line 2"},
           row{"{\"version\":1,\n", "line"},
       }) {
    write_file(d / "bad.json", text);
    CAPTURE(text);
    const auto e = run_engine(d, {"--config", (d / "bad.json").string()});
    CHECK(e.status == 3);
    CHECK_MESSAGE(says(e, what), e.said);
    CHECK(read_file(d / "bad.json") == text);
    CHECK(run({"check-config", (d / "bad.json").string()}).status == 3);
  }
  const auto missing = run_engine(d, {"--config", (d / "absent.json").string()});
  CHECK(missing.status == 3);
  CHECK(says(missing, "absent.json"));
}

TEST_CASE("command line: a state folder in use ends with status 5, and the first engine is not disturbed") {
  temp_dir d;
  write_file(d / "s.json", R"({"version":1})");
  engine_process first({d / "s.json", d / "state", d / "downloads"});
  REQUIRE(first.port() != 0);
  const auto second = run_engine(d, {"--config", (d / "s.json").string()});
  CHECK(second.status == 5);
  CHECK(says(second, "in use"));
  CHECK(first.call("GET", "/livez").status == 200);
}

TEST_CASE("command line: an address in use ends with status 4") {
  temp_dir d, other;
  write_file(d / "s.json", R"({"version":1})");
  engine_process first({d / "s.json", d / "state", d / "downloads"});
  const auto address = "127.0.0.1:" + std::to_string(first.port());
  const auto second = run(
      {"run", "--state", (other / "state").string(), "--downloads", (other / "d").string(), "--listen",
       address});
  CHECK(second.status == 4);
  CHECK(says(second, address));
}

TEST_CASE("command line: the engine may have as many files open as the system lets it") {
  temp_dir d;
  process p(
      {"sh", "-c", R"(ulimit -Sn 256 && exec "$@")", "sh", TRIBUTARY_PROGRAM, "run", "--state",
       (d / "state").string(), "--downloads", (d / "d").string(), "--listen", "127.0.0.1:0"});
  REQUIRE(p.wait_for_line("listening on ", 30s));
  rlimit limit{};
  REQUIRE(::prlimit(p.pid(), RLIMIT_NOFILE, nullptr, &limit) == 0);
  CHECK(limit.rlim_cur == limit.rlim_max);
}

TEST_CASE("command line: beyond loopback without TLS is refused") {
  temp_dir d;
  const auto e = run(
      {"run", "--state", (d / "state").string(), "--downloads", (d / "d").string(), "--listen", "0.0.0.0:0"});
  CHECK(e.status == 4);
  CHECK(says(e, "--allow-plain-remote"));
}

TEST_CASE("command line: folders that cannot be used end with status 6") {
  temp_dir d;
  write_file(d / "file", "x");
  const auto state =
      run({"run", "--state", (d / "file" / "state").string(), "--downloads", (d / "d").string()});
  CHECK(state.status == 6);
  CHECK(says(state, "state folder"));
  const auto downloads =
      run({"run", "--state", (d / "s").string(), "--downloads", (d / "file" / "x").string()});
  CHECK(downloads.status == 6);
  CHECK(says(downloads, "download folder"));
  write_file(
      d / "broken" / "journal.db", "this is no database, but long enough to be looked at as if it were one");
  const auto journal = run({"run", "--state", (d / "broken").string(), "--downloads", (d / "d").string()});
  CHECK(journal.status == 6);
  CHECK(says(journal, "journal.db"));
}

TEST_CASE("command line: the demo serves its mirrors, ends when idle, and every job arrived") {
  temp_dir d;
  const auto e = run(
      {"run", "--demo", "--exit-when-idle", "--state", (d / "state").string(), "--downloads",
       (d / "downloads").string(), "--listen", "127.0.0.1:0"});
  CHECK_MESSAGE(e.status == 0, e.said);
  CHECK(says(e, "listening on http://127.0.0.1:"));
  CHECK(part_files(d / "downloads").empty());
  CHECK_FALSE(std::filesystem::is_empty(d / "downloads"));
}

TEST_CASE("command line: --exit-when-idle ends with status 1 when a job failed, 0 when all succeeded") {
  temp_dir folder;
  fault_origin origin;
  const engine_process::folders at{folder / "settings.json", folder / "state", folder / "downloads"};
  write_file(
      at.config,
      settings_text({{"only", origin.url()}}, R"({"max_retries": 0, "health_check_interval_seconds": 0})"));
  origin.always({.stall_at_once = true}); // Nothing ends before the run that is to end with it begins.
  {
    engine_process before(at);
    REQUIRE(before.port() != 0);
    REQUIRE(before.submit("there.bin"));
    REQUIRE(before.submit("perhaps.bin"));
    before.process().kill();
  }
  origin.always({});
  origin.serve("/there.bin", {deterministic_body(1000)});
  int status = 1; // 404 for the other one.
  SUBCASE("one is missing") {}
  SUBCASE("both are there") {
    origin.serve("/perhaps.bin", {deterministic_body(1000)});
    status = 0;
  }
  const auto e = run_engine(folder, {"--config", at.config.string(), "--exit-when-idle"});
  CHECK_MESSAGE(e.status == status, e.said);
  CHECK(std::filesystem::exists(at.downloads / "there.bin"));
  CHECK(std::filesystem::exists(at.downloads / "perhaps.bin") == (status == 0));
}

TEST_CASE("command line: a standard error that nobody reads holds up neither jobs nor the end") {
  int log[2];
  REQUIRE(::pipe(log) == 0);
  REQUIRE(::fcntl(log[1], F_SETFL, O_NONBLOCK) == 0);
  while (::write(log[1], "........", 8) > 0) { // Full: the first line that is logged hangs.
  }
  REQUIRE(::fcntl(log[1], F_SETFL, 0) == 0);
  temp_dir folder;
  engine_process::folders at{folder / "settings.json", folder / "state", folder / "downloads"};
  at.standard_error = log[1];
  write_file(at.config, settings_text({{"gone", "http://127.0.0.1:1"}}, R"({"max_retries": 0})"));
  engine_process engine(at);
  REQUIRE(engine.port() != 0);
  for (int i = 0; i < 3; ++i) {
    const auto id = engine.submit("file" + std::to_string(i));
    REQUIRE(id);
    CHECK(engine.finished(*id).at("state").as_string() == "failed");
  }
  engine.process().signal(SIGTERM);
  CHECK(engine.process().wait(std::chrono::seconds{20}) == 0);
  ::close(log[0]);
  ::close(log[1]);
}
