// Changes of the settings that are saved together: each is applied to what the one before it made, gets a
// revision of its own, and is answered once all of them are on the disk. Pure.
#pragma once

#include "messages/errc.hpp"
#include "messages/settings_change.hpp"

#include <caf/error.hpp>

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tributary {

/// A change together with what had to be fetched for it.
struct taken_change {
  std::string author;
  settings_change what;
  bool preview = false;
  std::optional<edited> fetched; ///< For roll_back and reload_file: what they lead to.
};

/// What will be answered, if saving works.
using settings_answer = std::variant<settings_outcome, caf::error>;

class settings_batch {
public:
  explicit settings_batch(settings_ptr current) : tip_(std::move(current)) {}

  /// `broken_file`: why the settings file is not to be overwritten ("" : it may be); only a change that
  /// replaces the whole document does so all the same.
  [[nodiscard]] settings_answer take(taken_change change, wall_time now, const std::string& broken_file);

  /// The newest document; the current one when nothing was changed.
  [[nodiscard]] const settings_ptr& tip() const noexcept { return tip_; }
  [[nodiscard]] const std::vector<settings_revision>& revisions() const noexcept { return revisions_; }
  /// Something else than the file itself was the source of a change: it must be written.
  [[nodiscard]] bool must_save() const noexcept { return must_save_; }

private:
  settings_ptr tip_;
  std::vector<settings_revision> revisions_;
  bool must_save_ = false;
};

/// The first version after a start, and its revision where the journal does not have it yet: the last one
/// goes on when the document is still the same.
struct first_settings {
  settings_ptr now;
  std::optional<settings_revision> fresh;
};
[[nodiscard]] first_settings
first_version(settings document, const std::optional<settings_revision>& last, wall_time now);

/// Who made changes that came from the settings file.
inline constexpr const char* file_author = "file";

} // namespace tributary
