// `jobs` and `trace`: submit, list, show, cancel, explain.
#include "app/cli/command.hpp"
#include "app/cli/job_text.hpp"
#include "config/settings.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

namespace tributary::cli {

namespace {

namespace json = boost::json;

struct list_options {
  client_options client;
  std::string state;
  std::uint32_t limit = 50;
  std::string cursor;
};

struct submit_options {
  client_options client;
  std::vector<std::string> urls, providers;
  std::string path, key, language, output, sha256, strategy, on_conflict;
  std::optional<int> season, episode;
  std::optional<std::uint64_t> size;
  std::optional<int> priority, max_attempts, max_segments;
  std::optional<double> deadline;
};

struct ids_options {
  client_options client;
  std::vector<std::string> ids;
};

int list_jobs(const list_options& o) {
  session s{o.client.server};
  auto target = "/api/jobs?limit=" + std::to_string(o.limit);
  if (!o.state.empty())
    target += "&state=" + segment(o.state);
  if (!o.cursor.empty())
    target += "&cursor=" + segment(o.cursor);
  return print(o.client, s.get(target), [](json_view body, const terminal& on) {
    if (body["jobs"].items().empty())
      std::cout << "no jobs\n";
    else
      std::cout << jobs_table(body).text(on);
    if (const auto next = body["next"].text(); !next.empty())
      std::cout << "more: add --cursor " << shown(next) << '\n';
  });
}

template <class T>
void set_if(json::object& body, const char* name, const std::optional<T>& value) {
  if (value)
    body[name] = *value;
}
void set_if(json::object& body, const char* name, const std::string& value) {
  if (!value.empty())
    body[name] = value;
}

json::object spec_of(const submit_options& o) {
  json::object resource;
  set_if(resource, "path", o.path);
  set_if(resource, "key", o.key);
  set_if(resource, "season", o.season);
  set_if(resource, "episode", o.episode);
  set_if(resource, "language", o.language);
  if (!o.urls.empty())
    resource["urls"] = json::array(o.urls.begin(), o.urls.end());
  json::object body{{"operation", "download"}, {"resource", std::move(resource)}};
  set_if(body, "output", o.output);
  set_if(body, "sha256", o.sha256);
  set_if(body, "size", o.size);
  set_if(body, "priority", o.priority);
  set_if(body, "deadline_seconds", o.deadline);
  set_if(body, "max_attempts", o.max_attempts);
  set_if(body, "max_segments", o.max_segments);
  set_if(body, "strategy", o.strategy);
  set_if(body, "on_conflict", o.on_conflict);
  if (!o.providers.empty())
    body["providers"] = json::array(o.providers.begin(), o.providers.end());
  return body;
}

int submit(const submit_options& o) {
  const int named = int{!o.urls.empty()} + int{!o.path.empty()} + int{!o.key.empty()};
  if (named != 1)
    throw failure(exit_usage, "name just one of URLs, --path and --key");
  session s{o.client.server};
  const auto a = s.send("POST", "/api/jobs", json::serialize(spec_of(o)));
  return print(o.client, a, [&](json_view job, const terminal&) {
    constexpr int joined = 200;
    std::cout << "job " << shown(job["id"].text()) << (a.status == joined ? " is under way already: " : ": ")
              << shown(job["output"].text()) << '\n';
  });
}

/// Prints one answer per id; with --json one a line.
template <class Ask>
int for_each_job(const ids_options& o, Ask ask, void (*people)(json_view, const terminal&)) {
  session s{o.client.server};
  for (const auto& id : o.ids)
    print(o.client, ask(s, "/api/jobs/" + segment(id)), people);
  return exit_ok;
}

CLI::App*
add_ids_command(CLI::App& parent, const char* name, const char* what, const std::shared_ptr<ids_options>& o) {
  auto* command = parent.add_subcommand(name, what);
  command->add_option("ID", o->ids, "Ids of jobs, as `jobs list` shows them")->required();
  add_client_options(*command, o->client);
  return command;
}

void add_list(CLI::App& jobs, const std::shared_ptr<list_options>& o) {
  jobs.add_option("--job-state", o->state, "Only those in this state: queued, running, waiting, failed, ...");
  jobs.add_option("--limit", o->limit, "At most so many, newest first (1-500)")->capture_default_str();
  jobs.add_option("--cursor", o->cursor, "Go on where the page before ended");
  add_client_options(jobs, o->client);
}

void add_submit(CLI::App& jobs, command_body& chosen) {
  auto o = std::make_shared<submit_options>();
  auto* command = jobs.add_subcommand("submit", "Hand a download to the engine")->alias("add");
  command->add_option(
      "URL", o->urls, "Where the file is; several URLs are mirrors of it, first choice first");
  command->add_option("--path", o->path, "Path beneath every provider's base URL, instead of URLs");
  command->add_option("--key", o->key, "Item that providers have in their catalogues, instead of URLs");
  command->add_option("--season", o->season, "With --key");
  command->add_option("--episode", o->episode, "With --key");
  command->add_option("--language", o->language, "With --key: as in en, pt-BR");
  command->add_option("-o,--output", o->output, "Name beneath the download folder (default: the last part)");
  command->add_option("--sha256", o->sha256, "What the file must be");
  command->add_option("--size", o->size, "Bytes that it must have");
  command->add_option("--priority", o->priority, "0-9, high first (default: 5)");
  command->add_option("--deadline", o->deadline, "Seconds until the job fails");
  command->add_option("--max-attempts", o->max_attempts, "Failed attempts until the job fails");
  command->add_option("--max-segments", o->max_segments, "Streams at a time");
  command->add_option("--strategy", o->strategy, "priority, best or fastest");
  command->add_option("--on-conflict", o->on_conflict, "error, rename, replace or skip_if_same");
  command->add_option(
      "--provider", o->providers, "Only this provider may serve it; may be given several times");
  add_client_options(*command, o->client);
  command->footer(
      "Examples:\n  tributary jobs submit --path debian/README -o readme.txt\n"
      "  tributary jobs submit https://a.example/x.iso https://b.example/x.iso --sha256 9f86d0...");
  command->callback([o, &chosen] { chosen = [o] { return submit(*o); }; });
}

/// A command that changes each of its jobs, and says what became of it.
void add_change(
    CLI::App& jobs, command_body& chosen, const char* name, const char* what, const char* method,
    const char* path) {
  auto o = std::make_shared<ids_options>();
  add_ids_command(jobs, name, what, o)->callback([o, method, path, &chosen] {
    chosen = [o, method, path] {
      return for_each_job(
          *o, [=](session& s, const std::string& job) { return s.send(method, job + path); },
          [](json_view job, const terminal&) {
            std::cout << "job " << shown(job["id"].text()) << " is " << shown(job["state"].text()) << '\n';
          });
    };
  });
}

} // namespace

void add_jobs_commands(CLI::App& app, command_body& chosen) {
  auto* jobs = app.add_subcommand("jobs", "List, submit, show, pause, retry and cancel jobs");
  jobs->require_subcommand(0, 1);
  jobs->footer(
      "Examples:\n  tributary jobs\n  tributary jobs --job-state failed --json | jq '.jobs[].error.message'\n"
      "  tributary jobs submit --path debian/README\n  tributary jobs cancel 7 8");
  auto all = std::make_shared<list_options>();
  add_list(*jobs, all);
  jobs->callback([jobs, all, &chosen] {
    if (jobs->get_subcommands().empty())
      chosen = [all] { return list_jobs(*all); };
  });
  auto listed = std::make_shared<list_options>();
  auto* list = jobs->add_subcommand("list", "All jobs, newest first (the same as `jobs` alone)");
  add_list(*list, listed);
  list->callback([listed, &chosen] { chosen = [listed] { return list_jobs(*listed); }; });
  add_submit(*jobs, chosen);

  auto wanted = std::make_shared<ids_options>();
  add_ids_command(*jobs, "show", "Everything that is known about jobs", wanted)->callback([wanted, &chosen] {
    chosen = [wanted] {
      return for_each_job(
          *wanted, [](session& s, const std::string& job) { return s.get(job); }, print_job);
    };
  });
  add_change(*jobs, chosen, "cancel", "Cancel jobs; their part files go away", "DELETE", "");
  add_change(*jobs, chosen, "pause", "Hold jobs until they are resumed; their bytes stay", "POST", "/pause");
  add_change(*jobs, chosen, "resume", "Let paused jobs go on", "POST", "/resume");
  add_change(*jobs, chosen, "retry", "Begin failed or cancelled jobs anew", "POST", "/retry");
  auto traced = std::make_shared<ids_options>();
  auto* trace = add_ids_command(app, "trace", "Why a job went as it did: every decision and attempt", traced);
  trace->footer("Example:\n  tributary trace 7");
  trace->callback([traced, &chosen] {
    chosen = [traced] {
      return for_each_job(
          *traced, [](session& s, const std::string& job) { return s.get(job + "/trace"); }, print_trace);
    };
  });
}

} // namespace tributary::cli
