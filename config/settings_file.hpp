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

/// Saves atomically; the file keeps its mode and owner, a new one is for its owner alone (0600). Returns ""
/// or what went wrong, for people. On an error the old file is untouched, except where the text says that the
/// new settings are in place and only the folder could not be flushed.
[[nodiscard]] std::string save_settings(const std::filesystem::path& file, const settings& s);

} // namespace tributary
