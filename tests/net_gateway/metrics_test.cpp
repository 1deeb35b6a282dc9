// GET /metrics: what is written, who may read it, and what Prometheus itself says of it.
#include "net/gateway/metric_families.hpp"
#include "tests/net_gateway/gateway_fixture.hpp"
#include "tests/support/event_reader.hpp"
#include "tests/support/process.hpp"

#include <caf/send.hpp>
#include <doctest/doctest.h>
#include <prometheus/text_serializer.h>

#include <cmath>
#include <fstream>
#include <set>
#include <sys/resource.h>

using namespace tributary;
using namespace tributary::testing;
using gateway::engine_figures;

namespace {

provider_figures busy_provider(const std::string& name) {
  provider_figures p;
  p.provider = name;
  p.state = provider_state::unavailable;
  p.unavailable_until = p.last_check_time = noon;
  p.total_requests = 4;
  p.outcomes = {3, 1};
  p.success_rate = 75;
  p.average_response_time_ms = 250;
  p.response_time_p50_ms = 200;
  p.response_time_p95_ms = 900;
  p.response_time_p99_ms = 1000;
  p.time_to_first_byte_ms = 12.5;
  p.throughput_mbps = 8;
  p.uptime_percentage = 99;
  p.consecutive_failures = 1;
  p.total_bytes_downloaded = 4096;
  return p;
}

provider_failover_stats counted(const std::string& name, std::uint64_t n) {
  provider_failover_stats s;
  s.provider = name;
  s.successes = n;
  s.failures[static_cast<std::size_t>(outcome::provider_fault)] = 1;
  s.failovers_from = s.failovers_to = s.bytes_wasted = n;
  s.leases = 2;
  return s;
}

engine_figures figures_of_two() {
  engine_figures f;
  f.health.total_providers = 2;
  f.health.available_providers = 1;
  f.health.overall_success_rate = 75;
  f.health.providers = {busy_provider("alpha"), {}};
  f.health.providers[1].provider = "beta"; // Nothing is known of it.
  f.failover.providers = {
      counted("alpha", 10), counted("http://a.example:80", 1), counted("http://b.example:80", 2)};
  f.failover.jobs = 9;
  f.failover.failovers = 3;
  f.jobs = {1, 2, 3, 4, 5, 6};
  f.newest_event = 42;
  f.settings_revision = 7;
  f.server = std::make_shared<gateway::server_counters>();
  f.process = gateway::read_process_figures();
  return f;
}

std::string exposition(const engine_figures& f) {
  return prometheus::TextSerializer{}.Serialize(gateway::metric_families(f));
}

/// The value of that series, as it is written; "" when there is none.
std::string value_of(const std::string& text, const std::string& series) {
  const auto at = text.find("\n" + series + " ");
  if (at == std::string::npos)
    return "";
  const auto begin = at + series.size() + 2;
  return text.substr(begin, text.find('\n', begin) - begin);
}

std::size_t occurrences(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++n;
  return n;
}

/// What `promtool check metrics` says, and whether it is content.
std::pair<int, std::string> promtool(const std::string& metrics) {
  temp_dir folder;
  write_file(folder / "metrics", metrics);
  process checked{{"/bin/sh", "-c", "promtool check metrics < " + (folder / "metrics").string() + " 2>&1"}};
  const auto status = checked.wait(std::chrono::seconds{30});
  return {status.value_or(-1), checked.output()};
}

} // namespace

TEST_CASE("metrics: base units, ratios from 0 to 1, and no series without a sample") {
  const auto text = exposition(figures_of_two());
  CHECK(value_of(text, "tributary_jobs{state=\"running\"}") == "2");
  CHECK(value_of(text, "tributary_jobs_ended_total{state=\"failed\"}") == "5");
  CHECK(value_of(text, "tributary_events_total") == "42");
  CHECK(value_of(text, "tributary_settings_revision") == "7");
  CHECK(value_of(text, "tributary_window_success_ratio") == "0.75");
  CHECK(value_of(text, "tributary_provider_window_success_ratio{provider=\"alpha\"}") == "0.75");
  CHECK(value_of(text, "tributary_provider_window_success_ratio{provider=\"beta\"}").empty());
  CHECK(value_of(text, "tributary_provider_response_seconds{provider=\"alpha\",percentile=\"50\"}") == "0.2");
  CHECK(value_of(text, "tributary_provider_response_seconds{provider=\"alpha\",percentile=\"95\"}") == "0.9");
  CHECK(value_of(text, "tributary_provider_response_seconds{provider=\"alpha\",percentile=\"99\"}") == "1");
  CHECK(value_of(text, "tributary_provider_first_byte_mean_seconds{provider=\"alpha\"}") == "0.0125");
  CHECK(value_of(text, "tributary_provider_throughput_bytes_per_second{provider=\"alpha\"}") == "1000000");
  CHECK(value_of(text, "tributary_provider_available{provider=\"alpha\"}") == "0");
  CHECK(value_of(text, "tributary_provider_available{provider=\"beta\"}") == "1");
  CHECK(value_of(text, "tributary_provider_state{provider=\"alpha\",state=\"unavailable\"}") == "1");
  CHECK(value_of(text, "tributary_attempts_total{provider=\"alpha\",outcome=\"ok\"}") == "10");
  CHECK(value_of(text, "tributary_provider_last_check_timestamp_seconds{provider=\"beta\"}").empty());
}

TEST_CASE("metrics: what is no configured provider has no label of its own, and is counted all the same") {
  const auto text = exposition(figures_of_two());
  CHECK(text.find("example") == std::string::npos);
  CHECK(value_of(text, "tributary_attempts_total{provider=\"_other\",outcome=\"ok\"}") == "3");
  CHECK(value_of(text, "tributary_attempts_total{provider=\"_other\",outcome=\"provider_fault\"}") == "2");
  CHECK(value_of(text, "tributary_provider_leases{provider=\"_other\"}") == "4");
}

TEST_CASE("metrics: 1000 providers have labels, one more is counted with the others") {
  auto f = figures_of_two();
  f.health.providers.clear();
  f.failover.providers.clear();
  for (std::size_t i = 0; i <= gateway::metric_providers_max; ++i) {
    char name[16];
    std::snprintf(name, sizeof name, "p%04zu", i);
    f.health.providers.push_back(busy_provider(name));
    f.failover.providers.push_back(counted(name, 1));
  }
  const auto text = exposition(f);
  CHECK(occurrences(text, "\ntributary_provider_available{") == gateway::metric_providers_max);
  CHECK(value_of(text, "tributary_attempts_total{provider=\"p0999\",outcome=\"ok\"}") == "1");
  CHECK(text.find("p1000") == std::string::npos);
  CHECK(value_of(text, "tributary_attempts_total{provider=\"_other\",outcome=\"ok\"}") == "1");
}

TEST_CASE("metrics: promtool finds nothing to complain of, and would") {
  auto f = figures_of_two();
  auto counters = std::make_shared<gateway::server_counters>();
  counters->count_response(200);
  f.server = counters;
  const auto text = exposition(f);
  const auto [status, said] = promtool(text);
  INFO(said);
  CHECK(status == 0);
  CHECK(said.empty());
  CHECK(promtool("# HELP x_ms A bad name.\n# TYPE x_ms counter\nx_ms 1\n").first != 0);
}

TEST_CASE("metrics: docs/metrics.md lists every metric, and none that is not there") {
  const auto docs = read_file(TRIBUTARY_SOURCE_DIR "/docs/metrics.md");
  auto f = figures_of_two();
  auto counters = std::make_shared<gateway::server_counters>();
  counters->count_response(200);
  f.server = counters;
  std::set<std::string> written, documented;
  for (const auto& family : gateway::metric_families(f)) {
    written.insert(family.name);
    CHECK_MESSAGE(family.help.find('\n') == std::string::npos, family.name);
  }
  for (std::size_t at = 0; (at = docs.find("\n| `", at)) != std::string::npos;) {
    at += 4;
    documented.insert(docs.substr(at, docs.find_first_of("`{", at) - at));
  }
  CHECK(written == documented);
}

TEST_CASE("process_figures: the start of a process, whatever its name") {
  CHECK(
      gateway::start_ticks("12 (a) b) (c) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 4711 23 24\n") ==
      4711u);
  CHECK_FALSE(gateway::start_ticks("12 S 4"));
  CHECK_FALSE(gateway::start_ticks("12 (a) S 4"));
  const auto p = gateway::read_process_figures();
  CHECK(p.open_fds.value() >= 3);
  CHECK(p.max_fds.value() >= *p.open_fds);
  CHECK(p.resident_bytes.value() > 1 << 20);
  CHECK(p.virtual_bytes.value() > *p.resident_bytes);
  CHECK(p.cpu_seconds.value() > 0);
  CHECK(p.start_time_seconds.value() > 1.7e9); // After 2023.
}

TEST_CASE_FIXTURE(gateway_fixture, "metrics: over HTTP, of everybody, as Prometheus wants it") {
  script->summary = [] {
    health_summary s;
    s.providers = {busy_provider("alpha")};
    return s;
  };
  script->stats = [] {
    failover_stats s;
    s.providers = {counted("alpha", 10)};
    return s;
  };
  script->counts.waiting = 5;
  publish(3);
  const event_reader stream{port(), request("GET", "/api/events")};
  CHECK(call("GET", "/api/nothing").status == 404);
  const auto reply = call("GET", "/metrics");
  CHECK(reply.status == 200);
  CHECK(reply.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(value_of(reply.body, "tributary_jobs{state=\"waiting\"}") == "5");
  CHECK(value_of(reply.body, "tributary_attempts_total{provider=\"alpha\",outcome=\"ok\"}") == "10");
  CHECK(value_of(reply.body, "tributary_provider_available{provider=\"alpha\"}") == "0");
  CHECK(value_of(reply.body, "tributary_events_total") == "3");
  CHECK(value_of(reply.body, "tributary_settings_revision") == "7");
  CHECK(value_of(reply.body, "tributary_http_event_streams") == "1");
  CHECK(value_of(reply.body, "tributary_http_responses_total{code=\"404\"}") == "1");
  CHECK(reply.body.find("tributary_build_info{version=\"") != std::string::npos);
  CHECK(promtool(reply.body) == std::pair{0, std::string{}});
}

TEST_CASE_FIXTURE(gateway_fixture, "metrics: need scope read, unless the setting opens them, while it does") {
  const auto plain = [&] { return http_call(port(), "GET", "/metrics").status; };
  CHECK(plain() == 401);
  const auto tell = [&](bool open) {
    auto s = std::make_shared<settings_snapshot>(*example_settings());
    s->document.global.metrics_open = open;
    caf::anon_send(gateway.handle, settings_ptr{s});
    CHECK(call("GET", "/livez").status == 200); // Comes after it in the actor's mailbox.
  };
  tell(true);
  CHECK(plain() == 200);
  CHECK(http_call(port(), "GET", "/api/jobs").status == 401);
  tell(false);
  CHECK(plain() == 401);
}

TEST_CASE_FIXTURE(
    gateway_fixture, "metrics: while one does not answer, the scrape fails once, and not for ever") {
  caf::anon_send_exit(targets.health, caf::exit_reason::kill);
  int status = 0;
  do { // Whether it is dead yet is up to the system's threads.
    status = call("GET", "/metrics").status;
  } while (status == 200);
  CHECK(status == 503);
}

namespace {

/// A Prometheus of the test's own, in a folder of its own, on a port that it chooses.
class prometheus_server {
public:
  prometheus_server(std::uint16_t target, const std::string& token) {
    write_file(folder_ / "token", token);
    write_file(
        folder_ / "prometheus.yml",
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n  - job_name: tributary\n"
        "    authorization: {credentials_file: " +
            (folder_ / "token").string() +
            "}\n"
            "    static_configs: [{targets: [\"127.0.0.1:" +
            std::to_string(target) + "\"]}]\n");
    server_ = std::make_unique<process>(std::vector<std::string>{
        "/bin/sh", "-c",
        "exec prometheus --config.file=" + (folder_ / "prometheus.yml").string() + " --storage.tsdb.path=" +
            (folder_ / "data").string() + " --web.listen-address=127.0.0.1:0 2>&1"});
    constexpr std::string_view said = "msg=\"Listening on\" address=127.0.0.1:";
    while (const auto line = server_->wait_for_line("ts=", std::chrono::seconds{60}))
      if (const auto at = line->find(said); at != std::string::npos) {
        port_ = static_cast<std::uint16_t>(std::stoi(line->substr(at + said.size())));
        return;
      }
    FAIL("prometheus did not start: " << server_->output());
  }

  /// The value of a query's first result, "" while there is none.
  std::string query(const std::string& q) {
    const auto reply = http_call(port_, "GET", "/api/v1/query?query=" + q);
    if (reply.status != 200)
      return "";
    const auto found = boost::json::parse(reply.body).at("data").at("result").as_array();
    return found.empty() ? "" : text_of(found.at(0).at("value").at(1));
  }

private:
  temp_dir folder_;
  std::unique_ptr<process> server_;
  std::uint16_t port_ = 0;
};

} // namespace

TEST_CASE_FIXTURE(gateway_fixture, "metrics: a real Prometheus scrapes them, with a token of scope read") {
  publish(3);
  script->counts.waiting = 5;
  prometheus_server server{port(), read};
  CHECK(eventually(std::chrono::seconds{60}, [&] {
    return server.query("tributary_jobs%7Bstate=%22waiting%22%7D") == "5";
  }));
  CHECK(server.query("up") == "1");
  CHECK(server.query("tributary_events_total") == "3");
  CHECK(server.query("scrape_samples_post_metric_relabeling") == server.query("scrape_samples_scraped"));
}
