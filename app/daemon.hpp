// `tributary run`: the engine as a process of its own.
#pragma once

#include "app/engine.hpp"

#include <filesystem>
#include <string>

namespace tributary {

struct run_options {
  std::filesystem::path config; ///< "" : settings.json in the state folder, made with defaults when missing.
  std::filesystem::path state;  ///< "" : ~/.local/state/tributary, or a temporary folder with demo.
  std::filesystem::path downloads; ///< "" : ./downloads, or a temporary folder with demo.
  std::string listen = "127.0.0.1:8000";
  bool allow_plain_remote = false;
  std::vector<std::string> allowed_hosts; ///< Names that clients may call this machine.
  bool demo = false;
  bool exit_when_idle = false; ///< End when no job is unfinished: with exit_ok only if every job succeeded.
};

/// Runs until a signal (or idleness) ends it. Prints "listening on http://HOST:PORT" on standard output once
/// the API answers. Returns the process' exit status.
[[nodiscard]] int run_daemon(const run_options& options);

/// Splits "HOST:PORT" ("[::1]:8000" for IPv6); the error is for people.
[[nodiscard]] std::variant<gateway_settings, std::string> parse_listen(const std::string& text);

} // namespace tributary
