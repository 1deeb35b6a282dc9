// `config`: get, set, export, import, rollback, schema.
#include "app/cli/command.hpp"
#include "app/cli/config_text.hpp"
#include "config/json_text.hpp"
#include "config/settings_schema.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <fstream>
#include <iterator>

namespace tributary::cli {

namespace {

namespace json = boost::json;

const std::string settings_target = "/api/providers/config";

struct read_options {
  client_options client;
  std::string section, key;
};

struct change_options {
  client_options client;
  std::string section;
  std::vector<std::string> settings;
  std::optional<std::uint64_t> if_revision;
};

struct import_options {
  client_options client;
  std::string file;
  bool dry_run = false;
  std::optional<std::uint64_t> if_revision;
};

struct export_options {
  client_options client;
  std::string file;
};

struct history_options {
  client_options client;
  std::uint32_t limit = 20;
  std::string cursor;
};

struct rollback_options {
  client_options client;
  std::uint64_t revision = 0;
};

api_headers condition(const std::optional<std::uint64_t>& revision) {
  if (!revision)
    return {};
  return {{"If-Match", '"' + std::to_string(*revision) + '"'}};
}

std::string read_text(const std::string& file) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened)
      throw failure(exit_usage, "cannot read " + file);
  }
  std::istream& in = file == "-" ? std::cin : opened;
  return {std::istreambuf_iterator<char>(in), {}};
}

int read(const read_options& o) {
  session s{o.client.server};
  const auto a = s.get(settings_target + (o.section.empty() ? "" : "/" + segment(o.section)));
  if (o.key.empty())
    return print(o.client, a, [&](json_view body, const terminal&) {
      std::cout << (o.section.empty() ? document_text(body) : section_text("", body));
    });
  const auto* value = a.body.is_object() ? a.body.get_object().if_contains(o.key) : nullptr;
  if (!value)
    throw failure(exit_refused, shown(o.section) + " has no setting named " + shown(o.key));
  const auto text =
      value->is_string() && !o.client.json ? shown(json_view{value}.text()) : pretty_json(*value);
  std::cout << text << '\n';
  return exit_ok;
}

int change(const change_options& o) {
  const auto given = settings_from_words(o.settings);
  session s{o.client.server};
  const auto a = s.ask(
      {"PUT", settings_target + "/" + segment(o.section), json::serialize(given), condition(o.if_revision)});
  return print(o.client, a, [&](json_view body, const terminal&) {
    json::object now; // What was given, as it holds now.
    for (const auto& setting : given)
      now[setting.key()] =
          body[setting.key()].exists() ? body.members().at(setting.key()) : json::value(nullptr);
    std::cout << section_text("", json::value(now));
  });
}

/// [{"pointer", "before", "after"}]: a line each.
void print_changes(json_view body, const terminal& on) {
  const auto& changes = body["changes"].items();
  for (const json_view c : changes) {
    std::cout << shown(c["pointer"].text()) << ": ";
    const auto side = [&](const char* name, tone colour) {
      const auto v = c[name];
      const auto* value = c.members().if_contains(name);
      return painted(v.exists() ? shown(json::serialize(*value)) : "(not set)", colour, on);
    };
    std::cout << side("before", tone::bad) << " -> " << side("after", tone::good) << '\n';
  }
  if (changes.empty())
    std::cout << "nothing changes\n";
}

int import_settings(const import_options& o) {
  const auto text = read_text(o.file);
  session s{o.client.server};
  const auto target = settings_target + "/import" + (o.dry_run ? "?dry_run=true" : "");
  return print(o.client, s.ask({"POST", target, text, condition(o.if_revision)}), print_changes);
}

int export_settings(const export_options& o) {
  session s{o.client.server};
  const auto text = pretty_json(s.get(settings_target + "/export").body) + '\n';
  if (o.file.empty() || o.file == "-") {
    std::cout << text << std::flush;
    return exit_ok;
  }
  std::ofstream out(o.file, std::ios::binary);
  out << text;
  if (!out.flush())
    throw failure(exit_failed, "cannot write " + o.file);
  return exit_ok;
}

int list_revisions(const history_options& o) {
  session s{o.client.server};
  auto target = settings_target + "/history?limit=" + std::to_string(o.limit);
  if (!o.cursor.empty())
    target += "&cursor=" + segment(o.cursor);
  return print(o.client, s.get(target), [](json_view body, const terminal& on) {
    table t{{">REVISION", "AT", "AUTHOR", ">VALUES", "CHANGE"}};
    for (const json_view r : body["revisions"].items())
      t.add(
          {std::to_string(r["revision"].count().value_or(0)), r["at"].text(), r["author"].text(),
           std::to_string(r["changes"].items().size()), r["change"].text()});
    std::cout << t.text(on);
    if (const auto next = body["next"].text(); !next.empty())
      std::cout << "more: add --cursor " << shown(next) << '\n';
  });
}

int roll_back(const rollback_options& o) {
  session s{o.client.server};
  return print(
      o.client, s.send("POST", settings_target + "/rollback/" + std::to_string(o.revision)), print_changes);
}

int print_schema() {
  std::cout << settings_schema_text() << std::flush;
  return exit_ok;
}

void add_get(CLI::App& config, command_body& chosen) {
  auto o = std::make_shared<read_options>();
  auto* get_command = config.add_subcommand("get", "Settings as they hold now, defaults filled in");
  get_command->add_option("SECTION", o->section, "global, or the name of a provider (default: everything)");
  get_command->add_option("KEY", o->key, "One setting of it");
  add_client_options(*get_command, o->client);
  get_command->footer("Examples:\n  tributary config get\n  tributary config get nas priority");
  get_command->callback([o, &chosen] { chosen = [o] { return read(*o); }; });
}

void add_set(CLI::App& config, command_body& chosen) {
  auto o = std::make_shared<change_options>();
  auto* command = config.add_subcommand("set", "Change settings while the engine runs");
  command->add_option("SECTION", o->section, "global, or the name of a provider")->required();
  command->add_option("KEY=VALUE", o->settings, "null removes a setting, so that its default holds again")
      ->required();
  command->add_option("--if-revision", o->if_revision, "Only if the settings are still at this revision");
  add_client_options(*command, o->client);
  command->footer("Examples:\n  tributary config set nas priority=1 bandwidth_limit_mbps=200\n"
                  "  tributary config set nas custom_headers.X-Token=secret://nas_token\n"
                  "  tributary config set global max_retries=null");
  command->callback([o, &chosen] { chosen = [o] { return change(*o); }; });
}

void add_import(CLI::App& config, command_body& chosen) {
  auto o = std::make_shared<import_options>();
  auto* command = config.add_subcommand("import", "Replace all settings by a document, all or nothing");
  command->add_option("FILE", o->file, "The document; - reads standard input")->required();
  command->add_flag("--dry-run", o->dry_run, "Only say what would change");
  command->add_option("--if-revision", o->if_revision, "Only if the settings are still at this revision");
  add_client_options(*command, o->client);
  command->footer("Example:\n  tributary config import --dry-run mirrors.json");
  command->callback([o, &chosen] { chosen = [o] { return import_settings(*o); }; });
}

} // namespace

void add_config_commands(CLI::App& app, command_body& chosen) {
  auto* config = app.add_subcommand("config", "Read and change the settings of a running engine");
  config->require_subcommand(1);
  config->footer("Examples:\n  tributary config get nas\n  tributary config set nas priority=1\n"
                 "  tributary config export backup.json\n  tributary config import --dry-run backup.json");
  add_get(*config, chosen);
  add_set(*config, chosen);
  add_import(*config, chosen);

  auto exported = std::make_shared<export_options>();
  auto* export_command = config->add_subcommand("export", "The whole document, without secrets");
  export_command->add_option("FILE", exported->file, "Where to (default: standard output)");
  add_client_options(*export_command, exported->client);
  export_command->callback(
      [exported, &chosen] { chosen = [exported] { return export_settings(*exported); }; });

  auto past = std::make_shared<history_options>();
  auto* history = config->add_subcommand("history", "The kept revisions: when, who, what");
  history->add_option("--limit", past->limit, "At most so many, newest first (1-500)")->capture_default_str();
  history->add_option("--cursor", past->cursor, "Go on where the page before ended");
  add_client_options(*history, past->client);
  history->callback([past, &chosen] { chosen = [past] { return list_revisions(*past); }; });

  auto old = std::make_shared<rollback_options>();
  auto* rollback = config->add_subcommand("rollback", "Go back to an earlier revision, as a new one");
  rollback->add_option("REVISION", old->revision, "Its number")->required();
  add_client_options(*rollback, old->client);
  rollback->callback([old, &chosen] { chosen = [old] { return roll_back(*old); }; });

  auto* schema = config->add_subcommand("schema", "A JSON Schema of the settings file, for editors");
  schema->footer("Example:\n  tributary config schema > settings.schema.json");
  schema->callback([&chosen] { chosen = print_schema; });
}

} // namespace tributary::cli
