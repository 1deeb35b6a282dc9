// The live settings file: loaded at start, saved by write, fsync, rename, fsync of the folder; the previous
// good one is kept beside it as FILE.previous. Blocking: call from a file thread, never from a scheduled
// actor.
#pragma once

#include "config/settings_json.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace tributary {

/// Reads and parses. Unreadable: one complaint with pointer "" that names the file and the system's reason.
/// The file's whole text is at most 4 MiB.
[[nodiscard]] settings_or_complaints load_settings(const std::filesystem::path& file);

/// Tells whether a file is still the one that was seen: every way to change it changes the stamp, too.
struct file_stamp {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t changed_ns = 0; ///< Since 1970, of content or name: the time that nobody can set back.
  friend bool operator==(const file_stamp&, const file_stamp&) = default;
};

/// None: there is no such file, or it cannot be looked at.
[[nodiscard]] std::optional<file_stamp> stamp_of(const std::filesystem::path& file);

/// Saves atomically; the file keeps its mode and owner, a new one is for its owner alone (0600). Returns ""
/// or what went wrong, for people. On an error the old file is untouched, except where the text says that the
/// new settings are in place and only the folder could not be flushed.
[[nodiscard]] std::string save_settings(const std::filesystem::path& file, const settings& s);

} // namespace tributary
