#include "net/client/directory_source.hpp"

#include "net/client/open_beneath.hpp"

#include <cinttypes>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>

namespace tributary::client {
namespace {

/// "a//b/" as "a/b", as web servers read it.
std::string plain_name(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    auto end = std::min(path.find('/'), path.size());
    if (end > 0)
      out.append(out.empty() ? "" : "/").append(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return out;
}

file_identity identity_of(const struct stat& s) {
  char tag[80];
  const auto size = static_cast<std::uint64_t>(s.st_size);
  const auto changed = static_cast<std::uint64_t>(s.st_mtim.tv_sec) * 1'000'000'000u +
                       static_cast<std::uint64_t>(s.st_mtim.tv_nsec);
  std::snprintf(
      tag, sizeof tag, "\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 "\"", static_cast<std::uint64_t>(s.st_ino),
      changed, size);
  file_identity out;
  out.size = size;
  out.etag = tag;
  return out;
}

} // namespace

folder_calls system_folder_calls(beneath how) {
  folder_calls out;
  out.open_folder = [](const std::string& folder) {
    return ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  };
  out.open_file = [how](int folder, const std::string& name) {
    return open_beneath(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, how, links::inside);
  };
  out.read = [](int fd, std::byte* to, std::size_t size, std::uint64_t offset) {
    return ::pread(fd, to, size, static_cast<off_t>(offset));
  };
  return out;
}

fault fault_of_errno(int code) noexcept {
  switch (code) {
  case ENOENT:
  case ENOTDIR:
  case ENAMETOOLONG:
    return fault::no_such_item;
  case EACCES:
  case EPERM:
    return fault::no_permission;
  case EXDEV:
  case ELOOP:
    return fault::address_refused;
  case EMFILE:
  case ENFILE:
  case ENOMEM:
    return fault::disk; // Ours to mend.
  default:
    return fault::source_io;
  }
}

source_failure directory_source::failure(std::string_view verb, int code) const {
  auto cause = fault_of_errno(code);
  if (cause == fault::address_refused)
    return {cause, "cannot " + std::string(verb) + " " + name_ + ": it leads out of the folder"};
  return {cause, cannot(verb, name_, code).what};
}

source_failure directory_source::open(const std::string& folder, const std::string& name) {
  name_ = plain_name(name);
  descriptor root{calls_.open_folder(folder)};
  if (!root) {
    auto code = errno;
    auto cause = fault_of_errno(code);
    // The folder is the provider itself, so its absence is no missing item.
    return {
        cause == fault::no_such_item ? fault::source_io : cause,
        cannot("open the folder", folder, code).what};
  }
  fd_ = descriptor{calls_.open_file(root.get(), name_)};
  struct stat s {};
  if (!fd_ || ::fstat(fd_.get(), &s) != 0)
    return errno == ENXIO || errno == ENODEV // A socket, or a device without a driver.
               ? source_failure{fault::unsupported, "cannot open " + name_ + ": not a regular file"}
               : failure("open", errno);
  if (S_ISDIR(s.st_mode))
    return {fault::no_such_item, "cannot open " + name_ + ": it is a folder"};
  if (!S_ISREG(s.st_mode))
    return {fault::unsupported, "cannot open " + name_ + ": not a regular file"};
  identity_ = identity_of(s);
  ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_SEQUENTIAL); // Only a hint.
  return {};
}

source_failure directory_source::read(std::uint64_t offset, std::span<std::byte> into, std::size_t& got) {
  for (;;) {
    auto n = calls_.read(fd_.get(), into.data(), into.size(), offset);
    if (n >= 0) {
      got = static_cast<std::size_t>(n);
      return {};
    }
    if (errno != EINTR)
      return failure("read", errno);
  }
}

source_failure directory_source::check_unchanged() const {
  struct stat s {};
  if (::fstat(fd_.get(), &s) != 0)
    return failure("look at", errno);
  if (identity_of(s) == identity_)
    return {};
  return {fault::other_identity, name_ + " was changed while it was read"};
}

} // namespace tributary::client
