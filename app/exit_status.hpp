// How the program ends, and why an engine did not start. docs/cli.md explains the numbers.
#pragma once

#include <string>

namespace tributary {

/// Exit statuses of the program; append only. A command that a signal ended returns 128 + its number.
enum exit_status : int {
  exit_ok = 0,
  exit_failed = 1,        ///< A job failed, or an unexpected error.
  exit_usage = 2,         ///< The command line was wrong.
  exit_bad_settings = 3,  ///< The settings file is unreadable or invalid.
  exit_cannot_listen = 4, ///< The address is in use or may not be used.
  exit_state_in_use = 5,  ///< Another engine works in the state folder.
  exit_bad_folder = 6,    ///< A folder cannot be made or written, or the journal cannot be opened.
  exit_no_engine = 7,     ///< No engine answers where one was asked for.
  exit_refused = 8,       ///< The engine answered, with an error: nothing was changed.
};

/// Why an engine did not start: `status` is the process' exit status, `message` is for people.
struct start_error {
  int status = exit_failed;
  std::string message;
};

} // namespace tributary
