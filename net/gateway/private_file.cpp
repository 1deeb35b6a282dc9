// Atomic replacement of small private files.
#include "net/gateway/private_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace tributary::gateway {

namespace {

std::string failed(const std::filesystem::path& file) {
  return "cannot write " + file.string() + ": " + std::generic_category().message(errno);
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool flush_folder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return false;
  const bool flushed = ::fsync(fd) == 0;
  ::close(fd);
  return flushed;
}

} // namespace

std::string write_private_file(const std::filesystem::path& file, std::string_view text) {
  auto beside = file;
  beside += ".new";
  ::unlink(beside.c_str()); // Left by a crash; O_EXCL must make a fresh one with our mode.
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return failed(file);
  const bool written = write_all(fd, text) && ::fsync(fd) == 0;
  auto why = written ? std::string{} : failed(file);
  ::close(fd);
  if (written && (::rename(beside.c_str(), file.c_str()) != 0 || !flush_folder(file.parent_path())))
    why = failed(file);
  if (!why.empty())
    ::unlink(beside.c_str());
  return why;
}

} // namespace tributary::gateway
