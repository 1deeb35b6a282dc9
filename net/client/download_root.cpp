// Keeps every name beneath the download root, and never follows a symbolic link.
#include "net/client/open_beneath.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tributary {

using namespace client;

std::variant<std::shared_ptr<download_root>, file_error>
download_root::open(const std::filesystem::path& folder, beneath how) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed)
    return cannot("make folder", folder.string(), failed.value());
  descriptor fd{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!fd)
    return cannot("open folder", folder.string());
  // Now, not when the first job waits for its disk. A sandbox that refuses the question itself says EPERM.
  if (::faccessat(fd.get(), ".", W_OK | X_OK, AT_EACCESS) != 0 && errno != EPERM)
    return cannot("write in folder", folder.string());
  return std::shared_ptr<download_root>(new download_root(fd.release(), folder, how));
}

download_root::download_root(int fd, std::filesystem::path path, beneath how)
    : fd_(fd), path_(std::move(path)), how_(how) {}

download_root::~download_root() {
  ::close(fd_);
}

int download_root::open_beneath(const std::string& name, int flags, unsigned mode) const {
  return client::open_beneath(fd_, name, flags, mode, how_, links::refused);
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
