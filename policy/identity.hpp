// May bytes of two answers be mixed into one file? The gate of DESIGN.md section 6.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tributary {

/// What a file is known by, as its source told it.
struct file_identity {
  std::optional<std::uint64_t> size;
  std::string etag;          ///< Strong ETag with its quotes; empty when there is none or it is weak.
  std::string digest;        ///< `sha-256=<hex>` from a digest header, else empty.
  std::string last_modified; ///< As sent. Informative: too weak to mix bytes on.
  friend bool operator==(const file_identity&, const file_identity&) = default;
};

enum class mixing : std::uint8_t {
  same,      ///< Proven equal: go on from the bytes at hand.
  different, ///< Proven different: never mix.
  unproven,  ///< Nothing says that it is another file, but nothing proves the same: do not mix either.
};

/// Who told what is known of the file at hand.
enum class identity_origin : std::uint8_t {
  another_source, ///< Tags of two servers differ for equal files, so other tags prove nothing.
  same_source,    ///< The one that offers now: another tag is another file.
  compared, ///< ... and its bytes were found equal to those at hand: the same size, and no other tag, will
            ///< do.
};

/// `digest_known`: the job has a digest for the whole file, which catches a wrong mix at the end, so equal
/// sizes do.
[[nodiscard]] mixing compare(
    const file_identity& have, const file_identity& offered, bool digest_known,
    identity_origin told_by = identity_origin::same_source) noexcept;

} // namespace tributary
