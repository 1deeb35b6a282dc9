// What must not get out, and whom the engine must not ask. Secrets are planted wherever one can be, sent to a
// server that echoes them into everything it says, and looked for in everything that comes out of the engine.
#include "engine_process.hpp"
#include "net/gateway/routes.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <fstream>
#include <sstream>

using namespace tributary::testing;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

const std::string from_environment = "env-5ecret-Zq81", from_file = "file-5ecret-Kp27";

std::string bytes_in(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Files below the folder that hold the text.
std::vector<std::string> files_with(const std::string& text, const fs::path& folder) {
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && bytes_in(entry.path()).find(text) != std::string::npos)
      out.push_back(entry.path().filename());
  return out;
}

/// The path of a route that reads, with names that exist.
std::string path_of(const tributary::gateway::route& r) {
  std::string path{r.pattern};
  for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
    const auto close = path.find('}', open);
    path.replace(open, close + 1 - open, path.compare(open, 5, "{name") == 0 ? "echo" : "1");
  }
  return path;
}

struct planted {
  temp_dir folder;
  fault_origin origin;
  engine_process::folders at{
      folder / "settings.json",
      folder / "state",
      folder / "downloads",
      {{"PLANTED_IN_ENVIRONMENT", from_environment}}};

  planted() {
    fs::create_directories(at.state / "secrets");
    write_file(at.state / "secrets" / "PLANTED_IN_FILE", from_file + "\n");
    fs::permissions(at.state / "secrets" / "PLANTED_IN_FILE", fs::perms::owner_read | fs::perms::owner_write);
    const json::object echo{
        {"kind", "http"},
        {"base_url", origin.url()},
        {"max_retries", 0},
        {"custom_headers", json::object{{"Authorization", "Bearer secret://PLANTED_IN_ENVIRONMENT"}}},
        {"custom_params", json::object{{"key", "secret://PLANTED_IN_FILE"}}}};
    write_file(
        at.config, json::serialize(json::object{
                       {"version", 1},
                       {"global", json::object{{"health_check_interval_seconds", 0}}},
                       {"providers", json::object{{"echo", echo}}}}));
  }
};

/// A job of that path; its error's message.
std::string failure_of(engine_process& e, const std::string& path) {
  const auto id = e.submit(path);
  REQUIRE(id);
  const auto job = e.finished(*id);
  CHECK(job.at("state") == "failed");
  return std::string{job.at("error").at("message").as_string()};
}

} // namespace

TEST_CASE("secrets: they reach the provider, and nobody else") {
  planted p;
  p.origin.serve("/good.bin", {"hello"});
  const auto both = from_environment + " " + from_file;
  engine_process e{p.at};
  REQUIRE(e.port() != 0);

  const auto good = e.submit("good.bin");
  REQUIRE(good);
  CHECK(e.finished(*good).at("state") == "succeeded");
  const auto asked = p.origin.requests().at(0);
  CHECK(asked.header("authorization") == "Bearer " + from_environment);
  CHECK(asked.target == "/good.bin?key=" + from_file);

  // A server that says back whatever it heard, in every place that ends up in a message.
  p.origin.next({.raw = "HTTP/1.1 500 " + both + "\r\nContent-Length: 0\r\n\r\n"});
  failure_of(e, "reason.bin");
  p.origin.next({.raw = "HTTP/1.1 302 Found\r\nLocation: " + both + "://\r\nContent-Length: 0\r\n\r\n"});
  failure_of(e, "redirect.bin");
  p.origin.next(
      {.raw = "HTTP/1.1 302 Found\r\nLocation: https://" + from_file +
              ".invalid:1/x\r\nContent-Length: 0\r\n\r\n"});
  failure_of(e, "host.bin");
  p.origin.next({.raw = both + "\r\n\r\n"});
  failure_of(e, "nonsense.bin");
  p.origin.next({.status = 206, .headers = {{"Content-Range", both}}});
  failure_of(e, "range.bin");
  // Changes, right and wrong ones, and things that are not there.
  e.call(
      "PUT", "/api/providers/config/echo", R"({"custom_headers": {"X-Bad\n": "secret://PLANTED_IN_FILE"}})");
  e.call("PUT", "/api/providers/config/echo", R"({"custom_headers": {"X-Key": "secret://PLANTED_IN_FILE"}})");
  e.call("POST", "/api/providers/config/rollback/1");
  e.call("PUT", "/api/providers/config/echo", R"({"custom_params": {"k": "secret://NOWHERE"}})");
  CHECK(failure_of(e, "missing.bin").find("NOWHERE") != std::string::npos);

  std::string told; // Everything that can be read.
  for (const auto& r : tributary::gateway::routes)
    if (r.method == "GET" && r.pattern != "/api/events") {
      const auto reply = http_call(e.port(), "GET", path_of(r), {{"Authorization", "Bearer " + e.token()}});
      told += reply.body;
      for (const auto& [name, value] : reply.headers)
        told += name + ": " + value + "\n";
    }
  for (int id = 1; id <= 7; ++id)
    told += json::serialize(e.call("GET", "/api/jobs/" + std::to_string(id) + "/trace").body);
  CHECK(told.find("secret://PLANTED_IN_FILE") != std::string::npos); // References are shown.
  const auto token = e.token();
  e.process().signal(SIGTERM);
  CHECK(e.process().wait(15s) == 0);
  told += e.process().output() + e.process().errors();
  std::string lowered = told; // As names of hosts are shown.
  std::ranges::transform(
      lowered, lowered.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  told += lowered;
  for (const auto& secret :
       {from_environment, from_file, token, std::string{"env-5ecret-zq81"},
        std::string{"file-5ecret-kp27"}}) {
    CAPTURE(secret);
    const auto at = told.find(secret);
    CAPTURE(told.substr(at == std::string::npos ? told.size() : at - std::min<std::size_t>(at, 200), 300));
    CHECK(at == std::string::npos);
  }
  CHECK(files_with(from_environment, p.folder.path()).empty()); // Not even in the journal.
  CHECK(files_with(from_file, p.folder.path()) == std::vector<std::string>{"PLANTED_IN_FILE"});
  CHECK(files_with(token, p.folder.path()) == std::vector<std::string>{"admin.token"});
}

TEST_CASE("secrets: a proxy's credentials reach the proxy, and nobody else") {
  temp_dir folder;
  fault_origin proxy;
  const std::string password = "pr0xy-5ecret-Hx93", sent = "bWU6cHIweHktNWVjcmV0LUh4OTM="; // me:...
  const engine_process::folders at{
      folder / "settings.json",
      folder / "state",
      folder / "downloads",
      {{"CORPORATE_PROXY", "http://me:" + password + "@127.0.0.1:" + std::to_string(proxy.port())},
       {"GONE_PROXY", "socks5://me:" + password + "@127.0.0.1:1"},
       {"WRONG_PROXY", "gopher://me:" + password + "@127.0.0.1:1"}}};
  json::object providers;
  for (const auto* name : {"CORPORATE_PROXY", "GONE_PROXY", "WRONG_PROXY"})
    providers[name] = json::object{
        {"kind", "http"}, {"base_url", "http://origin.invalid"}, {"proxy", std::string{"secret://"} + name}};
  write_file(
      at.config, json::serialize(json::object{
                     {"global", json::object{{"health_check_interval_seconds", 0}, {"max_retries", 0}}},
                     {"providers", providers}}));
  proxy.serve("http://origin.invalid/good.bin", {"hello"});
  engine_process e{at};
  REQUIRE(e.port() != 0);
  const auto ends_as = [&](const std::string& provider, const std::string& path) {
    const auto wish = json::serialize(
        json::object{{"resource", {{"path", path}}}, {"output", path}, {"providers", json::array{provider}}});
    const std::string id{e.call("POST", "/api/jobs", wish).body.at("id").as_string()};
    return std::string{e.finished(id).at("state").as_string()};
  };
  CHECK(ends_as("CORPORATE_PROXY", "good.bin") == "succeeded");
  CHECK(proxy.requests().at(0).header("proxy-authorization") == "Basic " + sent);
  const auto both = password + " " + sent;
  proxy.next({.raw = "HTTP/1.1 500 " + both + "\r\nContent-Length: 0\r\n\r\n"});
  CHECK(ends_as("CORPORATE_PROXY", "reason.bin") == "failed");
  proxy.next({.raw = "HTTP/1.1 407 " + both + "\r\nContent-Length: 0\r\n\r\n"});
  CHECK(ends_as("CORPORATE_PROXY", "auth.bin") == "failed");
  proxy.next({.raw = "HTTP/1.1 302 x\r\nLocation: " + both + "://\r\nContent-Length: 0\r\n\r\n"});
  CHECK(ends_as("CORPORATE_PROXY", "redirect.bin") == "failed");
  proxy.next({.raw = both + "\r\n\r\n"});
  CHECK(ends_as("CORPORATE_PROXY", "nonsense.bin") == "failed");
  CHECK(ends_as("GONE_PROXY", "gone.bin") == "failed");
  CHECK(ends_as("WRONG_PROXY", "wrong.bin") == "failed");

  std::string told;
  for (const auto* path :
       {"/api/providers/config/export", "/api/providers/config", "/api/providers/config/history",
        "/api/providers", "/api/providers/health", "/api/jobs"})
    told += json::serialize(e.call("GET", path).body);
  for (int id = 1; id <= 7; ++id)
    told += json::serialize(e.call("GET", "/api/jobs/" + std::to_string(id) + "/trace").body);
  CHECK(told.find("secret://CORPORATE_PROXY") != std::string::npos);
  e.process().signal(SIGTERM);
  CHECK(e.process().wait(15s) == 0);
  told += e.process().output() + e.process().errors();
  for (const auto& secret : {password, sent}) {
    CAPTURE(secret);
    CHECK(told.find(secret) == std::string::npos);
    CHECK(files_with(secret, folder.path()).empty()); // Not even in the journal.
  }
}

TEST_CASE("secrets: one that was exchanged counts from the next attempt on") {
  planted p;
  p.origin.serve("/a.bin", {"hello"});
  p.origin.serve("/b.bin", {"hello"});
  engine_process e{p.at};
  REQUIRE(e.port() != 0);
  CHECK(e.finished(*e.submit("a.bin")).at("state") == "succeeded");
  write_file(p.at.state / "secrets" / "PLANTED_IN_FILE", "exchanged");
  CHECK(e.finished(*e.submit("b.bin")).at("state") == "succeeded");
  CHECK(p.origin.requests().at(1).target == "/b.bin?key=exchanged");
}

TEST_CASE("addresses: link-local and metadata addresses are never asked, however they are spelled") {
  temp_dir folder;
  fault_origin origin;
  const std::pair<const char*, const char*> spelled[] = {
      {"dotted", "http://169.254.169.254"},
      {"number", "http://2852039166"}, // The resolver makes the same address of these.
      {"hex", "http://0xa9fea9fe"},
      {"mapped", "http://[::ffff:169.254.169.254]"},
      {"local", "http://[fe80::1]"},
      {"aws", "http://[fd00:ec2::254]"},
      {"unspecified", "http://0.0.0.0"}};
  json::object providers{{"redirects", json::object{{"kind", "http"}, {"base_url", origin.url()}}}};
  for (const auto& [name, url] : spelled)
    providers[name] = json::object{{"kind", "http"}, {"base_url", url}};
  write_file(
      folder / "settings.json",
      json::serialize(json::object{
          {"global", json::object{{"health_check_interval_seconds", 0}, {"max_retries", 0}}},
          {"providers", providers}}));
  engine_process e{{folder / "settings.json", folder / "state", folder / "downloads"}};
  REQUIRE(e.port() != 0);
  const auto fails_at = [&](const std::string& provider) {
    const auto wish = json::serialize(json::object{
        {"resource", {{"path", provider + "/meta-data"}}}, {"providers", json::array{provider}}});
    const auto submitted = e.call("POST", "/api/jobs", wish);
    REQUIRE(submitted.status == 202);
    const std::string id{submitted.body.at("id").as_string()};
    CHECK(e.finished(id).at("state") == "failed");
    return std::string{
        e.call("GET", "/api/jobs/" + id + "/trace").body.at("attempts").at(0).at("message").as_string()};
  };
  for (const auto& [name, url] : spelled) {
    CAPTURE(url);
    CHECK(fails_at(name).find("never asked") != std::string::npos);
  }
  origin.next({.status = 302, .headers = {{"Location", "http://169.254.169.254/latest/meta-data"}}});
  CHECK(fails_at("redirects").find("never asked") != std::string::npos);
  origin.next({.status = 302, .headers = {{"Location", "http://2852039166/latest"}}});
  CHECK(fails_at("redirects").find("never asked") != std::string::npos);
}
