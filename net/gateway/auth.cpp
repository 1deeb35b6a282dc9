// Checks bearer tokens.
#include "net/gateway/auth.hpp"

#include "net/gateway/text.hpp"

#include <openssl/crypto.h>

namespace tributary::gateway {

namespace {

constexpr std::size_t token_chars_max = 512;

problem unauthorized(std::string detail, const std::string& challenge_suffix) {
  return {
      kinds::unauthorized,
      std::move(detail),
      {},
      {{"WWW-Authenticate", "Bearer realm=\"tributary\"" + challenge_suffix}}};
}

} // namespace

std::variant<const token_entry*, problem>
authenticator::check(std::string_view authorization, scope needed) const {
  constexpr std::string_view scheme = "bearer ";
  if (!equal_ignoring_case(authorization.substr(0, scheme.size()), scheme))
    return unauthorized("Send the header \"Authorization: Bearer TOKEN\".", "");
  authorization.remove_prefix(scheme.size());
  const auto token = trim(authorization);
  const token_entry* found = nullptr;
  if (token.size() <= token_chars_max) {
    const auto digest = sha256_of(token);
    for (const auto& t : tokens_) // All of them, so that the time tells nothing.
      if (CRYPTO_memcmp(t.digest.data(), digest.data(), digest.size()) == 0)
        found = &t;
  }
  if (!found)
    return unauthorized("The token is not known here.", ", error=\"invalid_token\"");
  if (found->may < needed) {
    const std::string scope_name{to_string(needed)};
    return problem{
        kinds::missing_scope,
        "This needs the scope \"" + scope_name + "\"; the token \"" + found->name + "\" has \"" +
            std::string{to_string(found->may)} + "\".",
        {},
        {{"WWW-Authenticate",
          "Bearer realm=\"tributary\", error=\"insufficient_scope\", scope=\"" + scope_name + "\""}}};
  }
  return found;
}

} // namespace tributary::gateway
