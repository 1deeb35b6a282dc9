// From part file to published file: checked, flushed, renamed without overwriting, flushed again. All
// blocking: file threads only. The caller commits between the steps (DESIGN.md section 6, "Publishing").
#pragma once

#include "config/settings.hpp"
#include "net/client/part_file.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace tributary {

/// What the finished part file turned out to be.
struct verified_file {
  file_error error; ///< Of reading it; the rest then means nothing.
  std::uint64_t size = 0, inode = 0;
  std::string sha256; ///< "" when nobody asked.
};

/// Measures the part file, hashes it when `want_sha256`, flushes it when `flush`.
[[nodiscard]] verified_file verify_part(part_file& part, bool want_sha256, bool flush);

struct publish_request {
  std::string part, target; ///< Relative to the root.
  std::uint64_t inode = 0;  ///< Of the part file: recognises a target that was already renamed.
  std::uint64_t size = 0;
  std::string sha256; ///< For skip_if_same; "" : compare bytes.
  tributary::on_conflict on_conflict = tributary::on_conflict::error;
  bool flush = true;
  /// Looked at between the reads of a comparison, which may be long: then ECANCELED.
  std::stop_token give_up{};
};

struct publish_result {
  file_error error;
  bool exists = false; ///< on_conflict error: the target is there and was left alone. (error is set too.)
  bool lost =
      false; ///< Neither the part file nor a target with its inode is there: start over. (error is set too.)
  std::string target; ///< The name it got; differs from the request's with on_conflict rename.
};

/// Renames the part file to its target. Safe to repeat after a crash at any point: a target that already has
/// the inode is success.
[[nodiscard]] publish_result publish_part(const download_root& root, const publish_request& r);

/// Where a publishing that did not end has come to.
struct published_look {
  file_error error;      ///< It cannot be told.
  bool in_place = false; ///< The target (or its numbered name) is the file: only the last commit is missing.
};
[[nodiscard]] published_look look_for_published(const download_root& root, const publish_request& r);

/// Deletes a part file; one that is not there is fine. Refuses names that do not end in ".part".
file_error remove_part(const download_root& root, const std::string& part);

/// Is there a file of that name? (For an early on_conflict error.)
[[nodiscard]] bool target_exists(const download_root& root, const std::string& target);

} // namespace tributary
