// The values of the header fields that a download looks at, parsed strictly. Pure.
#pragma once

#include "policy/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tributary::client {

/// Content-Range: "bytes first-last/size", "bytes */size"; numbers where given.
struct content_range {
  std::optional<std::uint64_t> first, last; ///< Both or none.
  std::optional<std::uint64_t> size;
};
/// Nothing when it is not of that form, last < first, or last >= size.
[[nodiscard]] std::optional<content_range> parse_content_range(std::string_view value);

/// Digits only, no sign, no space, no overflow.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text);

/// IMF-fixdate, RFC 850 or asctime form (RFC 9110 section 5.6.7).
[[nodiscard]] std::optional<wall_time> parse_http_date(std::string_view value, wall_time now);

/// Retry-After: seconds or a date, from now on, never negative, a week at most. Nothing when it is neither.
[[nodiscard]] std::optional<seconds> parse_retry_after(std::string_view value, wall_time now);

/// The ETag when it is a strong one, with its quotes; else "".
[[nodiscard]] std::string strong_etag(std::string_view value);

/// "sha-256=<hex>" from Repr-Digest or Content-Digest (RFC 9530: `sha-256=:<base64>:`) or Digest (RFC 3230:
/// `SHA-256=<base64>`), else "".
[[nodiscard]] std::string sha256_from_digest_field(std::string_view value);

/// A bare file name from Content-Disposition (RFC 6266, filename* before filename): no folders, no control or
/// bidirectional characters, no leading dot, valid UTF-8, at most 255 bytes; "" when none is left.
[[nodiscard]] std::string file_name_from_disposition(std::string_view value);

} // namespace tributary::client
