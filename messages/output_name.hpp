// Names of downloads: which are safe beneath the download root, and which one a resource suggests by itself.
#pragma once

#include "messages/catalog.hpp"

#include <string>
#include <string_view>

namespace tributary {

inline constexpr std::size_t name_component_bytes_max = 255; ///< What file systems take.
inline constexpr std::size_t name_bytes_max = 2048;

/// Why a download may not be called that (one sentence without a final full stop); "" when it may.
[[nodiscard]] std::string output_name_error(std::string_view name);

/// The last segment of a path ('/' between segments), with what a name must not hold replaced by '_' and cut
/// to length; "" when nothing usable is left.
[[nodiscard]] std::string suggested_name(std::string_view path);

/// The name of a catalogue item's file: the last segment of the path that a catalogue gives ("" when none
/// told), else its title, else its key, with season and episode; "" when nothing usable is left.
[[nodiscard]] std::string
suggested_name_of_item(const catalog_ref& item, std::string_view path, std::string_view title);

} // namespace tributary
