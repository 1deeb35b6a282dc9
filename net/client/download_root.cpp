// Keeps every name beneath the download root: by openat2 where the kernel has it, else by walking the
// components without ever following a symbolic link.
#include "net/client/descriptor.hpp"
#include "net/client/part_file.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace tributary {

using namespace client;
namespace {

/// Relative, without empty, "." or ".." components, without NUL.
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

int open_by_kernel(int root, const char* name, int flags, unsigned mode) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
  how.mode = flags & O_CREAT ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  return static_cast<int>(::syscall(SYS_openat2, root, name, &how, sizeof how));
}

/// The folder that holds the last component of `name`, which is left in `last`.
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

int open_by_walking(int root, const std::string& name, int flags, unsigned mode) {
  std::string last;
  auto folder = walk_to_folder(root, name, last, false);
  if (!folder)
    return -1;
  return ::openat(folder.get(), last.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode);
}

} // namespace

std::variant<std::shared_ptr<download_root>, file_error>
download_root::open(const std::filesystem::path& folder, beneath how) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed)
    return cannot("make folder", folder.string(), failed.value());
  descriptor fd{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!fd)
    return cannot("open folder", folder.string());
  return std::shared_ptr<download_root>(new download_root(fd.release(), folder, how));
}

download_root::download_root(int fd, std::filesystem::path path, beneath how)
    : fd_(fd), path_(std::move(path)), how_(how) {}

download_root::~download_root() {
  ::close(fd_);
}

int download_root::open_beneath(const std::string& name, int flags, unsigned mode) const {
  if (!stays_beneath(name)) {
    errno = EXDEV;
    return -1;
  }
  if (how_ == beneath::kernel) {
    auto fd = open_by_kernel(fd_, name.c_str(), flags, mode);
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
      return fd;
  }
  return open_by_walking(fd_, name, flags, mode);
}

int download_root::open_folder_of(const std::string& name, bool create) const {
  if (!stays_beneath(name)) {
    errno = EXDEV;
    return -1;
  }
  constexpr auto flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC; // Not O_PATH: folders are flushed, too.
  auto slash = name.rfind('/');
  if (slash == std::string::npos)
    return ::openat(fd_, ".", flags);
  auto fd = open_beneath(name.substr(0, slash), flags);
  if (fd >= 0 || errno != ENOENT || !create)
    return fd;
  std::string last;
  auto folder = walk_to_folder(fd_, name, last, true);
  return folder ? ::openat(folder.get(), ".", flags) : -1;
}

} // namespace tributary
