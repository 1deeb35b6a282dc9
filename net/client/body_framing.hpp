// Where a response body begins and ends within the bytes of its connection: by length, in chunks, or at the
// end of the connection. Pure.
#pragma once

#include "net/client/answer_rules.hpp"
#include "net/client/chunked_decoder.hpp"

#include <cstddef>
#include <span>

namespace tributary::client {

class body_framing {
public:
  explicit body_framing(const response_head& head);

  enum class state : std::uint8_t { more, done, bad };

  /// What one call came to. The body's bytes lie at the front of the span that was given.
  struct step {
    std::size_t body = 0;     ///< How many of them.
    std::size_t consumed = 0; ///< How many bytes were looked at; what is left over is no longer this body.
  };
  /// Moves the body's bytes to the front of `bytes`.
  step take(std::span<std::byte> bytes) noexcept;

  [[nodiscard]] state at() const noexcept;
  /// Does the end of the connection end the body properly?
  [[nodiscard]] bool ends_with_connection() const noexcept { return kind_ == kind::until_close; }

private:
  enum class kind : std::uint8_t { length, chunked, until_close };
  kind kind_;
  std::uint64_t left_ = 0;
  chunked_decoder chunks_;
};

} // namespace tributary::client
