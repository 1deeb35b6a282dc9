// The command line: one program with subcommands. docs/cli.md is its reference.
#include "app/daemon.hpp"
#include "app/log.hpp"
#include "config/settings_file.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace {

using namespace tributary;

int check_config(const std::string& file) {
  const auto loaded = load_settings(file);
  if (const auto* wrong = std::get_if<complaints>(&loaded)) {
    std::cerr << "tributary: " << format_complaints(*wrong, file) << '\n';
    return exit_bad_settings;
  }
  std::cout << file << " is fine: " << std::get<settings>(loaded).providers.size() << " providers\n";
  return exit_ok;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Tributary fetches files from several places at once and makes them arrive."};
  app.set_version_flag("--version", "tributary " TRIBUTARY_VERSION);
  app.require_subcommand(1);
  app.footer("Exit statuses: 0 fine, 1 a job failed, 2 wrong command line, 3 bad settings, 4 cannot listen,\n"
             "5 state folder in use, 6 a folder or the journal cannot be used.");

  run_options run;
  auto* run_command = app.add_subcommand("run", "Run the engine until it is stopped (SIGINT, SIGTERM)");
  run_command->add_option(
      "--config", run.config, "The live settings file (default: settings.json in the state folder)");
  run_command->add_option(
      "--state", run.state, "State folder: journal, tokens, lock (default: ~/.local/state/tributary)");
  run_command->add_option("--downloads", run.downloads, "Where files are published (default: ./downloads)");
  run_command->add_option("--listen", run.listen, "HOST:PORT of the API; port 0 picks a free one")
      ->capture_default_str();
  run_command->add_flag(
      "--allow-plain-remote", run.allow_plain_remote, "Listen beyond loopback although there is no TLS");
  run_command->add_flag("--demo", run.demo, "Start three mirrors on loopback and download from them");
  run_command->add_flag("--exit-when-idle", run.exit_when_idle, "Stop when every job has ended");
  bool quiet = false;
  run_command->add_flag("-q,--quiet", quiet, "Log warnings only");
  run_command->footer("Examples:\n  tributary run --demo\n"
                      "  tributary run --config mirrors.json --downloads /srv/files --listen 127.0.0.1:0");

  std::string checked;
  auto* check_command =
      app.add_subcommand("check-config", "Check a settings file and say everything that is wrong with it");
  check_command->add_option("FILE", checked, "The settings file")->required();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? exit_ok : exit_usage; // exit() prints the help or the complaint.
  }

  if (quiet)
    set_log_level(log_level::warning);
  if (*run_command)
    return run_daemon(run);
  return check_config(checked);
}
