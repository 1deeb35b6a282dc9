// SHA-256 by OpenSSL, which uses the processor's own instructions where there are any.
#include "net/client/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace tributary::client {
namespace {

/// OpenSSL fails here only when it has no memory or no SHA-256 at all.
void must(int ok) {
  if (ok != 1)
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
}

const EVP_MD* algorithm() { // Fetched once: a fetch per digest costs more than a small digest does.
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

} // namespace

void sha256_digest::release::operator()(evp_md_ctx_st* context) const noexcept {
  EVP_MD_CTX_free(context);
}

sha256_digest::sha256_digest() : context_(EVP_MD_CTX_new()) {
  must(context_ ? EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr) : 0);
}

void sha256_digest::add(std::span<const std::byte> bytes) {
  must(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string sha256_digest::hex() const {
  std::unique_ptr<evp_md_ctx_st, release> copy{EVP_MD_CTX_new()};
  std::array<std::byte, 32> out{};
  must(copy ? EVP_MD_CTX_copy_ex(copy.get(), context_.get()) : 0);
  must(EVP_DigestFinal_ex(copy.get(), reinterpret_cast<unsigned char*>(out.data()), nullptr));
  return to_hex(out);
}

std::string to_hex(std::span<const std::byte> bytes) {
  constexpr auto digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (auto b : bytes) {
    out += digits[std::to_integer<unsigned>(b) >> 4];
    out += digits[std::to_integer<unsigned>(b) & 15u];
  }
  return out;
}

} // namespace tributary::client
