// Rules for single texts in the settings: URLs, paths, labels, header and parameter entries. Each returns ""
// when all is well, else what is wrong as the rest of a sentence. Pure: nothing is looked up, no file is
// touched.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tributary {

/// Fixed path segments of the API: a provider of such a name could not be addressed.
[[nodiscard]] std::span<const std::string_view> reserved_provider_names() noexcept;

/// Absolute http or https URL with a host; no user info, query or fragment.
[[nodiscard]] std::string base_url_error(std::string_view url);

[[nodiscard]] std::string absolute_path_error(std::string_view path);

/// A short text for people and for comparison: `region`, `failure_domain`.
[[nodiscard]] std::string label_error(std::string_view label);

/// Path (and query) below the base URL that an active check asks for.
[[nodiscard]] std::string check_path_error(std::string_view path);

/// RFC 9110 field name, not one that the engine sets itself; value without control characters.
[[nodiscard]] std::string header_error(std::string_view name, std::string_view value);

/// Query parameter that is added to each request.
[[nodiscard]] std::string param_error(std::string_view name, std::string_view value);

/// Names of headers differ in more than case.
[[nodiscard]] bool same_header(std::string_view a, std::string_view b) noexcept;

} // namespace tributary
