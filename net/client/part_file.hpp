// The file that a download grows in, beside its target: opened beneath the download root only, written at
// offsets, hashed on the way while the bytes come in order.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tributary {

/// What a file operation came to; false when all went well.
struct file_error {
  int code = 0;     ///< errno, 0: fine.
  std::string what; ///< "cannot write a/b.iso.7.part: No space left on device"
  explicit operator bool() const noexcept { return code != 0; }
};

/// Who keeps names beneath the download root.
enum class beneath : std::uint8_t {
  kernel,  ///< openat2, and walking where the kernel or a sandbox refuses that call.
  walking, ///< Component by component with O_NOFOLLOW.
};

/// The folder that all downloads stay in. Every name is resolved beneath it by openat2(RESOLVE_BENEATH |
/// RESOLVE_NO_SYMLINKS), or component by component with O_NOFOLLOW where the kernel refuses openat2.
class download_root {
public:
  /// Opens it, creating missing folders. Blocking.
  [[nodiscard]] static std::variant<std::shared_ptr<download_root>, file_error>
  open(const std::filesystem::path& folder, beneath how = beneath::kernel);
  ~download_root();
  download_root(const download_root&) = delete;
  download_root& operator=(const download_root&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  /// Descriptor of a file beneath the root, -1 with errno. `flags` as in open(2). Blocking.
  [[nodiscard]] int open_beneath(const std::string& name, int flags, unsigned mode = 0644) const;
  /// Descriptor of the folder that holds `name` (-1 with errno), made with all its parents when `create`.
  /// Blocking.
  [[nodiscard]] int open_folder_of(const std::string& name, bool create) const;

private:
  download_root(int fd, std::filesystem::path path, beneath how);
  int fd_;
  std::filesystem::path path_;
  beneath how_;
};

/// The part file's name for a target: "<name>.<job>.part", shortened so that no component passes 255 bytes.
/// Unique per job, so two jobs with one target never share it.
[[nodiscard]] std::string part_name_for(std::string_view output, std::uint64_t job);

/// A run of bytes within one piece, as it was written.
struct written_run {
  std::uint64_t offset = 0, length = 0, xxh3 = 0;
};

/// Any thread may call anything, for several transfers at once; each writes a stretch of its own, in order.
/// Only sha256() and truncate() want that nobody writes meanwhile. Nothing is opened before open().
class part_file {
public:
  /// `hash`: keep a running SHA-256 while bytes come in order from 0.
  part_file(std::shared_ptr<download_root> root, std::string name, bool hash);
  /// A nameless one in memory: for bytes that are looked at and thrown away.
  [[nodiscard]] static std::shared_ptr<part_file> in_memory();
  ~part_file();
  part_file(const part_file&) = delete;
  part_file& operator=(const part_file&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Opens or creates it, with the folders above it; further calls do nothing. Blocking, short.
  file_error open();
  /// Nobody wants it any more. It is not opened, unless it is already: what a late transfer would make nobody
  /// would know of. And sha256(), xxh3() and has_bytes_of() of a large file soon give up.
  void abandon();
  /// Sets room aside for `size` bytes without changing what can be read (fallocate KEEP_SIZE); file systems
  /// that cannot are fine.
  file_error reserve(std::uint64_t size);
  /// Nothing is in the opened file at or beyond it.
  [[nodiscard]] std::uint64_t end() const;
  file_error write(std::uint64_t offset, std::span<const std::byte> bytes);
  /// fdatasync. Blocking, slow: file threads only.
  file_error flush();
  /// Cuts it to `size` and restarts the running digest unless it stands at or below `size`.
  file_error truncate(std::uint64_t size);

  /// Inode and length as they are now.
  struct facts {
    std::uint64_t inode = 0, size = 0;
    file_error error;
  };
  [[nodiscard]] facts stat();

  /// What the file was when a transfer ended, as settle() found it. Gone with the next write.
  struct settled_facts {
    std::uint64_t inode = 0, size = 0;
    std::string sha256; ///< Lower-case hex; "" when the running digest does not cover all of it.
  };
  /// Looks at the opened file, so that the end of a small download need not wait for a file thread. As cheap
  /// as a write.
  void settle();
  /// Never blocks for long: what settle() found, unless it found an error or bytes were written since.
  [[nodiscard]] std::optional<settled_facts> settled() const;

  /// Where runs are cut from now on. 4 MiB before it is set.
  void set_piece_bytes(std::uint64_t bytes);
  /// The run that stands at `end` is over: what follows is another one's.
  void close_run(std::uint64_t end);
  /// The runs that were closed (at piece borders, or as told) since this was last asked.
  [[nodiscard]] std::vector<written_run> take_runs();

  /// XXH3-64 of bytes that are in the file; none when it has not so many. Blocking: file threads only.
  [[nodiscard]] std::optional<std::uint64_t> xxh3(std::uint64_t offset, std::uint64_t length);
  /// Are these bytes there, and the same as in `other`? Blocking: file threads only.
  [[nodiscard]] bool has_bytes_of(part_file& other, std::uint64_t offset, std::uint64_t length);

  /// SHA-256 of the first `size` bytes, lower-case hex: the running digest when it covers them, else read
  /// again. Blocking: file threads only.
  [[nodiscard]] std::variant<std::string, file_error> sha256(std::uint64_t size);

private:
  class hasher;
  class run_digests;
  part_file();
  file_error open_here();
  file_error open_existing();
  [[nodiscard]] bool read(std::uint64_t offset, std::span<std::byte> into);

  std::shared_ptr<download_root> root_; ///< Null: in memory.
  std::string name_;
  // Each is taken alone or in this order. Actors wait for the last two only, and those are never held for
  // long.
  mutable std::mutex mutex_; ///< Of the next five. Hashing may hold it for as long as a file is large.
  int fd_ = -1;              ///< Set once.
  std::uint64_t end_ = 0, reserved_ = 0;
  std::unique_ptr<hasher> hasher_;
  std::optional<settled_facts> settled_;
  std::mutex opening_;
  std::atomic<bool> abandoned_ = false;
  std::mutex runs_mutex_;
  std::unique_ptr<run_digests> runs_;
};

} // namespace tributary
