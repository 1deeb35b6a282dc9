// `get`: its options.
#include "app/cli/command.hpp"
#include "app/cli/get.hpp"
#include "messages/job_limits.hpp"

#include <CLI/CLI.hpp>

namespace tributary::cli {

namespace {

/// A name of an enum, or a complaint that lists them.
template <class Enum>
void add_choice(
    CLI::App& command, const char* option, std::optional<Enum>& into, const char* what,
    std::vector<std::pair<std::string, Enum>> names) {
  command.add_option(option, into, what)->transform(CLI::CheckedTransformer(std::move(names)));
}

/// Which item of the providers' catalogues; read as it stands, put together by check().
struct item_options {
  std::optional<std::string> key, language;
  std::optional<std::int32_t> season, episode;
};

void add_item_options(CLI::App& command, item_options& item) {
  command.add_option("--key", item.key, "Item of the providers' catalogues, instead of URLs");
  command.add_option("--season", item.season, "Of the item, together with --episode");
  command.add_option("--episode", item.episode, "Of the item, together with --season");
  command.add_option("--language", item.language, "Of the item, e.g. en (default: its first one)");
}

void add_wish_options(CLI::App& command, job_spec& like) {
  command.add_option("--path", like.resource.path, "Path beneath every provider's base URL, instead of URLs");
  command.add_option("-o,--output", like.output, "Name of the file (default: the last part of the URL)");
  command.add_option("--sha256", like.sha256, "What the file must be");
  command.add_option("--size", like.size, "Bytes that it must have");
  command.add_option("--max-attempts", like.max_attempts, "Failed attempts until a job fails");
  command.add_option("--max-segments", like.max_segments, "Streams a file at a time");
  add_choice<strategy>(
      command, "--strategy", like.strategy, "Whom to prefer",
      {{"priority", strategy::priority}, {"best", strategy::best}, {"fastest", strategy::fastest}});
  add_choice<on_conflict>(
      command, "--on-conflict", like.on_conflict, "When a file of that name is there already",
      {{"error", on_conflict::error},
       {"rename", on_conflict::rename},
       {"replace", on_conflict::replace},
       {"skip_if_same", on_conflict::skip_if_same}});
}

void take_item(get_options& o, const item_options& item) {
  if (item.key)
    o.like.resource.item = {*item.key, item.season, item.episode, item.language.value_or("")};
  else if (item.season || item.episode || item.language)
    throw failure(exit_usage, "--season, --episode and --language belong to an item: name it with --key");
}

void check(const get_options& o) {
  const auto& wanted = o.like.resource;
  const int named = !o.urls.empty() + !wanted.path.empty() + wanted.item.has_value();
  if (named > 1)
    throw failure(exit_usage, "name either URLs, or --path, or --key, and only one of them");
  if (named > 0 && !o.input.empty())
    throw failure(exit_usage, "name either one download or a list with -i, and not both");
  if (!o.input.empty() && (!o.like.output.empty() || o.like.sha256 || o.like.size))
    throw failure(exit_usage, "-o, --sha256 and --size are of one file; in a list names stand after a tab");
}

} // namespace

void add_get_commands(CLI::App& app, command_body& chosen) {
  auto o = std::make_shared<get_options>();
  auto item = std::make_shared<item_options>();
  auto* command = app.add_subcommand("get", "Download files and show how it goes");
  command->add_option(
      "URL", o->urls, "Where the file is; several URLs are mirrors of it, first choice first");
  command->add_option(
      "-i,--input", o->input, "List: URL, or URL [URL...] TAB NAME, a line; - is standard input");
  add_item_options(*command, *item);
  add_wish_options(*command, o->like);
  command->add_option("-d,--dir", o->folder, "Folder for the files (default: here); runs in this process");
  command->add_option("-j,--jobs", o->at_a_time, "Transfers at a time per server (default: 16)")
      ->check(CLI::Range(1, 1024));
  command->add_flag("--standalone", o->standalone, "Work in this process, even where an engine runs");
  command->add_option("--config", o->config, "Settings file of the engine in this process");
  add_choice<durability>(
      *command, "--durability", o->flush, "full: flush files to the disk before they count as done",
      {{"full", durability::full}, {"fast", durability::fast}});
  command->add_flag("-q,--quiet", o->quiet, "Show nothing");
  command->add_flag("--json", o->json, "One JSON object a finished job on standard output");
  add_server_options(*command, o->server);
  command->footer(
      "Works in a running engine where there is one, else in this process. With --state DIR a second start\n"
      "goes on where the first one stopped.\n"
      "Examples:\n  tributary get https://a.example/x.iso https://b.example/x.iso\n"
      "  tributary get -i list.txt -d /srv/files -j 32 --state ~/.cache/fetch\n"
      "  tributary get --key tidal-stories --season 1 --episode 2 --language en\n"
      "  printf 'http://h/a\\thello.txt\\n' | tributary get -i - -q --json");
  command->callback([o, item, &chosen] {
    chosen = [o, item] {
      take_item(*o, *item);
      check(*o);
      return get(*o);
    };
  });
}

} // namespace tributary::cli
