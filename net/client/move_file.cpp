// One system call where the kernel has it, two names for a moment where it has not.
#include "net/client/move_file.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>

namespace tributary::client {

int move_without_overwriting(
    int from_fd, const std::string& from, int to_fd, const std::string& to, move_by how) {
  if (how == move_by::rename) {
    if (::renameat2(from_fd, from.c_str(), to_fd, to.c_str(), RENAME_NOREPLACE) == 0)
      return 0;
    if (errno != EINVAL && errno != ENOSYS)
      return errno;
  }
  if (::linkat(from_fd, from.c_str(), to_fd, to.c_str(), 0) != 0)
    return errno;
  return ::unlinkat(from_fd, from.c_str(), 0) == 0 ? 0 : errno;
}

} // namespace tributary::client
