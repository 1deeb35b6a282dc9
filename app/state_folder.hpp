// The state folder: one engine at a time works in it (flock on engine.lock, so a killed engine leaves no
// stale lock).
#pragma once

#include "app/exit_status.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace tributary {

/// Where a state folder is unless told otherwise: $XDG_STATE_HOME/tributary, else ~/.local/state/tributary.
[[nodiscard]] std::filesystem::path default_state_folder();

/// The API's URL of the engine that works in this folder, as state_folder::announce wrote it. The engine may
/// have been killed since.
[[nodiscard]] std::optional<std::string> read_address(const std::filesystem::path& folder);

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

  /// Writes the API's URL to the file `address`, for the command line of the same user. Returns "" or what
  /// went wrong.
  [[nodiscard]] std::string announce(const std::string& url);
  /// Removes that file: the API is about to close.
  void withdraw();

private:
  state_folder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_;
};

} // namespace tributary
