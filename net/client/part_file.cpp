// The growing file: positioned writes, a running SHA-256 while they come in order, flushing.
#include "net/client/part_file.hpp"

#include "net/client/descriptor.hpp"
#include "net/client/sha256.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cassert>
#include <vector>

namespace tributary {

using namespace client;

constexpr std::size_t component_bytes_max = 255;

std::string part_name_for(std::string_view output, std::uint64_t job) {
  auto slash = output.rfind('/');
  auto folder = slash == std::string_view::npos ? std::string_view{} : output.substr(0, slash + 1);
  auto base = output.substr(folder.size());
  auto suffix = "." + std::to_string(job) + ".part";
  auto room = component_bytes_max - suffix.size();
  if (base.size() > room) {
    while (room > 0 && (static_cast<unsigned char>(base[room]) & 0xC0u) == 0x80u)
      --room; // Never cut a UTF-8 sequence in two.
    base = base.substr(0, room);
  }
  return std::string(folder) + std::string(base) + suffix;
}

/// SHA-256 of the bytes [0, end) as they were written.
class part_file::hasher {
public:
  void note(std::uint64_t offset, std::span<const std::byte> bytes) {
    if (offset < end_)
      restart(); // Bytes under the digest change.
    if (offset > end_)
      return; // A gap: the digest stands still until somebody asks for it.
    digest_.add(bytes);
    end_ += bytes.size();
  }

  void restart() {
    digest_ = sha256_digest{};
    end_ = 0;
  }

  /// Takes the bytes of `fd` up to `size` in, from where the digest stands.
  int catch_up(int fd, std::uint64_t size) {
    if (end_ > size)
      restart();
    std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(size - end_, 1u << 20)));
    while (end_ < size) {
      auto want = static_cast<std::size_t>(std::min<std::uint64_t>(size - end_, buffer.size()));
      auto n = ::pread(fd, buffer.data(), want, static_cast<off_t>(end_));
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return n < 0 ? errno : ENODATA;
      note(end_, std::span(buffer).first(static_cast<std::size_t>(n)));
    }
    return 0;
  }

  [[nodiscard]] std::uint64_t end() const noexcept { return end_; }
  [[nodiscard]] std::string hex() const { return digest_.hex(); }

private:
  sha256_digest digest_;
  std::uint64_t end_ = 0;
};

part_file::part_file(std::shared_ptr<download_root> root, std::string name, bool hash)
    : root_(std::move(root)), name_(std::move(name)), hasher_(hash ? std::make_unique<hasher>() : nullptr) {}

part_file::~part_file() {
  if (fd_ >= 0)
    ::close(fd_);
}

file_error part_file::open() {
  if (fd_ >= 0)
    return {};
  constexpr auto create = O_RDWR | O_CREAT | O_EXCL;
  fd_ = root_->open_beneath(name_, create);
  if (fd_ < 0 && errno == ENOENT) {
    descriptor folder{root_->open_folder_of(name_, true)};
    if (!folder)
      return cannot("make the folder of", name_);
    fd_ = root_->open_beneath(name_, create);
  }
  if (fd_ >= 0)
    return {};
  return errno == EEXIST ? open_existing() : cannot("create", name_);
}

file_error part_file::open_existing() {
  descriptor fd{root_->open_beneath(name_, O_RDWR | O_NONBLOCK)}; // A pipe in its place must not hang us.
  struct stat s {};
  if (!fd || ::fstat(fd.get(), &s) != 0)
    return cannot("open", name_);
  if (!S_ISREG(s.st_mode))
    return {EINVAL, "cannot open " + name_ + ": not a regular file"};
  end_ = static_cast<std::uint64_t>(s.st_size);
  fd_ = fd.release();
  return {};
}

file_error part_file::reserve(std::uint64_t size) {
  assert(fd_ >= 0);
  if (size == 0 || ::fallocate(fd_, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size)) == 0)
    return {};
  if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINTR)
    return {}; // Only a convenience: the writes themselves will tell.
  return cannot("set room aside for", name_);
}

file_error part_file::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  assert(fd_ >= 0);
  auto at = offset;
  for (auto rest = bytes; !rest.empty();) {
    auto n = ::pwrite(fd_, rest.data(), rest.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      if (hasher_)
        hasher_->restart(); // What a failed write left behind is not known.
      return cannot("write", name_, n < 0 ? errno : ENOSPC);
    }
    at += static_cast<std::uint64_t>(n);
    rest = rest.subspan(static_cast<std::size_t>(n));
    end_ = std::max(end_, at);
  }
  if (hasher_)
    hasher_->note(offset, bytes);
  return {};
}

file_error part_file::flush() {
  assert(fd_ >= 0);
  return ::fdatasync(fd_) == 0 ? file_error{} : cannot("flush", name_);
}

file_error part_file::truncate(std::uint64_t size) {
  if (auto failed = open())
    return failed;
  if (hasher_ && hasher_->end() > size)
    hasher_->restart();
  if (end_ <= size)
    return {};
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0)
    return cannot("cut", name_);
  end_ = size;
  return {};
}

part_file::facts part_file::stat() {
  facts out;
  struct stat s {};
  if ((out.error = open()))
    return out;
  if (::fstat(fd_, &s) != 0)
    out.error = cannot("look at", name_);
  out.inode = s.st_ino;
  out.size = static_cast<std::uint64_t>(s.st_size);
  return out;
}

std::variant<std::string, file_error> part_file::sha256(std::uint64_t size) {
  if (auto failed = open())
    return failed;
  if (!hasher_)
    hasher_ = std::make_unique<hasher>();
  if (auto code = hasher_->catch_up(fd_, size)) {
    if (code == ENODATA)
      return file_error{code, "cannot read " + name_ + ": it is shorter than expected"};
    return cannot("read", name_, code);
  }
  return hasher_->hex();
}

} // namespace tributary
