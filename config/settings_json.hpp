// The settings document to and from JSON. Parsing checks everything at once: unknown keys (with a
// suggestion), types, ranges, names, references; nothing is half taken.
#pragma once

#include "config/complaint.hpp"
#include "config/settings.hpp"

#include <boost/json/fwd.hpp>

#include <string>
#include <string_view>
#include <variant>

namespace tributary {

/// Settings, or everything that is wrong with them (never empty).
using settings_or_complaints = std::variant<settings, complaints>;

/// Reads a whole document. Every complaint names line and column; a syntax error is a single one.
[[nodiscard]] settings_or_complaints parse_settings(std::string_view text);

/// Applies the fields of `patch` (an object; null removes a setting, so the default holds again) to one
/// provider and validates the result as a whole document. Pointers in complaints are relative to the patch.
/// @pre the provider exists.
[[nodiscard]] settings_or_complaints
patch_provider(const settings& base, const std::string& name, const boost::json::value& patch);

/// The same for the global section.
[[nodiscard]] settings_or_complaints patch_global(const settings& base, const boost::json::value& patch);

/// The same from the patch's text, where syntax errors and repeated keys are complaints, too.
[[nodiscard]] settings_or_complaints
patch_provider_text(const settings& base, const std::string& name, std::string_view patch);
[[nodiscard]] settings_or_complaints patch_global_text(const settings& base, std::string_view patch);

/// With a further provider, whose section is given as text; an explicit chain takes it in at its end.
/// Pointers are relative to the section, and "/name" for the name. @pre no provider has that name.
[[nodiscard]] settings_or_complaints
add_provider_text(const settings& base, const std::string& name, std::string_view section);

/// With another `failover` section, given as text. Pointers are relative to it.
[[nodiscard]] settings_or_complaints replace_failover_text(const settings& base, std::string_view section);

/// The document as JSON: only what was set.
[[nodiscard]] boost::json::object document_json(const settings& s);

/// The document as it is written to the file: only what was set, pretty printed, ends with a newline.
/// parse_settings(to_text(s)) is s again for every valid s.
[[nodiscard]] std::string to_text(const settings& s);

/// Effective values of one provider, every key of the table present, for GET. @pre the provider exists.
[[nodiscard]] boost::json::object effective_json(const settings& s, const std::string& name);
[[nodiscard]] boost::json::object effective_global_json(const settings& s);

/// Provider names: [A-Za-z0-9][A-Za-z0-9._-]{0,62}, and none of the API's fixed path segments. Empty: fine;
/// else why not.
[[nodiscard]] std::string provider_name_error(std::string_view name);

} // namespace tributary
