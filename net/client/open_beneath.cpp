#include "net/client/open_beneath.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace tributary::client {
namespace {

int open_by_kernel(int root, const char* name, int flags, unsigned mode, links follow) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
  how.mode = flags & O_CREAT ? mode : 0;
  how.resolve = RESOLVE_BENEATH | (follow == links::refused ? RESOLVE_NO_SYMLINKS : RESOLVE_NO_MAGICLINKS);
  return static_cast<int>(::syscall(SYS_openat2, root, name, &how, sizeof how));
}

int open_by_walking(int root, const std::string& name, int flags, unsigned mode) {
  std::string last;
  auto folder = walk_to_folder(root, name, last, false);
  if (!folder)
    return -1;
  return ::openat(folder.get(), last.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode);
}

} // namespace

bool stays_beneath(std::string_view name) {
  if (name.empty() || name.find('\0') != std::string_view::npos)
    return false;
  for (;;) {
    auto end = name.find('/');
    auto part = name.substr(0, end);
    if (part.empty() || part == "." || part == "..")
      return false;
    if (end == std::string_view::npos)
      return true;
    name.remove_prefix(end + 1);
  }
}

descriptor walk_to_folder(int root, std::string_view name, std::string& last, bool create) {
  descriptor folder{::openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC)};
  while (folder) {
    auto end = name.find('/');
    last = name.substr(0, end);
    if (end == std::string_view::npos)
      break;
    name.remove_prefix(end + 1);
    constexpr auto flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    descriptor next{::openat(folder.get(), last.c_str(), flags)};
    if (!next && errno == ENOENT && create) {
      if (::mkdirat(folder.get(), last.c_str(), 0755) != 0 && errno != EEXIST)
        return {};
      next = descriptor{::openat(folder.get(), last.c_str(), flags)};
    }
    folder = std::move(next);
  }
  return folder;
}

int open_beneath(int folder, const std::string& name, int flags, unsigned mode, beneath how, links follow) {
  if (!stays_beneath(name)) {
    errno = EXDEV;
    return -1;
  }
  if (how == beneath::kernel) {
    auto fd = open_by_kernel(folder, name.c_str(), flags, mode, follow);
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
      return fd;
  }
  return open_by_walking(folder, name, flags, mode);
}

} // namespace tributary::client
