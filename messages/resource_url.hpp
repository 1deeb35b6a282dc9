// Absolute URLs of a job: what the engine can fetch, and the name that the last path segment suggests.
#pragma once

#include <string>
#include <string_view>

namespace tributary {

inline constexpr std::size_t url_bytes_max = 8192;

/// Why this is no absolute http(s) URL that a job may name (one sentence without a final full stop); "" when
/// it is.
[[nodiscard]] std::string resource_url_error(const std::string& url);

/// Has its path a segment "." or ".." by the reading of any server? So also encoded, between encoded slashes
/// or backslashes, and with parameters ("..;x").
[[nodiscard]] bool has_dot_segments(std::string_view url);

/// The percent-decoded last path segment, mended into a usable output name; "" when there is none.
/// @pre resource_url_error(url) is empty.
[[nodiscard]] std::string suggested_name_of_url(const std::string& url);

} // namespace tributary
