// Every way to change the settings document, as one value, and the function that applies it. Pure: documents
// that must be fetched first (an older revision, the file) come in as text.
#pragma once

#include "config/complaint.hpp"
#include "config/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace tributary {

/// A patch is the text of a JSON object: given fields are merged, null removes a setting.
struct patch_global_section {
  std::string patch;
};
struct patch_one_provider {
  std::string provider, patch;
};
/// `section` is the text of the provider's JSON object. Joins an explicit chain at its end.
struct add_provider {
  std::string provider, section;
};
/// Leaves the chain, too.
struct remove_provider {
  std::string provider;
};
/// `section` is the text of the document's `failover` object: {"chain": [...]}; null makes it implicit.
struct replace_chain {
  std::string section;
};
/// Both make the chain explicit, from the one that holds now. A provider that is in it already moves to the
/// position, or stays where none is given.
struct add_to_chain {
  std::string provider;
  std::optional<std::size_t> position; ///< From 0; none: the end.
};
struct remove_from_chain {
  std::string provider;
};
/// The text of a whole document.
struct replace_document {
  std::string text;
};
/// Back to what the document was at that revision; as a new revision.
struct roll_back {
  std::uint64_t revision = 0;
};
/// What the settings file says now.
struct reload_file {};

using settings_edit = std::variant<
    patch_global_section, patch_one_provider, add_provider, remove_provider, replace_chain, add_to_chain,
    remove_from_chain, replace_document, roll_back, reload_file>;

enum class edit_error : std::uint8_t { unknown_provider, provider_exists, not_in_chain };

/// The next document, all that is wrong with it (pointers are relative to what the edit gave), or why the
/// edit cannot be.
using edited = std::variant<settings, complaints, edit_error>;

/// @pre the edit is neither roll_back nor reload_file: those become a replace_document once they are fetched.
[[nodiscard]] edited apply(const settings& base, const settings_edit& edit);

/// What was done, for people and for the journal: "change provider alpha", "roll back to revision 5".
[[nodiscard]] std::string describe(const settings_edit& edit);

} // namespace tributary
