#include "config/settings_file.hpp"

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tributary {
namespace {

constexpr std::size_t file_bytes_max = 4u << 20;
constexpr mode_t new_file_mode = 0600; ///< Headers may hold credentials.

/// An open file descriptor.
class open_file {
public:
  explicit open_file(int fd) noexcept : fd_(fd) {}
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  ~open_file() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int get() const noexcept { return fd_; }
  /// Some file systems report a failed write only here.
  [[nodiscard]] bool close() noexcept { return ::close(std::exchange(fd_, -1)) == 0; }

private:
  int fd_;
};

std::string reason(int error = errno) {
  return std::strerror(error);
}

complaints refused(const std::filesystem::path& file, const std::string& why) {
  return {{"", "cannot read " + file.string() + ": " + why}};
}

/// All of it, at most one byte more than allowed; empty on an error (errno).
std::optional<std::string> read_all(int fd) {
  std::string text(file_bytes_max + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto n = ::read(fd, text.data() + size, text.size() - size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return std::nullopt;
    if (n == 0)
      break;
    size += static_cast<std::size_t>(n);
  }
  text.resize(size);
  return text;
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

/// Gives a new file the owner, group and mode of the one that it will replace, as far as that is allowed: a
/// daemon that runs as root must not take the file away from its owner. Nobody may read it who could not read
/// that one, so without the group its rights go, too. False: errno.
bool take_after(int fd, const struct stat& replaced) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0)
    return false;
  auto mode = replaced.st_mode & 07777;
  constexpr auto same_owner = static_cast<uid_t>(-1);
  constexpr auto same_group = static_cast<gid_t>(-1);
  if (facts.st_gid != replaced.st_gid && ::fchown(fd, same_owner, replaced.st_gid) != 0)
    mode &= ~static_cast<mode_t>(S_IRWXG);
  if (facts.st_uid != replaced.st_uid && ::fchown(fd, replaced.st_uid, same_group) != 0 && errno != EPERM)
    return false;
  return ::fchmod(fd, mode) == 0; // Last: a new owner would take set-id bits away.
}

/// Writes and flushes a new file in place of one that was left there. Returns "" or why not.
std::string write_new(const std::filesystem::path& file, std::string_view text, const struct stat* replaced) {
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) // Left by a process that was killed here.
    return "cannot remove " + file.string() + ": " + reason();
  open_file out{::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, new_file_mode)};
  if (!out)
    return "cannot create " + file.string() + ": " + reason();
  if (replaced && !take_after(out.get(), *replaced))
    return "cannot set owner and mode of " + file.string() + ": " + reason();
  const bool good = write_all(out.get(), text) && ::fsync(out.get()) == 0 && out.close();
  return good ? std::string{} : "cannot write " + file.string() + ": " + reason();
}

/// Keeps what FILE is now as FILE.previous; both names are whole at every moment. Returns "" or why not.
std::string keep_previous(const std::filesystem::path& file) {
  const auto spare = file.string() + ".previous.new", previous = file.string() + ".previous";
  if (::unlink(spare.c_str()) != 0 && errno != ENOENT)
    return "cannot remove " + spare + ": " + reason();
  if (::link(file.c_str(), spare.c_str()) != 0) {
    std::error_code error; // Not every file system knows links.
    std::filesystem::copy_file(file, spare, std::filesystem::copy_options::overwrite_existing, error);
    if (error)
      return "cannot write " + spare + ": " + error.message();
  }
  return ::rename(spare.c_str(), previous.c_str()) == 0 ? std::string{}
                                                        : "cannot write " + previous + ": " + reason();
}

std::string flush_folder(const std::filesystem::path& folder) {
  const open_file handle{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (handle &&
      (::fsync(handle.get()) == 0 || errno == EINVAL)) // EINVAL: nothing to flush on this file system.
    return {};
  return "the new settings are in place, but " + folder.string() + " cannot be flushed: " + reason();
}

/// A file that is gone is no other one: nothing is there to be lost.
bool is_another(const std::optional<file_stamp>& present, const std::optional<file_stamp>& expected) {
  return present && expected && *present != *expected;
}

} // namespace

settings_or_complaints load_settings(const std::filesystem::path& file) {
  const open_file in{
      ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)}; // A pipe would wait for its writer.
  struct stat facts {};
  if (!in || ::fstat(in.get(), &facts) != 0)
    return refused(file, reason());
  if (S_ISDIR(facts.st_mode))
    return refused(file, "it is a folder, not a file");
  if (!S_ISREG(facts.st_mode))
    return refused(file, "it is not a regular file");
  const auto text = read_all(in.get());
  if (!text)
    return refused(file, reason());
  if (text->size() > file_bytes_max)
    return refused(file, "it is larger than 4 MiB");
  return parse_settings(*text);
}

std::optional<file_stamp> stamp_of(const std::filesystem::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0)
    return std::nullopt;
  constexpr std::int64_t ns_per_s = 1'000'000'000;
  return file_stamp{
      facts.st_dev, facts.st_ino, static_cast<std::uint64_t>(facts.st_size),
      facts.st_ctim.tv_sec * ns_per_s + facts.st_ctim.tv_nsec};
}

std::variant<settings_beside, std::string>
write_beside(const std::filesystem::path& file, const settings& s) {
  const auto text = to_text(s);
  if (text.size() > file_bytes_max)
    return "the settings are larger than 4 MiB and could not be read again";
  std::error_code error;
  auto target = std::filesystem::weakly_canonical(file, error); // Through a link: the link stays.
  if (error)
    return "cannot find " + file.string() + ": " + error.message();
  struct stat facts {};
  const bool replaces = ::stat(target.c_str(), &facts) == 0;
  if (!replaces && errno != ENOENT)
    return "cannot read " + target.string() + ": " + reason();
  if (replaces && !S_ISREG(facts.st_mode))
    return target.string() + " is not a regular file";
  settings_beside made{file, target.string() + ".new", std::move(target)};
  if (auto why = write_new(made.fresh, text, replaces ? &facts : nullptr); !why.empty())
    return why;
  return made;
}

saved_file put_in_place(const settings_beside& made, const std::optional<file_stamp>& expected) {
  const auto present = stamp_of(made.file); // Before keep_previous(): one more name is a change, too.
  if (is_another(present, expected)) {
    ::unlink(made.fresh.c_str()); // What stays is swept away by the next save.
    return {true, {}, {}};
  }
  std::string why = present ? keep_previous(made.target) : "";
  if (why.empty() && ::rename(made.fresh.c_str(), made.target.c_str()) != 0)
    why = "cannot replace " + made.target.string() + ": " + reason();
  auto stamp = stamp_of(made.file); // Before the flush, which takes its time: a later edit shows.
  if (why.empty())
    why = flush_folder(made.target.parent_path());
  return {false, std::move(why), std::move(stamp)};
}

saved_file save_settings(
    const std::filesystem::path& file, const settings& s, const std::optional<file_stamp>& expected) {
  if (is_another(stamp_of(file), expected))
    return {true, {}, {}};
  auto made = write_beside(file, s);
  if (auto* why = std::get_if<std::string>(&made))
    return {false, std::move(*why), stamp_of(file)};
  return put_in_place(std::get<settings_beside>(made), expected);
}

std::string save_settings(const std::filesystem::path& file, const settings& s) {
  return save_settings(file, s, std::nullopt).why;
}

} // namespace tributary
