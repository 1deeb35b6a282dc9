// One file of a local or mounted folder, opened beneath it and read at offsets. Everything blocks, for ever
// where a mount hangs: a blocking_lane's thread is the only place for it. Internal to net/client.
#pragma once

#include "net/client/descriptor.hpp"
#include "policy/identity.hpp"
#include "policy/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <sys/types.h>

namespace tributary::client {

/// What is asked of the file system; tests put in one that hangs or fails.
struct folder_calls {
  /// A descriptor of the folder, to open names beneath. -1: errno.
  std::function<int(const std::string& folder)> open_folder;
  /// A descriptor to read from, -1: errno. Never waits for a pipe's writer.
  std::function<int(int folder, const std::string& name)> open_file;
  std::function<ssize_t(int fd, std::byte* to, std::size_t size, std::uint64_t offset)> read;
};
[[nodiscard]] folder_calls system_folder_calls(beneath how = beneath::kernel);

/// What went wrong; `cause` none: nothing.
struct source_failure {
  fault cause = fault::none;
  std::string message;
  explicit operator bool() const noexcept { return cause != fault::none; }
};

/// The fault behind an errno of a local source.
[[nodiscard]] fault fault_of_errno(int code) noexcept;

class directory_source {
public:
  explicit directory_source(folder_calls calls) : calls_(std::move(calls)) {}

  /// Opens a regular file of the folder, which is opened anew: what is mounted there now counts. A link is
  /// followed as long as it stays beneath the folder.
  source_failure open(const std::string& folder, const std::string& name);

  /// Of the opened file. The tag is strong: it changes with inode, length and the time of the last change.
  [[nodiscard]] const file_identity& identity() const noexcept { return identity_; }

  /// Reads at most into.size() bytes at `offset`; `got` says how many, 0: the end.
  source_failure read(std::uint64_t offset, std::span<std::byte> into, std::size_t& got);

  /// Is it still the file that was opened? Else other_identity.
  [[nodiscard]] source_failure check_unchanged() const;

private:
  [[nodiscard]] source_failure failure(std::string_view verb, int code) const;

  folder_calls calls_;
  std::string name_;
  descriptor fd_;
  file_identity identity_;
};

} // namespace tributary::client
