// Reads JSON with every double exactly as it was written. (Boost.JSON 1.81 writes the shortest exact text,
// but its own reader may be off by a few units in the last place; a stored decision must be recomputed to the
// same choice.)
#pragma once

#include <boost/json/value.hpp>

#include <string_view>

namespace tributary {

/// @throws std::exception when the text is not JSON.
[[nodiscard]] boost::json::value parse_exact(std::string_view text);

} // namespace tributary
