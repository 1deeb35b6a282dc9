// How the settings are changed and handed round, and what the journal keeps of each change. Process-local
// values.
#pragma once

#include "config/settings.hpp"
#include "config/settings_diff.hpp"
#include "config/settings_edit.hpp"
#include "policy/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tributary {

/// An immutable version of the whole document; shared, never copied.
using settings_ptr = std::shared_ptr<const settings_snapshot>;

/// One provider's settings with all defaults filled in; shared, never copied.
using effective_provider_ptr = std::shared_ptr<const effective_provider>;

struct settings_change {
  settings_edit edit;
  std::optional<std::uint64_t> if_revision; ///< Refused with errc::stale when the revision is another one.
};

/// What a change made, or would make.
struct settings_outcome {
  settings_ptr now;      ///< Of a preview: with the present revision and the document that would be.
  settings_diff changes; ///< Empty: nothing was changed, and no revision made.
};

/// One revision as the journal keeps it.
struct settings_revision {
  std::uint64_t revision = 0;
  wall_time at{};
  std::string author;   ///< Name of the token, or "file".
  std::string change;   ///< What was done, for people.
  std::string diff;     ///< To the revision before, as to_text(settings_diff) writes it.
  std::string document; ///< As it was written to the file; "" in listings.
};

/// Older revisions are forgotten.
inline constexpr std::uint64_t revisions_kept_max = 1000;
/// ... and so are those whose documents take more than this together; the newest one is always kept.
inline constexpr std::uint64_t revision_bytes_max = 64u << 20;

} // namespace tributary
