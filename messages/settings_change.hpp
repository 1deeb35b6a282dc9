// How the settings are changed and handed round.
#pragma once

#include "config/settings.hpp"
#include "messages/caf_compat.hpp"

#include <memory>
#include <string>

namespace tributary {

/// An immutable version of the whole document; shared, never copied.
using settings_ptr = std::shared_ptr<const settings_snapshot>;

/// One provider's settings with all defaults filled in; shared, never copied.
using effective_provider_ptr = std::shared_ptr<const effective_provider>;

enum class settings_section : std::uint8_t { global, provider };

/// One change. `patch` is the text of a JSON object: given fields are merged, null removes a setting.
struct settings_change {
  settings_section section = settings_section::global;
  std::string provider; ///< settings_section::provider only.
  std::string patch;
  std::optional<std::uint64_t> if_revision; ///< Refused with errc::stale when the revision is another one.
};

template <class Inspector>
auto inspect(Inspector& f, settings_change& x) {
  return compat::fields(f, "settings_change", x.section, x.provider, x.patch, x.if_revision);
}

} // namespace tributary
