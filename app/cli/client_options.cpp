#include "app/cli/command.hpp"

#include <CLI/CLI.hpp>

namespace tributary::cli {

void add_client_options(CLI::App& command, client_options& options) {
  add_server_options(command, options.server);
  command.add_flag("--json", options.json, "Print the API's JSON");
}

void add_server_options(CLI::App& command, server_options& server) {
  command
      .add_option(
          "--url,--server", server.url, "The engine's API (default: where the state folder's engine listens)")
      ->group("Engine");
  command
      .add_option(
          "--token-file", server.token_file, "File with the token (default: $TRIBUTARY_TOKEN, admin.token)")
      ->group("Engine");
  command
      .add_option("--state", server.state, "State folder of the engine (default: ~/.local/state/tributary)")
      ->group("Engine");
  command.add_option("--ca-file", server.ca_file, "Certificates to trust with https (default: the system's)")
      ->group("Engine");
}

} // namespace tributary::cli
