// Takes the chunked coding of HTTP/1.1 (RFC 9112 section 7.1) off a body, strictly, however the bytes are cut
// up. Pure: bytes in, bytes out, no input or output of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tributary::client {

class chunked_decoder {
public:
  enum class state : std::uint8_t { more, done, bad };

  /// What one call took and gave. `data` lies within the bytes that were fed.
  struct step {
    std::size_t consumed = 0;
    std::span<const std::byte> data;
  };

  /// Consumes framing and at most one run of data. Call again with the rest until everything is consumed or
  /// the state is no longer `more`. Bytes after the end are never consumed.
  step feed(std::span<const std::byte> bytes) noexcept;

  [[nodiscard]] state at() const noexcept;

private:
  enum class place : std::uint8_t {
    size,
    after_size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer_name,
    trailer,
    trailer_lf,
    end_lf,
    done,
    bad,
  };
  [[nodiscard]] place next(unsigned char c) noexcept;
  [[nodiscard]] place in_size(unsigned char c) noexcept;
  [[nodiscard]] place after_size(unsigned char c) noexcept;
  [[nodiscard]] place in_name(unsigned char c) noexcept;
  [[nodiscard]] place in_text(unsigned char c, place same, place end_of_line) noexcept;

  place place_ = place::size;
  std::uint64_t left_ = 0;   ///< Of the present chunk.
  unsigned digits_ = 0;      ///< Of the present size.
  std::size_t overhead_ = 0; ///< Bytes of the present chunk line, or of all trailers.
};

} // namespace tributary::client
