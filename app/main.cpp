// The command line: one program with subcommands. docs/cli.md is its reference.
#include "app/cli/command.hpp"

#include <CLI/CLI.hpp>

int main(int argc, char** argv) {
  using namespace tributary;
  CLI::App app{"Tributary fetches files from several places at once and makes them arrive."};
  app.set_version_flag("--version", "tributary " TRIBUTARY_VERSION);
  app.require_subcommand(1);
  app.footer("Exit statuses: 0 fine, 1 a job failed, 2 wrong command line, 3 bad settings, 4 cannot listen,\n"
             "5 state folder in use, 6 a folder or the journal cannot be used, 7 no engine answers,\n"
             "8 the engine refused. More in docs/cli.md, and with --help after each command.");
  cli::command_body chosen;
  for (auto add :
       {cli::add_run_commands, cli::add_get_commands, cli::add_jobs_commands, cli::add_providers_commands,
        cli::add_health_commands, cli::add_failover_commands, cli::add_config_commands,
        cli::add_event_commands})
    add(app, chosen);
  try {
    app.parse(argc, argv);
    return chosen();
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? exit_ok : exit_usage; // exit() prints the help or the complaint.
  } catch (const cli::failure& e) {
    std::cerr << "tributary: " << e.what() << '\n';
    return e.status;
  } catch (const std::exception& e) {
    std::cerr << "tributary: " << e.what() << '\n';
    return exit_failed;
  }
}
