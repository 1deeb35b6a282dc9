// The live settings file: loaded at start, saved by write, fsync, rename, fsync of the folder; the previous
// good one is kept beside it as FILE.previous. Blocking: call from a file thread, never from a scheduled
// actor.
#pragma once

#include "config/settings_json.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>

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

/// What saving came to.
struct saved_file {
  bool moved = false; ///< The file is not the expected one: somebody edited it, and it was left alone.
  std::string why;    ///< What went wrong, for people; "": it is saved.
  std::optional<file_stamp> stamp; ///< Of the file as it was left; none where it has moved.
};

/// Saves atomically; the file keeps its mode, owner and group, a new one is for its owner alone (0600). On an
/// error the old file is untouched, except where the text says that the new settings are in place and only
/// the folder could not be flushed. Nothing is written over a file that is there and is not the `expected`
/// one, where that is given: it is looked at first, and again when the new text is on the disk.
[[nodiscard]] saved_file save_settings(
    const std::filesystem::path& file, const settings& s, const std::optional<file_stamp>& expected);

/// The same, whatever is there. Returns "" or what went wrong.
[[nodiscard]] std::string save_settings(const std::filesystem::path& file, const settings& s);

/// The two halves of it. The first one waits for the disk, and the file may be edited meanwhile.
struct settings_beside {
  std::filesystem::path file;   ///< As it was named.
  std::filesystem::path fresh;  ///< FILE.new: written and flushed.
  std::filesystem::path target; ///< What FILE leads to, where it is a link.
};
[[nodiscard]] std::variant<settings_beside, std::string>
write_beside(const std::filesystem::path& file, const settings& s);
[[nodiscard]] saved_file put_in_place(const settings_beside& made, const std::optional<file_stamp>& expected);

} // namespace tributary
