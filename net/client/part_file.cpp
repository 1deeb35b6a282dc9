// The growing file: positioned writes, a running SHA-256 while they come in order, XXH3 of each run,
// flushing.
#include "net/client/part_file.hpp"

#include "net/client/descriptor.hpp"
#include "net/client/sha256.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <xxhash.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <new>
#include <utility>
#include <vector>

namespace tributary {

using namespace client;

constexpr std::size_t component_bytes_max = 255;
constexpr std::uint64_t compare_buffer_bytes = 1u << 18;

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
  int catch_up(int fd, std::uint64_t size, const std::atomic<bool>& give_up) {
    if (end_ > size)
      restart();
    std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(size - end_, 1u << 20)));
    while (end_ < size) {
      if (give_up)
        return ECANCELED;
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

/// XXH3 of the runs that are being written, by where the next byte of each belongs.
class part_file::run_digests {
public:
  void note(std::uint64_t at, std::span<const std::byte> bytes) {
    auto r = begin_or_go_on(at);
    while (!bytes.empty()) {
      const auto border = (at / piece_bytes + 1) * piece_bytes;
      const auto now =
          bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), border - at)));
      XXH3_64bits_update(r.state.get(), now.data(), now.size());
      at += now.size();
      bytes = bytes.subspan(now.size());
      if (at == border) {
        close(r, at);
        XXH3_64bits_reset(r.state.get());
        r.begin = at;
      }
    }
    if (at > r.begin)
      growing_.insert_or_assign(at, std::move(r));
  }

  void close_at(std::uint64_t end) {
    if (auto node = growing_.extract(end))
      close(node.mapped(), end);
  }

  std::vector<written_run> take() { return std::exchange(closed, {}); }

  void forget() {
    growing_.clear();
    closed.clear();
  }

  std::uint64_t piece_bytes = 4u << 20;
  std::vector<written_run> closed;

private:
  struct end_state {
    void operator()(XXH3_state_t* s) const noexcept { XXH3_freeState(s); }
  };
  struct run {
    std::uint64_t begin = 0;
    std::unique_ptr<XXH3_state_t, end_state> state;
  };

  run begin_or_go_on(std::uint64_t at) {
    if (auto node = growing_.extract(at))
      return std::move(node.mapped());
    run r{at, {XXH3_createState(), {}}};
    if (!r.state)
      throw std::bad_alloc{};
    XXH3_64bits_reset(r.state.get());
    return r;
  }
  void close(const run& r, std::uint64_t end) {
    closed.push_back({r.begin, end - r.begin, XXH3_64bits_digest(r.state.get())});
  }

  std::map<std::uint64_t, run> growing_;
};

part_file::part_file(std::shared_ptr<download_root> root, std::string name, bool hash)
    : root_(std::move(root)),
      name_(std::move(name)),
      hasher_(hash ? std::make_unique<hasher>() : nullptr),
      runs_(std::make_unique<run_digests>()) {}

part_file::part_file() : name_("memory"), runs_(std::make_unique<run_digests>()) {}

std::shared_ptr<part_file> part_file::in_memory() {
  return std::shared_ptr<part_file>(new part_file());
}

part_file::~part_file() {
  if (fd_ >= 0)
    ::close(fd_);
}

file_error part_file::open() {
  std::lock_guard lock{mutex_};
  return open_here();
}

void part_file::abandon() {
  std::lock_guard lock{opening_};
  abandoned_ = true;
}

file_error part_file::open_here() {
  if (fd_ >= 0)
    return {};
  std::lock_guard lock{opening_};
  if (abandoned_)
    return {ECANCELED, "cannot open " + name_ + ": its download has ended"};
  if (!root_) {
    fd_ = ::memfd_create("tributary-sample", MFD_CLOEXEC);
    return fd_ >= 0 ? file_error{} : cannot("create", name_);
  }
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
  std::lock_guard lock{mutex_};
  assert(fd_ >= 0);
  if (size <= std::exchange(reserved_, std::max(reserved_, size)) ||
      ::fallocate(fd_, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size)) == 0)
    return {};
  if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINTR || errno == EINVAL || errno == EFBIG)
    return {}; // Only a convenience: the writes themselves will tell.
  return cannot("set room aside for", name_);
}

std::uint64_t part_file::end() const {
  std::lock_guard lock{mutex_};
  return end_;
}

file_error part_file::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  if (bytes.empty())
    return {};
  assert(fd_ >= 0); // The caller has opened it.
  auto at = offset;
  for (auto rest = bytes; !rest.empty();) {
    auto n = ::pwrite(fd_, rest.data(), rest.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      const auto code = n < 0 ? errno : ENOSPC;
      std::lock_guard lock{mutex_};
      if (hasher_)
        hasher_->restart(); // What a failed write left behind is not known.
      end_ = std::max(end_, at);
      settled_.reset();
      return cannot("write", name_, code);
    }
    at += static_cast<std::uint64_t>(n);
    rest = rest.subspan(static_cast<std::size_t>(n));
  }
  {
    std::lock_guard lock{mutex_};
    end_ = std::max(end_, at);
    settled_.reset();
    if (hasher_)
      hasher_->note(offset, bytes);
  }
  std::lock_guard lock{runs_mutex_};
  runs_->note(offset, bytes);
  return {};
}

file_error part_file::flush() {
  assert(fd_ >= 0);
  return ::fdatasync(fd_) == 0 ? file_error{} : cannot("flush", name_);
}

file_error part_file::truncate(std::uint64_t size) {
  std::lock_guard lock{mutex_};
  if (auto failed = open_here())
    return failed;
  if (size == 0) {
    std::lock_guard runs_lock{runs_mutex_};
    runs_->forget();
  }
  if (hasher_ && hasher_->end() > size)
    hasher_->restart();
  if (end_ <= size)
    return {};
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0)
    return cannot("cut", name_);
  end_ = size;
  settled_.reset();
  return {};
}

part_file::facts part_file::stat() {
  facts out;
  struct stat s {};
  std::lock_guard lock{mutex_};
  if ((out.error = open_here()))
    return out;
  if (::fstat(fd_, &s) != 0)
    out.error = cannot("look at", name_);
  out.inode = s.st_ino;
  out.size = static_cast<std::uint64_t>(s.st_size);
  return out;
}

void part_file::settle() {
  struct stat s {};
  std::lock_guard lock{mutex_};
  settled_.reset();
  if (fd_ < 0 || ::fstat(fd_, &s) != 0)
    return; // Whoever needs it looks himself, and hears why not.
  const auto size = static_cast<std::uint64_t>(s.st_size);
  settled_ = {s.st_ino, size, hasher_ && hasher_->end() == size ? hasher_->hex() : ""};
}

std::optional<part_file::settled_facts> part_file::settled() const {
  std::lock_guard lock{mutex_};
  return settled_;
}

void part_file::set_piece_bytes(std::uint64_t bytes) {
  assert(bytes > 0);
  std::lock_guard lock{runs_mutex_};
  runs_->piece_bytes = bytes;
}

void part_file::close_run(std::uint64_t end) {
  std::lock_guard lock{runs_mutex_};
  runs_->close_at(end);
}

std::vector<written_run> part_file::take_runs() {
  std::lock_guard lock{runs_mutex_};
  return runs_->take();
}

bool part_file::read(std::uint64_t offset, std::span<std::byte> into) {
  if (abandoned_ || open())
    return false;
  while (!into.empty()) {
    const auto n = ::pread(fd_, into.data(), into.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    offset += static_cast<std::uint64_t>(n);
    into = into.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

std::optional<std::uint64_t> part_file::xxh3(std::uint64_t offset, std::uint64_t length) {
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state{XXH3_createState(), XXH3_freeState};
  if (!state)
    throw std::bad_alloc{};
  XXH3_64bits_reset(state.get());
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min(length, compare_buffer_bytes)));
  while (length > 0) {
    const auto now =
        std::span(buffer).first(static_cast<std::size_t>(std::min<std::uint64_t>(length, buffer.size())));
    if (!read(offset, now))
      return std::nullopt;
    XXH3_64bits_update(state.get(), now.data(), now.size());
    offset += now.size();
    length -= now.size();
  }
  return XXH3_64bits_digest(state.get());
}

bool part_file::has_bytes_of(part_file& other, std::uint64_t offset, std::uint64_t length) {
  const auto capacity = static_cast<std::size_t>(std::min(length, compare_buffer_bytes));
  std::vector<std::byte> mine(capacity), theirs(capacity);
  while (length > 0) {
    const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(length, capacity));
    if (!read(offset, std::span(mine).first(now)) || !other.read(offset, std::span(theirs).first(now)) ||
        !std::equal(mine.begin(), mine.begin() + static_cast<std::ptrdiff_t>(now), theirs.begin()))
      return false;
    offset += now;
    length -= now;
  }
  return true;
}

std::variant<std::string, file_error> part_file::sha256(std::uint64_t size) {
  std::lock_guard lock{mutex_};
  if (auto failed = open_here())
    return failed;
  if (!hasher_)
    hasher_ = std::make_unique<hasher>();
  if (auto code = hasher_->catch_up(fd_, size, abandoned_)) {
    if (code == ENODATA)
      return file_error{code, "cannot read " + name_ + ": it is shorter than expected"};
    return cannot("read", name_, code);
  }
  return hasher_->hex();
}

} // namespace tributary
