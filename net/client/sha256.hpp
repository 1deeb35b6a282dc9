// A running SHA-256 that can be looked at without ending it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

struct evp_md_ctx_st;

namespace tributary::client {

class sha256_digest {
public:
  sha256_digest();

  void add(std::span<const std::byte> bytes);

  /// Of all bytes so far, 64 lower-case hex digits; more may be added afterwards.
  [[nodiscard]] std::string hex() const;

private:
  struct release {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, release> context_;
};

/// Lower-case hex of any bytes.
[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);

} // namespace tributary::client
