// `health`: how the providers did over the window, and what state they are in.
#include "app/cli/command.hpp"
#include "app/cli/event_feed.hpp"
#include "app/cli/event_line.hpp"
#include "app/cli/job_text.hpp"
#include "app/cli/wording.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>

#include <chrono>
#include <thread>

namespace tributary::cli {

namespace {

struct health_options {
  client_options client;
  std::string provider;
  bool reset = false, watch = false;
};

constexpr auto redraw_after = std::chrono::seconds{2};
constexpr const char* health_path = "/api/providers/health";
/// Cursor to the corner, and everything below it away.
constexpr const char* wiped = "\x1b[H\x1b[2J";

void print_all(json_view all, const terminal& on) {
  table t{{"PROVIDER", "STATE", ">SUCCESS", ">REQUESTS", ">P50", ">P95", ">SPEED", ">UPTIME", "LAST ERROR"}};
  for (const auto& member : all["providers"].members()) {
    const json_view f{member.value()};
    const auto state = f["state"].text();
    const auto success = f["success_rate"].number();
    t.add(
        {std::string{member.key()}, cell{state, tone_of_state(state)}, percent_text(success),
         std::to_string(f["total_requests"].count().value_or(0)),
         milliseconds_text(f["response_time_p50_ms"].number()),
         milliseconds_text(f["response_time_p95_ms"].number()), speed_text(f["throughput_mbps"].number()),
         percent_text(f["uptime_percentage"].number()), f["last_error"].text()});
  }
  if (t.empty()) {
    std::cout << "no providers\n";
    return;
  }
  std::cout << t.text(on) << all["available_providers"].count().value_or(0) << " of "
            << all["total_providers"].count().value_or(0) << " available, success rate "
            << percent_text(all["overall_success_rate"].number()) << " over "
            << all["window_minutes"].count().value_or(0) << " minutes\n";
}

std::string outcomes_of(json_view figures) {
  std::string text;
  for (const auto& outcome : figures["outcomes"].members())
    if (const auto n = json_view{outcome.value()}.count().value_or(0); n > 0)
      text += (text.empty() ? "" : ", ") + std::string{outcome.key()} + " " + std::to_string(n);
  return text;
}

std::string confidence_of(json_view figures) {
  const auto c = figures["confidence"];
  if (!c["ci95_low"].exists())
    return {};
  return percent_text(c["ci95_low"].number()) + " to " + percent_text(c["ci95_high"].number()) + " (" +
         std::to_string(c["samples"].count().value_or(0)) + " samples)";
}

void print_one(const std::string& name, json_view f, const terminal& on) {
  const auto state = f["state"].text();
  table t{{"FIGURE", "VALUE"}};
  t.add({"provider", name});
  t.add({"state", cell{state, tone_of_state(state)}});
  t.add({"reason", f["state_reason"].text()});
  t.add({"unavailable until", f["unavailable_until"].text()});
  t.add({"success rate", percent_text(f["success_rate"].number())});
  t.add({"95 % confidence", confidence_of(f)});
  t.add({"outcomes", outcomes_of(f)});
  t.add({"failures in a row", std::to_string(f["consecutive_failures"].count().value_or(0))});
  t.add({"first byte", milliseconds_text(f["time_to_first_byte_ms"].number())});
  t.add({"response, mean", milliseconds_text(f["average_response_time_ms"].number())});
  t.add({"response, p50", milliseconds_text(f["response_time_p50_ms"].number())});
  t.add({"response, p95", milliseconds_text(f["response_time_p95_ms"].number())});
  t.add({"response, p99", milliseconds_text(f["response_time_p99_ms"].number())});
  t.add({"speed", speed_text(f["throughput_mbps"].number())});
  t.add({"downloaded", bytes_text(f["total_bytes_downloaded"].count())});
  t.add({"uptime", percent_text(f["uptime_percentage"].number())});
  t.add({"last error", f["last_error"].text()});
  t.add({"at", f["last_error_time"].text()});
  t.add({"last check", f["last_check_time"].text()});
  std::cout << t.text(on);
}

/// On a terminal the table, drawn over and over; elsewhere the table, and then each change on a line.
int watch_health(const health_options& o) {
  session s{o.client.server};
  const auto on = terminal_of(1);
  while (on.interactive && !o.client.json && std::cout.good()) {
    const auto now = s.get(health_path);
    std::cout << wiped;
    print_all(now.body, on);
    std::cout.flush();
    std::this_thread::sleep_for(redraw_after);
  }
  const auto table_first = [&] { print(o.client, s.get(health_path), print_all); };
  follow_events(s, {"kind=provider", "", table_first}, [&](const std::string& data) {
    std::cout << (o.client.json ? data : event_line(boost::json::parse(data), on)) << '\n';
    std::cout.flush();
    return std::cout.good();
  });
  return exit_ok;
}

int health(const health_options& o) {
  if (o.watch && (o.reset || !o.provider.empty()))
    throw failure(exit_usage, "--watch shows all providers: it takes neither a name nor --reset");
  if (o.watch)
    return watch_health(o);
  session s{o.client.server};
  const std::string all = health_path;
  if (o.provider.empty()) {
    if (o.reset)
      throw failure(exit_usage, "--reset wants the name of a provider");
    return print(o.client, s.get(all), print_all);
  }
  const auto one = all + "/" + segment(o.provider);
  const auto figures = o.reset ? s.send("POST", one + "/reset") : s.get(one);
  return print(o.client, figures, [&](json_view f, const terminal& on) { print_one(o.provider, f, on); });
}

} // namespace

void add_health_commands(CLI::App& app, command_body& chosen) {
  auto o = std::make_shared<health_options>();
  auto* command = app.add_subcommand("health", "How the providers did lately, and what state they are in");
  command->add_option("NAME", o->provider, "One provider in detail (default: all of them)");
  command->add_flag("--reset", o->reset, "Forget its figures and its state first");
  command->add_flag("-w,--watch", o->watch, "Stay, and show what changes");
  add_client_options(*command, o->client);
  command->footer("Examples:\n  tributary health\n  tributary health --watch\n  tributary health nas --json "
                  "| jq .success_rate\n"
                  "  tributary health nas --reset");
  command->callback([o, &chosen] { chosen = [o] { return health(*o); }; });
}

} // namespace tributary::cli
