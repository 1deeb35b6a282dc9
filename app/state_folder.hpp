// The state folder: one engine at a time works in it (flock on engine.lock, so a killed engine leaves no
// stale lock).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace tributary {

/// Why an engine did not start: `status` is the process' exit status (docs/cli.md), `message` is for people.
struct start_error {
  int status = 1;
  std::string message;
};

/// Exit statuses of the program; append only.
enum exit_status : int {
  exit_ok = 0,
  exit_failed = 1,        ///< A job failed, or an unexpected error.
  exit_usage = 2,         ///< The command line was wrong.
  exit_bad_settings = 3,  ///< The settings file is unreadable or invalid.
  exit_cannot_listen = 4, ///< The address is in use or may not be used.
  exit_state_in_use = 5,  ///< Another engine works in the state folder.
  exit_bad_folder = 6,    ///< A folder cannot be made or written, or the journal cannot be opened.
};

/// Makes the folder, readable by its owner only, where it is missing.
[[nodiscard]] std::optional<start_error> make_state_folder(const std::filesystem::path& path);

class state_folder {
public:
  /// Makes the folder where it is missing, and locks it.
  [[nodiscard]] static std::variant<std::unique_ptr<state_folder>, start_error>
  open(const std::filesystem::path& path);
  ~state_folder();
  state_folder(const state_folder&) = delete;
  state_folder& operator=(const state_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
  state_folder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_;
};

} // namespace tributary
