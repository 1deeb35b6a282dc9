// `events`: everything that happens, as it happens.
#include "app/cli/command.hpp"
#include "app/cli/event_feed.hpp"
#include "app/cli/event_line.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>

namespace tributary::cli {

namespace {

struct events_options {
  client_options client;
  std::optional<std::uint64_t> after, count;
  std::vector<std::string> kinds;
  std::string job;
};

feed_query query_of(const events_options& o) {
  feed_query q;
  for (const auto& kind : o.kinds)
    q.filter.append(q.filter.empty() ? "kind=" : ",").append(segment(kind));
  if (!o.job.empty())
    q.filter.append(q.filter.empty() ? "job=" : "&job=").append(segment(o.job));
  if (o.after)
    q.after = std::to_string(*o.after);
  return q;
}

int events(const events_options& o) {
  session s{o.client.server};
  auto left = o.count;
  const auto on = terminal_of(1);
  follow_events(s, query_of(o), [&](const std::string& data) {
    if (o.client.json)
      std::cout << data << '\n';
    else
      std::cout << event_line(boost::json::parse(data), on) << '\n';
    std::cout.flush();
    return std::cout.good() && !(left && --*left == 0);
  });
  return exit_ok;
}

} // namespace

void add_event_commands(CLI::App& app, command_body& chosen) {
  auto o = std::make_shared<events_options>();
  auto* command = app.add_subcommand("events", "Follow what happens: jobs, providers, settings");
  command->add_option("--after", o->after, "Begin behind this event; 0: with the first (default: now)");
  command->add_option("-n,--count", o->count, "End after so many")->check(CLI::PositiveNumber);
  command->add_option("--kind", o->kinds, "Only these: job.failed, or job for every kind of a job")
      ->delimiter(',');
  command->add_option("--job", o->job, "Only events about this job");
  add_client_options(*command, o->client);
  command->footer("Examples:\n  tributary events\n  tributary events --after 0 --kind job.failed --json\n"
                  "  tributary events --job 7 -n 1");
  command->callback([o, &chosen] { chosen = [o] { return events(*o); }; });
}

} // namespace tributary::cli
