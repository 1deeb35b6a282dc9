// What the command groups have in common. Each group is one file, which alone sees the parser's heavy header.
#pragma once

#include "app/cli/server.hpp"
#include "app/cli/session.hpp"
#include "app/cli/table.hpp"

#include <functional>
#include <iostream>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace tributary::cli {

/// Run after the whole line was understood; returns the exit status, or throws failure.
using command_body = std::function<int()>;

/// Options of every command that speaks to an engine.
struct client_options {
  server_options server;
  bool json = false;
};

/// --url, --token-file, --state, --ca-file and --json. The options must outlive the parser.
void add_client_options(CLI::App& command, client_options& options);
/// The same without --json.
void add_server_options(CLI::App& command, server_options& server);

/// The groups. Each adds its commands to the parser; the callback of the one that was called sets `chosen`.
void add_run_commands(CLI::App& app, command_body& chosen);
void add_get_commands(CLI::App& app, command_body& chosen);
void add_providers_commands(CLI::App& app, command_body& chosen);
void add_health_commands(CLI::App& app, command_body& chosen);
void add_jobs_commands(CLI::App& app, command_body& chosen);
void add_config_commands(CLI::App& app, command_body& chosen);
void add_failover_commands(CLI::App& app, command_body& chosen);
void add_event_commands(CLI::App& app, command_body& chosen);

/// The body as it came with --json, else what `people` makes of it.
template <class ForPeople>
int print(const client_options& options, const answer& a, ForPeople people) {
  if (options.json)
    std::cout << a.raw;
  else
    people(json_view{a.body}, terminal_of(1));
  std::cout.flush();
  return exit_ok;
}

} // namespace tributary::cli
