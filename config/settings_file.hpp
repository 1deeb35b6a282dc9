// The live settings file: loaded at start, saved by write, fsync, rename, fsync of the folder; the previous
// good one is kept beside it as FILE.previous. Blocking: call from a file thread, never from a scheduled
// actor.
#pragma once

#include "config/settings_json.hpp"

#include <filesystem>
#include <string>

namespace tributary {

/// Reads and parses. Unreadable: one complaint with pointer "" that names the file and the system's reason.
/// The file's whole text is at most 4 MiB.
[[nodiscard]] settings_or_complaints load_settings(const std::filesystem::path& file);

/// Saves atomically. Returns "" or what went wrong, for people; on an error the old file is untouched.
[[nodiscard]] std::string save_settings(const std::filesystem::path& file, const settings& s);

} // namespace tributary
