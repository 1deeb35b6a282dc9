#include "app/cli/server.hpp"

#include "app/cli/failure.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace tributary::cli;
using namespace tributary::testing;

namespace {

struct fixture {
  fixture() {
    for (const char* name : {"TRIBUTARY_URL", "TRIBUTARY_TOKEN"})
      ::unsetenv(name);
    ::setenv("XDG_STATE_HOME", (home / "none").c_str(), 1);
    options.state = home / "state";
    write_file(options.state / "admin.token", "local-token\n");
  }
  ~fixture() {
    for (const char* name : {"TRIBUTARY_URL", "TRIBUTARY_TOKEN", "XDG_STATE_HOME"})
      ::unsetenv(name);
  }
  temp_dir home;
  server_options options;
};

} // namespace

TEST_CASE_FIXTURE(fixture, "server: the state folder says where its engine listens, and has its token") {
  CHECK(find_server(options).url == "http://127.0.0.1:8000"); // None has started yet.
  write_file(options.state / "address", "http://127.0.0.1:4711\n");
  const auto found = find_server(options);
  CHECK(found.url == "http://127.0.0.1:4711");
  CHECK(found.token == "local-token");
}

TEST_CASE_FIXTURE(fixture, "server: --url comes before the state folder, and may lack its scheme") {
  write_file(options.state / "address", "http://127.0.0.1:4711\n");
  options.url = "localhost:9000";
  CHECK(find_server(options).url == "http://localhost:9000");
  CHECK(find_server(options).token == "local-token");
}

TEST_CASE_FIXTURE(fixture, "server: the environment holds where no option names anything") {
  ::setenv("TRIBUTARY_URL", "http://engine.example", 1);
  CHECK(find_server(options).url == "http://127.0.0.1:8000"); // --state was given.
  options.state.clear();
  CHECK(find_server(options).url == "http://engine.example");
  ::setenv("TRIBUTARY_TOKEN", "from-environment", 1);
  CHECK(find_server(options).token == "from-environment");
}

TEST_CASE_FIXTURE(fixture, "server: the local token is not sent to another host") {
  options.url = "http://engine.example:8000";
  CHECK(find_server(options).token == "");
  write_file(home / "token", "  wanted-there \nrest\n");
  options.token_file = home / "token";
  CHECK(find_server(options).token == "wanted-there");
}

TEST_CASE_FIXTURE(
    fixture, "server: this machine is known by its addresses and `localhost`, not by how a name begins") {
  for (const char* url :
       {"http://localhost:1", "http://LOCALHOST", "http://127.0.0.1:8000", "http://127.1.2.3/",
        "http://[::1]:1"}) {
    CAPTURE(url);
    options.url = url;
    CHECK(find_server(options).token == "local-token");
  }
  for (const char* url :
       {"http://127.attacker.example/", "http://127.0.0.1.attacker.example/", "http://127.0.0.1.nip.io:8000",
        "http://localhost.attacker.example/", "http://attacker.localhost/", "http://[::2]:1",
        "http://128.0.0.1/", "127.attacker.example", "not a URL"}) {
    CAPTURE(url);
    options.url = url;
    CHECK(find_server(options).token == "");
  }
}

TEST_CASE_FIXTURE(fixture, "server: a token file that is missing or empty is an error that names it") {
  options.token_file = home / "absent";
  CHECK_THROWS_WITH_AS(find_server(options), doctest::Contains("absent"), tributary::cli::failure);
  write_file(home / "empty", "\n");
  options.token_file = home / "empty";
  CHECK_THROWS_AS(find_server(options), tributary::cli::failure);
}
