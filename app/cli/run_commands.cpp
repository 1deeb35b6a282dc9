// `run` and `check-config`: the engine as a process, and a look at its settings file without one.
#include "app/cli/command.hpp"
#include "app/daemon.hpp"
#include "app/log.hpp"
#include "config/settings_file.hpp"

#include <CLI/CLI.hpp>

namespace tributary::cli {

namespace {

int check_config(const std::string& file) {
  const auto loaded = load_settings(file);
  if (const auto* wrong = std::get_if<complaints>(&loaded))
    throw failure(exit_bad_settings, format_complaints(*wrong, file));
  std::cout << file << " is fine: " << std::get<settings>(loaded).providers.size() << " providers\n";
  return exit_ok;
}

} // namespace

void add_run_commands(CLI::App& app, command_body& chosen) {
  struct options {
    run_options run;
    bool quiet = false;
  };
  auto o = std::make_shared<options>();
  auto* run = app.add_subcommand("run", "Run the engine until it is stopped (SIGINT, SIGTERM)");
  run->add_option(
      "--config", o->run.config, "The live settings file (default: settings.json in the state folder)");
  run->add_option(
      "--state", o->run.state, "State folder: journal, tokens, lock (default: ~/.local/state/tributary)");
  run->add_option("--downloads", o->run.downloads, "Where files are published (default: ./downloads)");
  run->add_option("--listen", o->run.listen, "HOST:PORT of the API; port 0 picks a free one")
      ->capture_default_str();
  run->add_flag(
      "--allow-plain-remote", o->run.allow_plain_remote, "Listen beyond loopback although there is no TLS");
  run->add_option(
         "--allowed-host", o->run.allowed_hosts, "A name by which clients may call this machine; repeatable")
      ->take_all()
      ->allow_extra_args(false)
      ->type_name("NAME");
  run->add_flag("--demo", o->run.demo, "Start three mirrors on loopback and download from them");
  run->add_flag("--exit-when-idle", o->run.exit_when_idle, "Stop when every job has ended");
  run->add_flag("-q,--quiet", o->quiet, "Log warnings only");
  run->footer("Examples:\n  tributary run --demo\n"
              "  tributary run --config mirrors.json --downloads /srv/files --listen 127.0.0.1:0");
  run->callback([o, &chosen] {
    chosen = [o] {
      if (o->quiet)
        set_log_level(log_level::warning);
      return run_daemon(o->run);
    };
  });

  auto file = std::make_shared<std::string>();
  auto* check =
      app.add_subcommand("check-config", "Check a settings file and say everything that is wrong with it");
  check->add_option("FILE", *file, "The settings file")->required();
  check->footer("Example:\n  tributary check-config mirrors.json");
  check->callback([file, &chosen] { chosen = [file] { return check_config(*file); }; });
}

} // namespace tributary::cli
