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

/// `digest_known`: the job has a digest for the whole file, which catches a wrong mix at the end, so equal
/// sizes do.
[[nodiscard]] mixing
compare(const file_identity& have, const file_identity& offered, bool digest_known) noexcept;

} // namespace tributary
