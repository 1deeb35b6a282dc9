// Renames a file without overwriting anything, also on file systems that cannot do it in one call.
#pragma once

#include <cstdint>
#include <string>

namespace tributary::client {

/// How to move without overwriting.
enum class move_by : std::uint8_t {
  rename, ///< renameat2(RENAME_NOREPLACE), and by link where the file system does not know that (NFS).
  link,   ///< A second name first, then the old one away; a crash between leaves both names on one inode.
};

/// Moves `from` in folder `from_fd` to `to` in folder `to_fd`. Returns 0 or an errno; EEXIST: the target is
/// there and was left alone. Blocking.
[[nodiscard]] int move_without_overwriting(
    int from_fd, const std::string& from, int to_fd, const std::string& to, move_by how = move_by::rename);

} // namespace tributary::client
